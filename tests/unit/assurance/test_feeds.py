"""Evidence that came through an inbound feed: how much its health and age let count, and for which action."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.rules import judge, list_lacking, measure
from assurance.signals import gather_evidence
from assurance.types import Brings, Feed, Group, Health, Material, RiskKind, Standing
from tests.services.assurance.conftest import NOW
from tests.unit.assurance.cases import CONTACT_UPDATE, HISTORY, PASSWORD, facts, proof, session

FED = proof("loyalty", 2.0, Group.BEHAVIOR, feed="crm", feed_age_seconds=60.0)
AGAINST = replace(FED, bits=-2.0)


def counted(piece, rule):
    line = measure(facts(evidence=(PASSWORD, piece), rule=rule)).lines[1]
    return line.counted, line.left_out


@pytest.mark.parametrize(
    ("health", "share"), [("ok", 2.0), ("late", 1.89), ("stale", 1.32), ("failed", 0.38), ("poisoned", 0.0)]
)
def test_a_sick_feed_counts_less_and_a_poisoned_one_not_at_all(health, share):
    bits, reason = counted(replace(FED, health=Health(health)), replace(HISTORY, live_only=False))
    assert bits == pytest.approx(share, abs=0.01)
    assert reason == ""


@pytest.mark.parametrize("health", [each for each in Health if each is not Health.OK])
def test_where_only_live_data_count_a_feed_that_is_not_well_is_listed_and_left_out(health):
    assert counted(replace(FED, health=health), CONTACT_UPDATE_LIVE) == (0.0, "feed_not_live")
    assert counted(FED, CONTACT_UPDATE_LIVE) == (2.0, "")


@pytest.mark.parametrize(
    ("age", "reason"), [(3599.9, ""), (3600.0, ""), (3600.1, "feed_too_old"), (None, "feed_too_old")]
)
def test_a_feed_may_be_so_old_and_no_older_and_one_of_unknown_age_is_too_old(age, reason):
    hourly = replace(HISTORY, feed_max_age=3600)
    assert counted(replace(FED, feed_age_seconds=age), hourly)[1] == reason


@given(st.sampled_from(list(Health)), st.none() | st.floats(0, 1e7))
def test_what_a_sick_feed_says_against_her_holds_her_back_as_before(health, age):
    piece = replace(AGAINST, health=health, feed_age_seconds=age)
    assert counted(piece, replace(CONTACT_UPDATE_LIVE, feed_max_age=60)) == counted(piece, HISTORY)


def test_what_this_gateway_saw_itself_has_no_feed_to_be_too_old():
    assert counted(proof("device", 2.0, Group.DEVICE_NETWORK), replace(CONTACT_UPDATE_LIVE, feed_max_age=60)) == (
        2.0,
        "",
    )


def test_a_decision_names_the_feeds_that_degraded_it():
    late = replace(FED, health=Health.LATE)
    old = replace(FED, signal="visits", feed="cdp", feed_age_seconds=90_000.0)
    fine = replace(FED, signal="calls", feed="desk")
    found = judge(facts(evidence=(PASSWORD, late, old, fine), rule=replace(HISTORY, feed_max_age=86_400)))
    assert found.degraded == ("cdp", "crm")
    assert judge(facts(evidence=(PASSWORD, fine))).degraded == ()


def test_a_risk_reported_by_a_feed_does_not_shrink_with_it_and_names_it():
    material = Material(
        now=NOW,
        channel="web",
        standing=(Standing(RiskKind.SIM_SWAP, "carrier", NOW),),
        feeds={"carrier": Feed(Health.FAILED, None)},
    )
    risk = next(each for each in gather_evidence(material) if each.signal == "sim_swap")
    assert (risk.feed, risk.health, risk.feed_age_seconds) == ("carrier", Health.FAILED, None)
    found = judge(facts(evidence=(PASSWORD, risk), session=session()))
    assert found.confidence.lines[1].counted == risk.bits
    assert found.degraded == ("carrier",)


def lacking(rule=None, standing=(), **feeds):
    found = list_lacking(Material(now=NOW, channel="web", standing=standing, feeds=feeds), rule)
    assert {(each.bits, each.missing) for each in found} <= {(0.0, True)}
    return judge(facts(evidence=(PASSWORD, *found), rule=rule or CONTACT_UPDATE)).degraded


@pytest.mark.parametrize("health", list(Health))
def test_a_decision_names_who_would_have_reported_a_risk_and_is_not_well(health):
    degraded = () if health is Health.OK else ("carrier",)
    assert lacking(carrier=Feed(health, NOW, Brings.RISKS), old=Feed(health, NOW)) == degraded
    told = (Standing(RiskKind.SIM_SWAP, "carrier", NOW),)
    assert lacking(standing=told, carrier=Feed(health, NOW, Brings.RISKS)) == (), "its own line says so"


@pytest.mark.parametrize(
    ("health", "minutes", "degraded"),
    [
        (Health.OK, 59, ()),
        (Health.OK, 61, ("crm",)),
        (Health.OK, None, ()),
        (Health.LATE, None, ("crm",)),
        (Health.LATE, 1, ("crm",)),
    ],
)
def test_an_action_that_says_how_old_fed_data_may_be_names_who_brings_older(health, minutes, degraded):
    fresh_at = None if minutes is None else NOW - timedelta(minutes=minutes)
    crm = Feed(health, fresh_at, Brings.ATTRIBUTES)
    assert lacking(replace(HISTORY, feed_max_age=3600), crm=crm) == degraded
    assert lacking(replace(HISTORY, feed_max_age=None), crm=crm) == ()


CONTACT_UPDATE_LIVE = replace(CONTACT_UPDATE, live_only=True)
