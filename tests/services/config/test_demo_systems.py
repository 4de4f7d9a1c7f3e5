"""The demo's connected systems: connected once, moved with the gateway, kept as an operator left them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from config.demo.seed import seed_demo
from kit.call import CallContext
from oauth.queries import list_provisioning_tokens
from oauth.services import revoke_provisioning_token
from sync.queries import get_connection, list_connections, open_secrets
from sync.services import change_connection, rotate_secret

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def seed(tmp_path: Path, settings: Any, call: CallContext) -> Any:
    settings.FETCH_ALLOW_LOOPBACK = True

    def run(issuer: str = "http://localhost:8000") -> Any:
        return seed_demo(path=tmp_path / "demo.json", issuer=issuer, call=call).demo.get("connected_systems")

    return run


def test_two_systems_are_connected_and_a_second_run_changes_nothing(seed: Any, call: CallContext) -> None:
    systems = seed()
    assert set(systems) == {"crm", "marketing"} == {each.slug for each in list_connections()}
    assert systems["crm"]["url"] == "http://localhost:8007"
    assert systems["crm"]["secret"] == open_secrets(slug="crm", now=call.now)[0]
    assert seed() == systems


def test_the_crm_has_a_token_for_scim_until_somebody_revokes_it(seed: Any, call: CallContext) -> None:
    token = seed()["crm"]["scim_token"]
    asked = {"Authorization": f"Bearer {token}"}
    assert Client().get("/scim/v2/Users", headers=asked).json()["totalResults"] == 0
    [made] = list_provisioning_tokens(now=call.now)
    revoke_provisioning_token(ref=made.ref, call=call)
    assert Client().get("/scim/v2/Users", headers=asked).status_code == 401
    assert seed()["crm"]["scim_token"] != token


def test_they_move_with_the_gateway(seed: Any) -> None:
    seed()
    seed("http://localhost:9000")
    assert get_connection(slug="crm").draft.endpoint == "http://localhost:9007/hooks"


def test_what_an_operator_changed_stays_and_a_new_secret_is_taken_up(seed: Any, call: CallContext) -> None:
    seed()
    changed = replace(get_connection(slug="crm").draft, name="Our CRM", attributes=())
    change_connection(slug="crm", draft=changed, call=call)
    fresh = rotate_secret(slug="crm", call=call)
    assert seed("http://localhost:9000")["crm"]["secret"] == fresh
    kept = get_connection(slug="crm").draft
    assert (kept.name, kept.attributes, kept.endpoint) == ("Our CRM", (), "http://localhost:9007/hooks")
    assert seed("http://localhost:9000")


def test_without_the_programs_of_the_demo_nothing_is_connected(seed: Any, settings: Any) -> None:
    settings.FETCH_ALLOW_LOOPBACK = False
    assert seed() is None
    assert list_connections() == []
