"""Connected systems are told by SCIM: scim2-server holds what it shall hold, and what went wrong there shows."""

import json
from dataclasses import replace
from functools import partial

import pytest

from accounts.services import erase_account, reactivate_account, suspend_account
from sync import services
from sync.errors import ConnectionInvalid
from sync.flows.silence import listen
from sync.flows.verification import send_verification
from sync.models import Canary, Connection, Delivery
from sync.queries import get_connection, list_incidents
from sync.transports import scim_out
from sync.transports.scim_out import compare
from sync.types import Answer, ConnectionDraft, Kind, Trouble
from tests.connecting import rename
from tests.scim_server import TOKEN, scim_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

EVENTS = ("account.created", "account.suspended", "account.reactivated", "account.erased", "profile.changed")


@pytest.fixture(scope="module")
def server():
    with scim_server() as opened:
        yield opened


@pytest.fixture
def provision(town, server):
    """Connect the server; its short name is `crm`, and it knows nobody who is there before."""

    def make(url=server.url, secret=TOKEN, **said):
        said = {"event_types": EVENTS, "attributes": ("email", "name"), "purpose": "service", **said}
        draft = ConnectionDraft(name="CRM", kind=Kind.SCIM, endpoint=url, **said)
        return services.create_connection(slug="crm", draft=draft, secret=secret, call=town.call)

    return make


@pytest.fixture
def compared(town):
    return lambda account: compare(get_connection(slug="crm"), account.sub, town.call.now)()


def last_delivery():
    return Delivery.objects.latest("id")


def test_a_new_customer_is_created_there_and_read_back(town, server, provision, compared):
    provision()
    ana = town.person("ana")
    town.deliver()
    user = server.user(ana.sub)
    assert (user["externalId"], user["userName"], user["active"]) == (ana.sub, ana.sub, True)
    assert [each["value"] for each in user["emails"]] == [ana.email]
    assert "phoneNumbers" not in user, "not asked for"
    delivery = last_delivery()
    assert delivery.state == "confirmed"
    assert delivery.applied_at == delivery.read_back_at == town.call.now
    assert compared(ana).answer is Answer.CONFIRMED


def test_a_change_reaches_her_resource_and_leaves_what_is_not_ours(town, server, provision):
    provision()
    ana = town.person("ana")
    town.deliver()
    user = server.user(ana.sub)
    server.ask("PATCH", f"/Users/{user['id']}", patch({"op": "add", "path": "nickName", "value": "Annie"}))
    rename(town, ana, "Ana Willow")
    town.deliver()
    user = server.user(ana.sub)
    assert (user["displayName"], user["name"]["formatted"]) == ("Ana Willow", "Ana Willow")
    assert user["nickName"] == "Annie"


def test_suspended_is_inactive_and_reactivated_is_active_again(town, server, provision):
    provision()
    ana = town.person("ana")
    suspend_account(sub=ana.sub, reason="fraud", call=town.call)
    town.deliver()
    assert server.user(ana.sub)["active"] is False
    reactivate_account(sub=ana.sub, reason="cleared", call=town.call)
    town.deliver()
    assert server.user(ana.sub)["active"] is True


def test_an_erased_customer_is_deleted_there_and_what_was_late_brings_her_not_back(town, server, provision):
    provision(options={"missing": "create"})
    ana = town.person("ana")
    town.deliver()
    rename(town, ana, "Ana Willow")
    erase_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    assert server.users(ana.sub) == []
    assert {row.state for row in Delivery.objects.all()} == {"confirmed"}
    assert last_delivery().read_back_at is not None


def test_that_she_is_not_there_is_a_failure_that_shows(town, server, provision, compared):
    ana = town.person("ana")
    town.deliver()
    provision()
    rename(town, ana, "Ana Willow")
    for minutes in (0, 1, 2):
        town.deliver(minutes=minutes)
    delivery = last_delivery()
    assert (delivery.state, delivery.last_error, delivery.applied_at) == ("dead", "no_identity", None)
    assert server.users(ana.sub) == []
    assert compared(ana).code == "no_identity"


def test_who_is_missing_is_created_where_the_operator_wants_that(town, server, provision):
    ana = town.person("ana")
    town.deliver()
    provision(options={"missing": "create"})
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert server.user(ana.sub)["displayName"] == "Ana Willow"


def test_a_late_replay_tells_what_is_true_now(town, server, provision):
    ana = town.person("ana")
    town.deliver()
    provision()
    rename(town, ana, "Ana Willow")
    for minutes in (0, 1, 2):
        town.deliver(minutes=minutes)
    change(options={"missing": "create"}, town=town)
    rename(town, ana, "Ana Larch")
    town.deliver(minutes=3)
    services.replay_delivery(ref=Delivery.objects.get(state="dead").ref, call=town.at(minutes=4))
    town.deliver(minutes=5)
    assert server.user(ana.sub)["displayName"] == "Ana Larch"


def test_what_may_be_told_no_more_goes_there_too(town, server, provision):
    provision()
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert server.user(ana.sub)["emails"]
    Connection.objects.update(purpose="")
    rename(town, ana, "Ana Larch")
    town.deliver()
    user = server.user(ana.sub)
    assert not {"emails", "displayName", "name"} & set(user)
    assert user["active"] is True


def test_somebody_elses_change_there_is_found(town, server, provision, compared):
    provision()
    ana = town.person("ana")
    town.deliver()
    id = server.user(ana.sub)["id"]
    server.ask("PATCH", f"/Users/{id}", patch({"op": "replace", "path": "active", "value": False}))
    assert compared(ana).code == "differs"


def test_two_of_one_customer_are_told_apart_by_nobody_but_their_owner(town, server, provision, compared):
    provision()
    ana = town.person("ana")
    town.deliver()
    twin = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "twin", "externalId": ana.sub}
    server.ask("POST", "/Users", twin)
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert last_delivery().last_error == "two_identities"
    assert all(each.get("displayName") != "Ana Willow" for each in server.users(ana.sub))


def test_the_test_button_asks_for_nobody_and_shows_the_answer(town, server, provision):
    provision()
    before = len(server.users())
    outcome = send_verification(slug="crm", call=town.call)
    assert (outcome.answer, outcome.status) == (Answer.CONFIRMED, 200)
    assert json.loads(outcome.said)["totalResults"] == 0
    assert len(server.users()) == before
    services.rotate_secret(slug="crm", secret="a-wrong-token", call=town.call)
    assert send_verification(slug="crm", call=town.call).code == "status_401"


@pytest.mark.parametrize(
    "said",
    [
        {"event_types": ("session.revoked",)},
        {"attributes": ("email_verified",)},
        {"options": {"missing": "skip"}},
        {"options": {"external_id": "sub"}},
    ],
)
def test_what_scim_has_no_words_for_cannot_be_chosen(provision, said):
    with pytest.raises(ConnectionInvalid):
        provision(**said)


def patch(*operations):
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}


def change(*, town, **said):
    state = get_connection(slug="crm")
    services.change_connection(slug="crm", draft=replace(state.draft, **said), call=town.call)


def test_who_has_no_identity_there_is_a_failure_that_is_found_and_named(town, server, provision):
    provision(options={"on_drift": "tell"}, event_types=("profile.changed",))
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    for minute in range(16):
        town.deliver(minutes=minute)
        listen(make_call=partial(town.at, minutes=minute))
        if list_incidents():
            break
    [incident] = list_incidents()
    assert (incident.trouble, incident.examples) == (Trouble.NO_IDENTITY, (ana.sub,))


def test_who_answers_200_and_does_not_do_it_is_found_and_named(town, server, provision, monkeypatch):
    provision()
    ana, ben = town.person("ana"), town.person("ben")
    town.deliver()
    ask = scim_out._FarEnd.ask

    def drops(end, method, path, body=None, **more):
        return ask(end, "GET", path) if method == "PATCH" else ask(end, method, path, body, **more)

    monkeypatch.setattr(scim_out._FarEnd, "ask", drops)
    rename(town, ana, "Ana Willow")
    for minute in range(16):
        town.deliver(minutes=minute)
        listen(make_call=partial(town.at, minutes=minute))
        if list_incidents():
            break
    [incident] = list_incidents()
    assert (incident.trouble, incident.examples) == (Trouble.CORRUPTED, (ana.sub,))
    monkeypatch.undo()
    for minute in range(16, 40):
        town.deliver(minutes=minute)
        listen(make_call=partial(town.at, minutes=minute))
    assert list_incidents() == []
    assert server.user(ana.sub)["displayName"] == "Ana Willow"
    assert server.user(ben.sub)


def test_a_canary_where_she_is_wanted_finds_silence_on_a_quiet_night(town, server, provision, monkeypatch):
    provision(options={"canary": "on"}, freshness=5)

    def pass_time(first, last):
        for minute in range(first, last):
            town.deliver(minutes=minute)
            listen(make_call=partial(town.at, minutes=minute))
            if list_incidents():
                return

    pass_time(0, 40)
    assert list_incidents() == []
    canary = Canary.objects.get()
    there = server.user(canary.subject)
    assert (there["displayName"], canary.songs > 5) == (f"Canary {canary.songs}", True)
    ask = scim_out._FarEnd.ask

    def drops(end, method, path, body=None, **more):
        return ask(end, "GET", path) if method == "PATCH" else ask(end, method, path, body, **more)

    monkeypatch.setattr(scim_out._FarEnd, "ask", drops)
    pass_time(40, 55)
    assert [each.examples for each in list_incidents()] == [(canary.subject,)]


def test_nobody_has_a_canary_by_scim_who_does_not_want_her(town, server, provision):
    provision()
    town.deliver()
    listen(make_call=lambda: town.call)
    assert not Canary.objects.exists()
