"""AuthZEN certification scenario, section 6: the metadata names what there is, and nothing else."""

from urllib.parse import urlsplit

import pytest
from django.urls import resolve

pytestmark = pytest.mark.django_db


def test_6_the_metadata(client, settings):
    answer = client.get("/.well-known/authzen-configuration")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    said = answer.json()
    assert said["policy_decision_point"] == settings.ISSUER_URL
    assert said["access_evaluation_endpoint"] == f"{settings.ISSUER_URL}/access/v1/evaluation"
    assert said["access_evaluations_endpoint"] == f"{settings.ISSUER_URL}/access/v1/evaluations"
    assert set(said) == {"policy_decision_point", "access_evaluation_endpoint", "access_evaluations_endpoint"}


def test_6_every_endpoint_named_answers(client):
    said = client.get("/.well-known/authzen-configuration").json()
    for name, url in said.items():
        if name.endswith("_endpoint"):
            assert resolve(urlsplit(url).path).namespace == "assurance"


@pytest.mark.parametrize("kind", ["subject", "resource", "action"])
def test_search_is_not_offered(asker, kind):
    assert asker.send(f"/access/v1/search/{kind}", {}).status_code == 404


def test_6_the_metadata_is_only_read(client):
    assert client.post("/.well-known/authzen-configuration").status_code == 405
