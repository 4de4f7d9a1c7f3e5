"""RFC 7644 section 2: bearer tokens; here those that a system keeps because it can do nothing else."""

import re
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.types import Role
from audit.models import Event
from channel_registry.services import disable_channel
from kit.refusal import NotFound
from oauth.errors import ClientInvalid
from oauth.models import ProvisioningToken
from oauth.queries import find_client, list_provisioning_tokens
from oauth.services import (
    change_client,
    disable_client,
    enable_client,
    make_provisioning_token,
    revoke_provisioning_token,
    revoke_provisioning_tokens,
)
from tests.actors import make_client
from tests.compliance.scim.provisioning import System, refused
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@pytest.fixture
def ref(crm: System, call: Any) -> str:
    """The CRM calls with a token that it keeps."""
    return crm.keep_token(call)


def test_a_system_with_nothing_but_a_kept_token_keeps_its_people_here(crm: System, ref: str):
    assert ref.startswith("pvt_")
    id = crm.create("ana").json()["id"]
    assert crm.ask("GET", f"/Users/{id}").json()["userName"] == "ana"
    assert crm.ask("DELETE", f"/Users/{id}").status_code == 204


def test_only_its_digest_is_stored_and_the_journal_says_who_has_it(crm: System, ref: str):
    row = ProvisioningToken.objects.get()
    assert crm.token not in str(row.__dict__)
    event = Event.objects.get(type="provisioning_token.made")
    assert event.payload["token"] == ref
    assert event.client == crm.app.client.client_id
    assert crm.token not in str(event.payload)


def test_it_opens_no_other_door(crm: System, ref: str):
    asked = {"Authorization": f"Bearer {crm.token}"}
    for path in ("/api/feeds/crm/records", "/api/consent/check", "/access/v1/evaluation", "/api/handoff/"):
        assert crm.app.http.post(path, "{}", content_type="application/json", headers=asked).status_code == 403, path
    assert crm.app.http.get("/oauth/userinfo", headers=asked).status_code == 401
    told = crm.app.post("/oauth/introspect", token=crm.token)
    assert told.json() == {"active": False}


def test_a_revoked_one_is_dead_at_once_and_another_goes_on(crm: System, ref: str, call: Any):
    _, other = make_provisioning_token(client_id=crm.app.client.client_id, lifetime=YEAR, call=call)
    assert revoke_provisioning_token(ref=ref, call=call)
    refused(crm.ask("GET", "/Users"), 401)
    crm.token = other
    assert crm.ask("GET", "/Users").status_code == 200
    assert not revoke_provisioning_token(ref=ref, call=call), "it had ended"
    assert revoke_provisioning_tokens(call=call) == 1
    refused(crm.ask("GET", "/Users"), 401)


def test_when_its_time_is_over_it_is_dead(crm: System, call: Any):
    _, crm.token = make_provisioning_token(
        client_id=crm.app.client.client_id,
        lifetime=timedelta(hours=1),
        call=replace(call, now=call.now - timedelta(hours=1)),
    )
    refused(crm.ask("GET", "/Users"), 401)


def test_who_switches_the_client_off_and_on_again_has_to_make_a_new_one(crm: System, ref: str, call: Any):
    client_id = crm.app.client.client_id
    disable_client(client_id=client_id, call=call)
    refused(crm.ask("GET", "/Users"), 401)
    enable_client(client_id=client_id, call=call)
    refused(crm.ask("GET", "/Users"), 401)
    assert [each.is_live for each in list_provisioning_tokens(now=call.now)] == [False]


def test_a_client_that_lost_the_scope_has_lost_the_door(crm: System, ref: str, call: Any):
    client = find_client(client_id=crm.app.client.client_id)
    assert client is not None
    draft = replace(client.draft, scopes=("feeds",), default_scopes=("feeds",))
    change_client(client_id=client.client_id, draft=draft, call=call)
    refused(crm.ask("GET", "/Users"), 401)


def test_a_closed_channel_is_closed(crm: System, ref: str, call: Any):
    disable_channel(channel=crm.app.client.channel_id, call=replace(call, now=call.now + timedelta(seconds=1)))
    refused(crm.ask("GET", "/Users"), 401)


@pytest.mark.parametrize("token", ["tlp_", "tlp_x", "tlp_" + "x" * 10_000, "tlp_%00", "tlp_ü"])
def test_what_was_never_made_is_401(crm: System, token: str):
    crm.token = token
    refused(crm.ask("GET", "/Users"), 401)


def test_it_is_made_for_clients_with_the_scope_and_for_a_while(crm: System, call: Any):
    other = make_client(call, name="Shop").client
    crms = crm.app.client.client_id
    with pytest.raises(ClientInvalid, match="scopes"):
        make_provisioning_token(client_id=other.client_id, lifetime=YEAR, call=call)
    for lifetime in (timedelta(0), timedelta(days=401)):
        with pytest.raises(ClientInvalid, match="lifetime"):
            make_provisioning_token(client_id=crms, lifetime=lifetime, call=call)
    with pytest.raises(NotFound):
        make_provisioning_token(client_id="nobody", lifetime=YEAR, call=call)
    disable_client(client_id=crms, call=call)
    with pytest.raises(ClientInvalid, match="switched on"):
        make_provisioning_token(client_id=crms, lifetime=YEAR, call=call)


def _run(*words: str) -> str:
    out = StringIO()
    call_command("provisioning_tokens", *words, stdout=out)
    return out.getvalue()


def test_the_command_makes_lists_and_revokes(crm: System):
    client_id = crm.app.client.client_id
    ref, crm.token = _run("make", client_id, "--days", "30").split()
    assert crm.ask("GET", "/Users").status_code == 200
    assert ref in _run("list")
    assert "live" in _run("list")
    assert crm.token not in _run("list")
    assert _run("revoke", ref) == "Revoked.\n"
    assert _run("revoke", ref) == "It was revoked before.\n"
    assert "over" in _run("list")
    with pytest.raises(CommandError, match="There is no nobody"):
        _run("make", "nobody")
    with pytest.raises(CommandError, match="lifetime"):
        _run("make", client_id, "--days", "999999999999")


def test_an_operator_makes_one_in_the_list_of_clients_and_revokes_it(crm: System, call: Any):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    others = make_client(call, name="Shop").client.pk
    chosen = {"action": "make_token_for_scim", "_selected_action": [crm.app.client.pk, others]}
    page = admin.post("/admin/oauth/client/", chosen, follow=True).content.decode()
    assert "this is for confidential clients" in page
    shown = re.search(r"shown this once: (tlp_[\w-]+)", page)
    assert shown
    crm.token = shown[1]
    assert crm.ask("GET", "/Users").status_code == 200
    listed = "/admin/oauth/provisioningtoken/"
    assert crm.token not in admin.get(listed).content.decode()
    row = ProvisioningToken.objects.get()
    auditor, _ = sign_in_operator(Role.AUDITOR, call)
    revoke = {"action": "revoke", "_selected_action": [row.pk]}
    auditor.post(listed, revoke)
    assert crm.ask("GET", "/Users").status_code == 200, "who may only look revokes nothing"
    admin.post(listed, revoke)
    refused(crm.ask("GET", "/Users"), 401)
