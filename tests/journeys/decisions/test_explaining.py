"""Anyone who asked can read why, and tells what came of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.services import enroll_totp
from assurance.models import Label
from assurance.queries import forget_learned, list_poisonings
from assurance.services import raise_risk, record_feed_health
from assurance.types import Brings, Health, RiskKind
from audit.models import Event
from kit import clock

pytestmark = pytest.mark.django_db


def explain(backend, said):
    answer = backend.get(f"/api/decisions/{said['context']['decision_id']}/explain")
    assert answer.status_code == 200, answer.content
    return answer.json()


def report(backend, decision_id, outcome="done"):
    return backend.send(f"/api/decisions/{decision_id}/outcome", {"outcome": outcome})


def test_every_line_stands_in_bits_with_its_source_age_and_health(orders, ana):
    told = explain(orders, orders.ask(ana))
    password = next(line for line in told["evidence"] if line["signal"] == "password")
    assert password["counted"] == password["bits"] > 0
    assert {"source", "age", "health", "value_class", "model", "group"} <= set(password)
    assert told["missing"]
    assert told["required"]["threshold"] == 0.95
    assert len(told["versions"]["policy"]) == 64


def test_the_lines_add_up_to_the_number(orders, ana):
    told = explain(orders, orders.ask(ana))
    number = told["confidence"]
    bits = number["prior_bits"] + sum(line["counted"] for line in told["evidence"] if not line["standing"])
    assert number["at_proof"] == pytest.approx(1 / (1 + 2**-bits))
    assert number["reported"] == told["replay"]["confidence"]


def test_judging_the_stored_facts_again_gives_the_same(call, orders, ana):
    enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    for action in ("orders.view", "contact.update", "offer.personalize", "unknown.action", "store.open"):
        said = orders.ask(ana, action)
        told = explain(orders, said)
        assert told["replay"]["same"] is True
        assert told["outcome"] == said["context"]["outcome"]
        if "confidence" in said["context"]:
            assert round(told["confidence"]["reported"], 4) == said["context"]["confidence"]
        else:
            assert told["confidence"] is None


def test_it_says_what_was_missing_and_what_would_have_changed_it(call, orders, ana):
    enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    told = explain(orders, orders.ask(ana, "contact.update"))
    assert (told["acr"], told["acr_values"]) == ("urn:throughline:1fa", "urn:throughline:2fa")
    assert told["would_change"]
    assert told["confidence"]["reachable"] > told["confidence"]["reported"]
    assert [reason["outcome"] for reason in told["reasons"]] == ["step_up"] * len(told["reasons"])


def test_it_says_what_the_registry_of_consent_held_which_choice_decided_and_until_when(orders, ana, register):
    until = register.call.now + timedelta(days=1)
    granted = register.choose("grant", "personalization", ana.sub, expires_at=until)
    permitted = orders.ask(ana, "offer.personalize")
    assert permitted["decision"]
    assert explain(orders, permitted)["consent"] == {
        "state": "permit",
        "reason": "granted",
        "known": True,
        "rule": 5,
        "winner": granted.events[0].id,
        "seq": granted.seq,
        "valid_until": until.isoformat(),
        "processor": "",
    }
    withdrawn = register.choose("withdraw", "personalization", ana.sub)
    told = explain(orders, orders.ask(ana, "offer.personalize"))
    assert (told["outcome"], told["consent"]["reason"]) == ("suppress", "withdrawn")
    assert (told["consent"]["winner"], told["consent"]["seq"]) == (withdrawn.events[0].id, withdrawn.seq)
    assert told["would_change"] == ["The customer's own yes to this purpose."]
    assert told["replay"]["same"]
    assert explain(orders, permitted)["consent"]["state"] == "permit", "what was decided then stays as it was"


def test_a_standing_risk_and_a_sick_feed_are_named(call, orders, ana):
    raise_risk(subject=ana.sub, kind=RiskKind.REPORTED_THEFT, source="contact_center", call=call)
    record_feed_health(feed="contact_center", health=Health.STALE, call=call)
    told = explain(orders, orders.ask(ana))
    risk = next(line for line in told["evidence"] if line["standing"])
    assert risk["counted"] == risk["fresh_bits"] < 0
    assert told["decision"] is False
    assert told["degraded_by"] == ["contact_center"]


def test_a_feed_of_risks_that_is_silent_is_named_though_nothing_stands_against_her(call, orders, ana):
    record_feed_health(feed="fraud", health=Health.FAILED, reason="no_news", brings=Brings.RISKS, call=call)
    said = orders.ask(ana)
    assert said["context"]["degraded_by"] == ["fraud"]
    told = explain(orders, said)
    assert (told["degraded_by"], told["replay"]["same"]) == (["fraud"], True)
    assert "Reports of risks from fraud" in told["missing"]
    record_feed_health(feed="fraud", health=Health.OK, brings=Brings.RISKS, call=call)
    forget_learned()
    assert "degraded_by" not in orders.ask(ana)["context"]


def test_decisions_are_flagged_that_rested_on_what_a_poisoned_feed_withheld(call, orders, ana):
    """A wrong delivery cleared the risk, or never raised it: there was no line of that feed in the decision."""
    record_feed_health(feed="fraud", health=Health.OK, brings=Brings.RISKS, call=call)
    record_feed_health(feed="crm", health=Health.OK, brings=Brings.ATTRIBUTES, call=call)
    allowed, changed = orders.ask(ana, "orders.view"), orders.ask(ana, "contact.update")
    assert explain(orders, allowed)["poisoned_by"] == []
    found = replace(call, now=clock.now() + timedelta(hours=1))
    before = found.now - timedelta(hours=2)
    for feed, brings in (("fraud", Brings.RISKS), ("crm", Brings.ATTRIBUTES)):
        record_feed_health(feed=feed, health=Health.POISONED, good_until=before, brings=brings, call=found)
    assert explain(orders, allowed)["poisoned_by"] == ["crm", "fraud"], "it says how old fed data may be"
    assert explain(orders, changed)["poisoned_by"] == ["fraud"]


def test_a_decision_that_rested_on_wrong_data_is_flagged_when_that_is_found_out(call, orders, ana):
    """The feed was taken for well when it was asked; its fuse goes an hour later, back to a good state before."""
    record_feed_health(feed="cdp", health=Health.OK, call=call)
    raise_risk(subject=ana.sub, kind=RiskKind.BOT, source="cdp", call=call)
    forget_learned()
    rested = orders.ask(ana)
    assert explain(orders, rested)["poisoned_by"] == []
    now = clock.now()
    found = replace(call, now=now + timedelta(hours=1))
    record_feed_health(feed="cdp", health=Health.POISONED, good_until=now - timedelta(hours=1), call=found)
    told = explain(orders, rested)
    assert (told["poisoned_by"], told["replay"]["same"]) == (["cdp"], True)

    later = replace(call, now=now + timedelta(hours=3))
    record_feed_health(feed="cdp", health=Health.OK, call=replace(later, now=now + timedelta(hours=2)))
    record_feed_health(feed="cdp", health=Health.POISONED, good_until=now + timedelta(hours=2), call=later)
    assert explain(orders, rested)["poisoned_by"] == ["cdp"], "a second stretch of wrong data came after it"
    assert len(list_poisonings()) == 2


def test_a_decision_before_the_last_good_state_or_on_other_evidence_is_not(call, orders, ana):
    record_feed_health(feed="cdp", health=Health.OK, call=call)
    without = orders.ask(ana)
    raise_risk(subject=ana.sub, kind=RiskKind.BOT, source="cdp", call=call)
    forget_learned()
    before = orders.ask(ana)
    soon = replace(call, now=clock.now() + timedelta(hours=1))
    record_feed_health(feed="cdp", health=Health.POISONED, good_until=soon.now - timedelta(minutes=1), call=soon)
    assert explain(orders, without)["poisoned_by"] == explain(orders, before)["poisoned_by"] == []


def test_it_can_be_read_aloud_and_holds_nothing_personal(orders, ana):
    told = explain(orders, orders.ask(ana))
    assert told["words"][0] == "It was allowed."
    assert any(said.startswith("How sure it was that this is the customer: ") for said in told["words"])
    assert "@" not in str(told)
    assert all("_" not in said and said.endswith((".", ":")) for said in told["words"])


# --- For whom -------------------------------------------------------------------------------------------------------


def test_the_shops_resource_server_reads_the_shops_decisions_and_not_the_other_way_round(orders, ana, call):
    from django.test import Client as HttpClient

    from tests.journeys.decisions.conftest import Backend

    shop = Backend(ana.app, HttpClient())
    by_shop, by_orders = shop.ask(ana), orders.ask(ana)
    explain(orders, by_shop)
    explain(shop, by_shop)
    assert shop.get(f"/api/decisions/{by_orders['context']['decision_id']}/explain").status_code == 404


def test_another_client_finds_nothing(orders, make_backend, ana):
    said = orders.ask(ana)
    stranger = make_backend(name="Stranger")
    answers = [
        stranger.get(f"/api/decisions/{id}/explain")
        for id in (said["context"]["decision_id"], "evt_none", "%00", "a" * 5000, Event.objects.first().event_id)
    ]
    assert {answer.status_code for answer in answers} <= {400, 404}
    assert [answer.status_code for answer in answers[:2]] == [404, 404]
    assert answers[0].json() == answers[1].json()


def test_explaining_needs_its_scope_and_a_clients_own_token(client, make_backend, orders, ana):
    path = f"/api/decisions/{orders.ask(ana)['context']['decision_id']}/explain"
    assert client.get(path).status_code == 401
    poor = make_backend(name="Poor", scopes=("decisions",), default_scopes=("decisions",))
    assert poor.get(path).status_code == 403
    token = ana.app.tokens_for(ana.browser, scope="openid explain")["access_token"]
    assert client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 403


# --- What came of it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["shown", "done", "abandoned", "complained", "wrong_person"])
def test_what_came_of_it_is_told_once_for_each_kind(orders, ana, outcome):
    id = orders.ask(ana, journey="checkout-7")["context"]["decision_id"]
    answer = report(orders, id, outcome)
    assert (answer.status_code, answer.content) == (204, b"")
    again = report(orders, id, outcome)
    assert (again.status_code, again.json()["code"]) == (409, "label_conflict")
    [label] = Label.objects.all()
    assert (label.decision_id, label.outcome, label.client_id) == (id, outcome, orders.app.client.client_id)
    line = Event.objects.get(type="decision.labeled")
    assert (line.subject, line.journey) == (ana.sub, "checkout-7")


def test_only_the_client_that_asked_tells(orders, make_backend, ana):
    id = orders.ask(ana)["context"]["decision_id"]
    assert report(make_backend(name="Stranger"), id).status_code == 404
    assert report(orders, "evt_none").status_code == 404
    assert not Label.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"outcome": "stolen"}, {"outcome": 1}, {"outcome": None}, [], "done", {"o": "a\x00"}]
)
def test_what_is_no_outcome_is_a_400(orders, ana, body):
    id = orders.ask(ana)["context"]["decision_id"]
    assert orders.send(f"/api/decisions/{id}/outcome", body).status_code == 400
