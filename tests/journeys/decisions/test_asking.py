"""A channel asks before it acts: what it is told, for whom it may ask, and what it says in vain."""

import pytest
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from accounts.services import enroll_totp, suspend_account
from audit.models import Event
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel
from tests.actors import make_client, open_channel
from tests.journeys.decisions.conftest import ACTIONS, ORDERS, WAYS_IN, Backend, question

pytestmark = pytest.mark.django_db


def codes(said):
    return [reason["code"] for reason in said["context"]["reasons"]]


def made(kind="decision.made"):
    return list(Event.objects.filter(type=kind).order_by("id"))


def test_enough_of_everything_is_a_permit_with_its_number(orders, ana):
    said = orders.ask(ana)
    assert said["decision"] is True
    assert said["context"]["outcome"] == "permit"
    assert 0.95 <= said["context"]["confidence"] < 1
    assert said["context"]["reasons"] == []
    assert {"acr_values", "max_age"}.isdisjoint(said["context"])


def test_a_step_up_says_what_to_ask_the_customer_for(call, orders, ana):
    enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    said = orders.ask(ana, "contact.update")
    assert said["decision"] is False
    assert said["context"]["outcome"] == "step_up"
    assert said["context"]["acr_values"] == "urn:throughline:2fa"
    assert 60 <= said["context"]["max_age"] <= 600
    assert "acr_too_low" in codes(said)
    assert all(reason["message"] for reason in said["context"]["reasons"])


@pytest.mark.parametrize(
    ("action", "outcome", "code"),
    [
        ("offer.personalize", "refuse", "unknown_purpose"),
        ("payment.create", "refuse", "unknown_action"),
        ("no such action", "refuse", "unknown_action"),
    ],
)
def test_the_other_outcomes(orders, ana, action, outcome, code):
    said = orders.ask(ana, action)
    assert (said["decision"], said["context"]["outcome"]) == (False, outcome)
    assert code in codes(said)


def test_her_choice_shows_and_hides_what_is_hers_from_the_moment_it_was_answered(orders, ana, register):
    for action, outcome in (("", "suppress"), ("grant", "permit"), ("withdraw", "suppress"), ("grant", "permit")):
        if action:
            register.later().choose(action, "personalization", ana.sub)
        assert orders.ask(ana, "offer.personalize")["context"]["outcome"] == outcome
    said = orders.ask(ana, "offer.personalize", processor="nobody")
    assert (said["context"]["outcome"], codes(said)) == ("refuse", ["processor_not_allowed"])


def test_a_record_is_for_a_person_to_review(orders, ana):
    body = {**question(ana), "resource": {"type": "record", "id": "crm-881"}}
    assert orders.send("/access/v1/evaluation", body).json()["context"]["outcome"] == "review"


def test_the_shop_itself_may_ask_for_a_session_it_takes_part_in(ana):
    assert Backend(ana.app, HttpClient()).ask(ana)["decision"] is True


def test_the_decision_stands_in_the_journal_under_its_id_with_its_journey(orders, ana):
    said = orders.ask(ana, journey="checkout-7")
    [line] = made()
    assert line.event_id == said["context"]["decision_id"]
    assert (line.subject, line.session, line.channel) == (ana.sub, ana.sid, "web")
    assert (line.client, line.journey) == (orders.app.client.client_id, "checkout-7")
    orders.send("/access/v1/evaluation", question(ana), X_Journey_Id="checkout-8")
    assert made()[-1].journey == "checkout-8"


# --- For whom a client may ask --------------------------------------------------------------------------------------


def test_a_client_outside_learns_nothing_of_a_session(make_backend, ana, visit):
    stranger = make_backend(name="Stranger")
    ended = visit("ben")
    ended.browser.post("/accounts/logout/")
    answers = [
        stranger.ask(ana),
        stranger.ask(ended),
        stranger.ask(ana, sid="never_was"),
        stranger.ask(ana, sid="not an id at all"),
        stranger.ask(ana, account=ended.account),
    ]
    assert {str({**said["context"], "decision_id": ""}) for said in answers} == {
        str({**answers[0]["context"], "decision_id": ""})
    }
    assert codes(answers[0]) == ["no_part_in_session"]
    assert "confidence" not in answers[0]["context"]
    assert {(line.subject, line.session) for line in made()} == {("", "")}


def test_a_resource_server_of_another_channel_is_not_served(call, make_backend, ana):
    open_channel(call, "mobile", WAYS_IN, actions=ACTIONS)
    elsewhere = make_backend(name="Elsewhere", channel="mobile")
    for channel in ("web", "nowhere", "x" * 64):
        said = elsewhere.ask(ana, channel=channel)
        assert (said["context"]["outcome"], codes(said)) == ("refuse", ["unknown_channel"])
    assert codes(elsewhere.ask(ana)) == ["no_part_in_session"]


def test_a_resource_server_asks_for_every_channel_it_serves(call, orders, visit):
    open_channel(call, "mobile", WAYS_IN, actions={"orders.view": {"class": "history"}})
    app = make_client(call, name="App", channel="mobile", resource_servers=(ORDERS,))
    ben = visit("ben", app)
    assert orders.ask(ben, channel="mobile")["decision"] is True
    assert codes(orders.ask(ben, "contact.update", channel="mobile")) == ["unknown_action"]


def test_a_closed_channel_is_an_unknown_one(call, orders, ana):
    token = orders.bearer
    disable_channel(channel="web", call=call)
    forget_policies()
    answer = orders.http.post("/access/v1/evaluation", question(ana), content_type="application/json", headers=token)
    if answer.status_code == 200:
        assert codes(answer.json()) == ["unknown_channel"]
    else:
        assert answer.status_code in (401, 403)


def test_another_customer_in_the_session_is_refused_without_a_number(orders, ana, visit):
    ben = visit("ben")
    said = orders.ask(ana, account=ben.account)
    assert codes(said) == ["subject_mismatch"]
    assert "confidence" not in said["context"]


def test_nobody_acts_on_anothers_account_in_her_own_session(orders, ana, visit):
    ben = visit("ben")
    body = {**question(ana), "resource": {"type": "account", "id": ben.sub}}
    said = orders.send("/access/v1/evaluation", body).json()
    assert (said["decision"], codes(said)) == (False, ["other_account"])


@pytest.mark.parametrize(("type", "code"), [("agent", "unknown_subject_type"), ("robot", "unknown_subject_type")])
def test_only_customers_are_judged(orders, ana, type, code):
    body = {**question(ana), "subject": {"type": type, "id": ana.sub}}
    assert codes(orders.send("/access/v1/evaluation", body).json()) == [code]
    body = {**question(ana), "subject": {"type": "user", "id": ana.sub}}
    assert orders.send("/access/v1/evaluation", body).json()["decision"] is True


def test_an_unknown_kind_of_resource_is_refused(orders, ana):
    body = {**question(ana), "resource": {"type": "spaceship", "id": "1"}}
    said = orders.send("/access/v1/evaluation", body).json()
    assert said["context"]["outcome"] == "refuse"


def test_ended_sessions_and_stopped_accounts_are_refused(call, orders, ana, visit):
    assert codes(orders.ask(ana, sid="")) == ["no_live_session"]
    suspend_account(sub=ana.sub, reason="test", call=call)
    assert codes(orders.ask(ana)) == ["no_live_session"]
    ben = visit("ben")
    ben.browser.post("/accounts/logout/")
    assert codes(orders.ask(ben)) == ["no_live_session"]


def test_static_actions_take_no_session_and_give_no_number(orders, ana):
    for sid in ("", "never_was", ana.sid):
        body = {**question(ana, "store.open", sid=sid), "resource": {"type": "shop", "id": "shop-1"}}
        said = orders.send("/access/v1/evaluation", body).json()
        assert said["decision"] is True
        assert "confidence" not in said["context"]


# --- What it says in vain -------------------------------------------------------------------------------------------


CLAIMS = {"confidence": 1.0, "acr": "phrh", "consent": True, "agent": "agt_1"}


@pytest.mark.parametrize("place", ["context", "subject", "properties", "top", "batch"])
def test_what_only_the_gateway_may_say_is_ignored_and_journaled(orders, ana, place):
    for claim, value in CLAIMS.items():
        body = question(ana, "contact.update")
        places = {
            "context": body["context"],
            "subject": body["subject"],
            "properties": body["resource"].setdefault("properties", {}),
            "top": body,
            "batch": body,
        }
        places[place][claim] = value
        if place == "batch":
            said = orders.send("/access/v1/evaluations", {**body, "evaluations": [{}]}).json()["evaluations"][0]
        else:
            said = orders.send("/access/v1/evaluation", body).json()
        assert said["decision"] is False
    lines = made("decision.claim_ignored")
    assert [line.payload for line in lines] == [{"claims": [claim]} for claim in CLAIMS]
    assert {line.client for line in lines} == {orders.app.client.client_id}


def test_plain_properties_meet_conditions_and_nothing_else_of_them_is_kept(orders, ana):
    body = question(ana, "gift.send")
    body["action"]["properties"] = {"size": "big", "note": "for carol@people.example", "deep": {"size": "big"}}
    body["subject"]["properties"] = {"email": "ana@people.example"}
    assert orders.send("/access/v1/evaluation", body).json()["context"]["outcome"] == "review"
    [line] = made()
    assert line.payload["facts"]["attributes"] == {"action.properties.size": "big"}
    assert "people.example" not in str(line.payload)
    body["action"]["properties"] = {"size": "small for ana@people.example"}
    assert orders.send("/access/v1/evaluation", body).json()["decision"] is True
    assert "people.example" not in str(made()[-1].payload)


def test_an_id_that_is_somebodys_address_never_enters_the_journal(orders, ana):
    body = question(ana)
    body["subject"]["id"] = body["resource"]["id"] = "ana@people.example"
    assert codes(orders.send("/access/v1/evaluation", body).json()) == ["subject_mismatch"]
    [line] = made()
    assert "people.example" not in str((line.subject, line.payload))


# --- Who may ask at all ---------------------------------------------------------------------------------------------

PATHS = ["/access/v1/evaluation", "/access/v1/evaluations"]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_there_is_no_answer(client, path):
    answer = client.post(path, {}, content_type="application/json", headers={"X-Request-ID": "r-1"})
    assert (answer.status_code, answer["X-Request-ID"]) == (401, "r-1")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", PATHS)
def test_a_customers_own_token_asks_nothing(client, ana, path):
    token = ana.app.tokens_for(ana.browser, scope="openid decisions")["access_token"]
    headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "a b"}
    answer = client.post(path, question(ana), content_type="application/json", headers=headers)
    assert (answer.status_code, answer["X-Request-ID"]) == (403, "a b")


@pytest.mark.parametrize("path", PATHS)
def test_a_token_without_the_scope_asks_nothing(make_backend, ana, path):
    poor = make_backend(name="Poor", scopes=("explain",), default_scopes=("explain",))
    answer = poor.send(path, question(ana))
    assert answer.status_code == 403
    assert answer.json()["code"] == "insufficient_scope"


def test_a_batch_asks_once_what_its_questions_share(orders, ana):
    bearer = orders.bearer
    one = question(ana)

    def count(items):
        with CaptureQueriesContext(connection) as found:
            answer = orders.http.post(
                "/access/v1/evaluations",
                {**one, "evaluations": [{}] * items},
                content_type="application/json",
                headers=bearer,
            )
        assert [each["decision"] for each in answer.json()["evaluations"]] == [True] * items
        return len(found)

    count(1)
    assert count(40) <= count(1) + 2  # at most what memory asks anew when it is old


def test_a_decision_over_http_takes_a_fixed_number_of_statements(orders, ana):
    bearer = orders.bearer
    counts = set()
    for action in ("orders.view", "orders.view", "contact.update", "no.such_action"):
        with CaptureQueriesContext(connection) as found:
            orders.http.post(
                "/access/v1/evaluation", question(ana, action), content_type="application/json", headers=bearer
            )
        counts.add(len(found))
    assert max(counts) <= 12  # the first asks for clients and policies, which memory answers afterwards
    assert min(counts) == 4  # memory knows who takes part
