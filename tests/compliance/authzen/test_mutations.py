"""Mutated requests to the doors of decisions, made from the published description: never a 5xx.

Two hundred in the suite, the thousand by `make soak`.
"""

from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from config.wsgi import application
from tests.actors import make_client, open_channel
from tests.compliance.authzen.conftest import FIXTURE

DOORS = ("evaluate", "evaluate_all", "explain", "report_outcome")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of_each", [50, pytest.param(250, marks=pytest.mark.soak)])
def test_mutated_requests_are_answered_or_refused_and_none_is_an_error_of_ours(call, of_each):
    open_channel(call, "web", ("client_credentials",), actions=FIXTURE)
    scopes = ("decisions", "explain")
    app = make_client(call, grant_types=("client_credentials",), scopes=scopes, default_scopes=scopes)
    token = app.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    operations = {each.ok().definition.raw["operationId"]: each.ok() for each in schema.get_all_operations()}
    answered: Counter[int] = Counter()
    with_care = settings(max_examples=of_each, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    for name in DOORS:

        def judge(case):
            status = case.call(headers={"Authorization": f"Bearer {token}"}).status_code
            assert status < 500, case.as_curl_command()
            answered[status] += 1

        given(case=operations[name].as_strategy(generation_mode=GenerationMode.NEGATIVE))(with_care(judge))()
    assert sum(answered.values()) >= len(DOORS) * of_each * 0.9, answered
    assert answered[400] > of_each, answered
