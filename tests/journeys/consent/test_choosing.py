"""Recording what a customer chose: by her own token, by a client in her session, by a client without one."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from accounts.services import suspend_account
from consent.models import ConsentEvent
from consent.services import give_mandate, publish_notice, require_notice, retire_notice, revoke_mandate
from consent.types import MandateKind, NoticeRef
from notifications.models import Message
from notifications.queries import read_message
from tests.actors import make_client
from tests.journeys.consent.conftest import SHOWN, Speaker, choice

pytestmark = pytest.mark.django_db


def tier_of(answer):
    return ConsentEvent.objects.get(pk=answer.json()["id"]).tier


def judge(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return answer.json()


def test_a_customers_own_choice_is_proved_and_holds_at_once(ana, backend):
    answer = ana.own.choose(ana.sub)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["effective"]["decision"] == "permit"
    assert body["effective"]["reason"] == "granted"
    assert body["effective"]["seq"] == body["seq"]
    assert body["receipt"].endswith(f"/api/consent/receipts/{body['id']}")
    assert tier_of(answer) == 5
    row = ConsentEvent.objects.get(pk=body["id"])
    assert (row.acr, row.sid) == ("urn:throughline:1fa", ana.sid)
    assert (row.confidence or 0.0) > 0.8
    assert backend.ask(ana.sub)["decision"] == "permit"


def test_what_she_withdraws_is_denied_to_everybody_with_the_next_question(ana, backend):
    ana.own.choose(ana.sub)
    answer = ana.own.choose(ana.sub, "withdraw")
    assert answer.status_code == 201
    found = backend.ask(ana.sub)
    assert (found["decision"], found["reason"]) == ("deny", "withdrawn")
    assert found["seq"] == answer.json()["seq"]


def test_a_client_in_her_session_records_at_the_tier_that_it_supports(ana, backend):
    answer = backend.choose(ana.sub, sid=ana.sid)
    assert (answer.status_code, tier_of(answer)) == (201, 5)
    row = ConsentEvent.objects.get(pk=answer.json()["id"])
    assert (row.actor, row.acr, row.sid) == (f"client:{row.actor[7:]}", "urn:throughline:1fa", ana.sid)


def test_a_client_without_her_session_records_a_grant_that_nobody_proved(ana, backend):
    answer = backend.choose(ana.sub)
    assert (answer.status_code, tier_of(answer)) == (201, 3)
    assert backend.choose(ana.sub, purpose="ai.training").json()["effective"]["reason"] == "weak_evidence"


def test_an_unproved_withdrawal_counts_and_she_is_told_with_a_way_back(ana, backend):
    ana.own.choose(ana.sub)
    before = Message.objects.count()
    answer = backend.choose(ana.sub, "withdraw")
    assert (answer.status_code, tier_of(answer)) == (201, 3)
    assert backend.ask(ana.sub)["decision"] == "deny"
    assert Message.objects.count() == before + 1


def test_an_unproved_grant_does_not_lift_what_she_refused_herself(ana, backend):
    ana.own.choose(ana.sub)
    ana.own.choose(ana.sub, "deny")
    assert backend.choose(ana.sub).json()["effective"]["decision"] == "deny"


def test_the_same_choice_again_is_answered_and_another_under_its_id_is_refused(ana):
    said = choice(ana.sub)
    first = ana.own.send("events", said)
    again = ana.own.send("events", said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["seq"] == first.json()["seq"]
    assert again.json()["id"] == first.json()["id"]
    judge(ana.own.send("events", {**said, "action": "deny"}), 409, "event_reused")
    assert ConsentEvent.objects.count() == 1


def test_two_clients_may_use_the_same_ids(ana, backend, make_backend):
    said = choice(ana.sub)
    one, other = backend.send("events", said), make_backend().send("events", {**said, "action": "deny"})
    assert (one.status_code, other.status_code) == (201, 201)


@pytest.mark.parametrize("action", ["grant", "deny", "withdraw", "object"])
def test_nobody_writes_for_another_customer(ana, ben, backend, action):
    judge(ben.own.choose(ana.sub, action), 404, "not_found")
    judge(ben.own.choose("acc_nobody", action), 404, "not_found")
    judge(backend.choose(ben.sub, action, sid=ana.sid), 404, "not_found")
    judge(backend.choose("acc_nobody", action), 404, "not_found")
    judge(ben.own.choose(ana.sub, action, mandate="mdt_none"), 404, "not_found")
    assert not ConsentEvent.objects.exists()


def test_a_client_that_takes_no_part_in_a_session_cannot_name_it(ana, make_backend):
    judge(make_backend().choose(ana.sub, sid=ana.sid), 404, "not_found")


def test_a_session_that_has_ended_supports_nothing(ana, backend):
    ana.browser.post("/accounts/logout/")
    judge(backend.choose(ana.sub, sid=ana.sid), 404, "not_found")


def test_who_tries_again_after_the_session_has_ended_hears_what_came_of_it(ana, backend):
    said = choice(ana.sub, sid=ana.sid)
    first = backend.send("events", said)
    ana.browser.post("/accounts/logout/")
    again = backend.send("events", said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    judge(backend.send("events", {**said, "action": "deny"}), 409, "event_reused")
    judge(backend.send("events", {**said, "event_id": "another"}), 404, "not_found")
    assert ConsentEvent.objects.count() == 1


def test_another_age_is_another_choice(ana):
    said = choice(ana.sub, age=17)
    assert ana.own.send("events", said).status_code == 201
    judge(ana.own.send("events", {**said, "age": 18}), 409, "event_reused")


def test_her_own_token_speaks_for_its_own_session_only(ana, ben):
    judge(ana.own.choose(ana.sub, sid=ben.sid), 404, "not_found")


def test_a_client_speaks_for_its_own_channel(ana, backend, make_backend):
    judge(backend.choose(ana.sub, channel="mobile"), 403, "not_allowed")
    judge(backend.choose(ana.sub, channel=None), 403, "not_allowed")
    assert backend.choose(ana.sub, "withdraw", channel=None).status_code == 201
    assert make_backend(channel="mobile").choose(ana.sub, channel="mobile").status_code == 201


def test_a_client_needs_the_scope(ana, make_backend):
    reader = make_backend(scopes=("consent.read",), default_scopes=("consent.read",))
    judge(reader.choose(ana.sub), 403, "insufficient_scope")
    assert reader.ask(ana.sub)["decision"] == "deny"
    other = make_backend(scopes=("decisions",), default_scopes=("decisions",))
    judge(other.get("", subject=ana.sub), 403, "insufficient_scope")


@pytest.fixture
def stranger(call, ana):
    """An app of others, with Ana's token; she let it see her name."""
    app = make_client(call, name="Stranger", first_party=False)
    asked = ana.browser.get("/oauth/authorize", app.authorize_parameters("v" * 43))
    ana.browser.post(asked.context["action_url"], {"allow": "yes"})
    return Speaker(app.tokens_for(ana.browser)["access_token"])


def test_her_own_token_proves_her_choice_whatever_app_holds_it(ana, backend, stranger):
    assert tier_of(stranger.choose(ana.sub, "deny")) == 5
    assert backend.choose(ana.sub).json()["effective"]["decision"] == "deny"
    assert tier_of(stranger.choose(ana.sub)) == 5
    assert backend.ask(ana.sub)["decision"] == "permit"


def test_of_what_an_app_of_others_permits_with_her_token_she_is_told_once(ana, stranger):
    before = Message.objects.count()
    said = choice(ana.sub)
    assert stranger.send("events", said).status_code == 201
    assert stranger.send("events", said).status_code == 200
    assert stranger.choose(ana.sub).status_code == 201  # permitted already: nothing new
    assert stranger.choose(ana.sub, "withdraw").status_code == 201
    assert Message.objects.count() == before + 1
    _, subject, body = read_message(Message.objects.latest("pk"))
    assert subject == "Something is permitted in your name"
    assert "marketing.email" in body
    assert "http://localhost:8000/consents/" in body
    ana.own.choose(ana.sub)  # the shop is the house's own
    assert Message.objects.count() == before + 1


def test_whoever_cannot_sign_in_permits_nothing_and_is_heard_when_she_refuses(ana, backend, call):
    ana.own.choose(ana.sub)
    suspend_account(sub=ana.sub, reason="asked_for", call=call)
    for action in ("grant", "withdraw"):
        assert ana.own.choose(ana.sub, action).status_code == 401
        judge(backend.choose(ana.sub, action, sid=ana.sid), 404, "not_found")
    judge(backend.choose(ana.sub, purpose="personalization"), 404, "not_found")
    assert backend.choose(ana.sub, "withdraw").status_code == 201
    assert backend.ask(ana.sub)["decision"] == "deny"


@pytest.mark.parametrize("action", ["grant", "withdraw"])
def test_what_was_over_before_it_came_is_refused_and_nobody_is_told_of_it(ana, backend, action):
    ana.own.choose(ana.sub)
    before = Message.objects.count()
    over = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    judge(backend.choose(ana.sub, action, expires_at=over), 422, "already_expired")
    judge(ana.own.choose(ana.sub, action, expires_at=over), 422, "already_expired")
    assert ConsentEvent.objects.count() == 1
    assert Message.objects.count() == before
    assert backend.choose(ana.sub, action, expires_at=over, source="import").status_code == 201


def test_a_proxy_reads_the_receipt_of_what_she_chose_and_of_nothing_else(ana, ben, call):
    mandate = give_mandate(party=ana.sub, holder=ben.sub, kind=MandateKind.PROXY, call=call)
    answer = ben.own.choose(ana.sub, mandate=mandate)
    assert (answer.status_code, tier_of(answer)) == (201, 4)
    receipt = answer.json()["receipt"].rpartition("/api/consent/")[2]
    assert ben.own.get(receipt).json()["id"] == answer.json()["id"]
    anas = ana.own.choose(ana.sub, "deny").json()["receipt"].rpartition("/api/consent/")[2]
    judge(ben.own.get(anas), 404, "not_found")
    judge(ben.own.get("events", subject=ana.sub), 404, "not_found")
    revoke_mandate(id=mandate, call=call)
    assert ben.own.get(receipt).status_code == 200  # it stays what she did


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"purpose": "unheard.of"}, 422, "unknown_purpose"),
        ({"notice": {**SHOWN, "version": 99}}, 422, "unknown_notice"),
        ({"notice": {**SHOWN, "language": "tlh"}}, 422, "unknown_notice"),
        ({"notice": None}, 422, "notice_missing"),
        ({"source": "nowhere"}, 422, "unknown_source"),
        ({"source": "portal"}, 422, "unknown_source"),
        ({"processor": "unheard-of"}, 422, "unknown_scope"),
        ({"channel": "unheard-of"}, 422, "unknown_scope"),
        ({"data_category": "shoe-size"}, 422, "unknown_scope"),
        ({"occurred_at": (datetime.now(UTC) + timedelta(hours=6)).isoformat()}, 422, "future_timestamp"),
    ],
)
def test_what_there_is_not_is_a_422(ana, change, status, code):
    judge(ana.own.choose(ana.sub, **change), status, code)
    assert not ConsentEvent.objects.exists()


def test_a_retired_notice_is_answered_with_the_current_one(ana, call):
    purposes = ["marketing", "marketing.email"]
    publish_notice(ref=NoticeRef("privacy", 2, "en"), text="Newer words.", purposes=purposes, material=False, call=call)
    retire_notice(ref=NoticeRef("privacy", 1, "en"), call=call)
    problem = judge(ana.own.choose(ana.sub), 409, "notice_retired")
    assert problem["current"] == {"id": "privacy", "version": 2, "language": "en"}
    assert ana.own.choose(ana.sub, notice=problem["current"]).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": ""},
        {"event_id": None},
        {"event_id": "x" * 10_240},
        {"event_id": 7},
        {"purpose": "a\x00b"},
        {"purpose": "x" * 10_240},
        {"action": "invalidate"},
        {"action": "confirm"},
        {"action": ["grant"]},
        {"channel": "\u202eweb"},
        {"channel": "\ud800"},
        {"notice": "privacy"},
        {"notice": {**SHOWN, "version": "1"}},
        {"notice": {**SHOWN, "version": True}},
        {"notice": {**SHOWN, "version": 2**63}},
        {"notice": {**SHOWN, "version": 0}},
        {"notice": {"id": "privacy"}},
        {"occurred_at": "yesterday"},
        {"occurred_at": "2026-01-01T00:00:00"},
        {"occurred_at": "9999-12-31T23:59:59-23:59"},
        {"occurred_at": "0001-01-01T00:00:00+23:59"},
        {"occurred_at": 1767225600},
        {"listed": "channel:web"},
        {"listed": ["x"] * 101},
        {"listed": ["\x00"]},
        {"sid": {"a": 1}},
        {"seen": -1},
        {"seen": True},
        {"age": 1000},
        {"acknowledged": "yes"},
        {"subject": None},
        {"device": "dev_1"},
    ],
)
def test_what_no_app_sends_is_a_400(ana, change):
    judge(ana.own.choose(ana.sub, **change), 400, "malformed_input")
    assert not ConsentEvent.objects.exists()


def test_other_bodies_are_a_400(ana):
    twice = json.dumps(choice(ana.sub))[:-1] + ', "action": "deny"}'
    for body in ("", "{", "[]", "null", '"x"', b"\xff\xfe", twice, '{"action": NaN}', "[" * 100_000, "x" * 600_000):
        for path in ("events", "check", "commit"):
            judge(ana.own.send(path, body), 400, "malformed_input")


def test_a_grant_that_overlooks_a_newer_choice_is_refused_and_a_refusal_is_not(ana):
    seen = ana.own.choose(ana.sub).json()["seq"]
    ana.own.choose(ana.sub, "withdraw", seen=seen)
    judge(ana.own.choose(ana.sub, seen=seen), 409, "stale_page")
    assert ana.own.choose(ana.sub, "deny", seen=seen).status_code == 201


def test_a_refusal_survives_a_newer_notice_and_a_grant_is_asked_again(ana, call):
    ana.own.choose(ana.sub)
    ana.own.choose(ana.sub, "deny", "marketing.sms")
    ref = NoticeRef("privacy", 2, "en")
    publish_notice(ref=ref, text="Other words.", purposes=["marketing", "marketing.email"], material=True, call=call)
    require_notice(purpose="marketing.email", version=2, call=call)
    assert ana.own.ask(ana.sub)["reason"] == "reconsent"
    assert ana.own.ask(ana.sub, "marketing.sms")["reason"] == "denied"


def test_a_browsers_signal_comes_in_as_a_source(ana, backend):
    ana.own.choose(ana.sub)
    answer = backend.choose(ana.sub, "deny", "marketing", source="gpc", channel=None)
    assert (answer.status_code, tier_of(answer)) == (201, 2)
    assert backend.ask(ana.sub)["reason"] == "gpc"
    judge(backend.choose(ana.sub, "grant", "marketing", source="gpc"), 400, "malformed_input")
    judge(backend.choose(ana.sub, "deny", "personalization", source="gpc"), 400, "malformed_input")
    assert ana.own.choose(ana.sub).json()["effective"]["reason"] == "gpc"
    assert ana.own.choose(ana.sub, acknowledged=True).json()["effective"]["decision"] == "permit"


def test_a_device_may_refuse_and_never_permit(ana, backend):
    device = {"subject": None, "device": "dev_1"}
    assert backend.choose("", "deny", "marketing", source="gpc", channel=None, **device).status_code == 201
    judge(backend.choose("", "grant", "marketing", **device), 404, "not_found")
    judge(ana.own.choose("", "deny", "marketing", **device), 404, "not_found")


def test_an_import_says_what_it_has_and_is_worth_no_more(ana, backend):
    answer = backend.choose(ana.sub, source="import", notice=None)
    assert (answer.status_code, tier_of(answer)) == (201, 1)
    assert answer.json()["effective"]["decision"] == "deny"


def test_without_a_token_nothing_is_answered(client, catalog):
    for path in ("events", "check", "commit"):
        assert client.post(f"/api/consent/{path}", "{}", content_type="application/json").status_code == 401
    assert client.get("/api/consent/").status_code == 401
