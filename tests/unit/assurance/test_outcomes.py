"""The outcome: objections in their order, a step-up only where it helps, nothing permitted by default."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.rules import allowed_seconds, impossible_rules, judge, measure, reachable_confidence
from assurance.types import Consent, ConsentState, Group, Link, Outcome, Proving, Reach
from channel_registry.types import ActionRule, DeviceClass, Match, meets
from tests.unit.assurance.cases import (
    CODE,
    CONTACT_UPDATE,
    HISTORY,
    KIOSK,
    NETWORK,
    ONE_FACTOR,
    PASSWORD,
    PHR,
    SHARED,
    STOLEN,
    TWO_FACTORS,
    facts,
    proof,
    session,
)

OFFER = ActionRule("offer.personalize", "change", threshold=0.80, purpose="personalization")


def codes(judgement):
    return [objection.code for objection in judgement.objections]


def test_enough_of_everything_is_a_permit_without_objections():
    found = judge(facts())
    assert (found.outcome, found.objections) == (Outcome.PERMIT, ())


def test_an_unknown_action_is_refused():
    found = judge(facts(rule=None))
    assert (found.outcome, codes(found)) == (Outcome.REFUSE, ["unknown_action"])


def test_without_a_session_there_is_nobody_to_judge():
    assert judge(facts(session=None)).outcome is Outcome.REFUSE


def test_another_customers_session_is_refused():
    assert codes(judge(facts(subject_matches=False))) == ["subject_mismatch"]


def test_a_level_too_low_is_stepped_up_to_the_policys_level():
    found = judge(facts(rule=CONTACT_UPDATE))
    assert found.outcome is Outcome.STEP_UP
    assert (found.acr_values, found.max_age) == (TWO_FACTORS, 600)


def test_a_proof_too_old_is_stepped_up():
    aged_out = facts(rule=CONTACT_UPDATE, evidence=(PASSWORD, CODE), session=session(TWO_FACTORS, 601.0))
    assert codes(judge(aged_out)) == ["proof_too_old"]
    assert judge(replace(aged_out, session=session(TWO_FACTORS, 600.0))).outcome is Outcome.PERMIT


@pytest.mark.parametrize(("app_code", "outcome"), [(600.0, Outcome.PERMIT), (601.0, Outcome.STEP_UP)])
def test_a_password_said_again_does_not_make_a_second_factor_of_hours_ago_a_fresh_one(app_code, outcome):
    said_again = replace(PASSWORD, age_seconds=0.0, covered_seconds=0.0)
    risen = proof("totp", 5.0, Group.POSSESSION, age_seconds=app_code, covered_seconds=0.0)
    hers = facts(rule=CONTACT_UPDATE, evidence=(said_again, risen), session=session(TWO_FACTORS, 0.0))
    found = judge(hers)
    assert found.outcome is outcome
    if outcome is Outcome.STEP_UP:
        assert (codes(found), found.acr_values, found.max_age) == (["proof_too_old"], TWO_FACTORS, 0)
    one_factor = replace(hers, rule=replace(CONTACT_UPDATE, acr=ONE_FACTOR))
    assert judge(one_factor).outcome is Outcome.PERMIT


def test_a_second_factor_that_does_not_count_here_is_asked_for_anew():
    elsewhere = proof("recovery_code", 0.0, Group.POSSESSION, age_seconds=0.0, covered_seconds=0.0, missing=True)
    hers = facts(rule=CONTACT_UPDATE, evidence=(PASSWORD, elsewhere), session=session(TWO_FACTORS, 0.0))
    assert "proof_too_old" in codes(judge(hers))


def test_nobody_is_asked_for_a_proof_she_cannot_give():
    assert judge(facts(rule=CONTACT_UPDATE, reachable=())).outcome is Outcome.REFUSE


def test_nobody_is_asked_for_a_proof_that_would_not_reach_the_threshold():
    weak = Reach((Proving("totp", Group.POSSESSION, 0.1),), TWO_FACTORS)
    robbed = facts(rule=CONTACT_UPDATE, evidence=(PASSWORD, STOLEN), reachable=(weak,))
    assert judge(robbed).outcome is Outcome.REFUSE


def test_a_device_that_fades_within_a_minute_is_refused_not_stepped_up_for_ever():
    strict = replace(CONTACT_UPDATE, threshold=0.9985, max_age=None)
    on_kiosk = facts(rule=strict, ageing=replace(KIOSK, per_seconds=20.0), session=session(ONE_FACTOR, 0.0))
    assert judge(on_kiosk).outcome is Outcome.REFUSE


@pytest.mark.parametrize(
    ("state", "outcome", "code"),
    [
        (ConsentState.DENY, Outcome.SUPPRESS, "consent_denied"),
        (ConsentState.UNKNOWN, Outcome.SUPPRESS, "consent_missing"),
        (ConsentState.PERMIT, Outcome.PERMIT, None),
    ],
)
def test_a_purpose_without_a_yes_is_suppressed(state, outcome, code):
    found = judge(facts(rule=OFFER, consent=Consent(state)))
    assert found.outcome is outcome
    assert codes(found) == ([code] if code else [])


def test_a_household_device_on_which_nobody_proved_anything_shows_nothing_personal():
    shared = session("0", None, device_class=DeviceClass.SHARED_BROWSER, shared_by=2)
    found = judge(facts(rule=OFFER, session=shared, ageing=SHARED, consent=Consent(ConsentState.PERMIT)))
    assert found.outcome is Outcome.SUPPRESS


def test_a_matched_record_that_must_not_be_matched_is_a_case_for_a_person():
    assert judge(facts(rule=replace(HISTORY, match=Match.NONE), link=Link(0.98))).outcome is Outcome.REVIEW
    assert judge(facts(rule=replace(HISTORY, match=Match.VERIFIED), link=Link(0.98))).outcome is Outcome.REVIEW
    sure = judge(facts(rule=replace(HISTORY, match=Match.VERIFIED), link=Link(0.98, probabilistic=False)))
    assert sure.outcome is Outcome.PERMIT


def test_a_match_too_weak_for_the_threshold_is_reviewed_because_no_proof_helps():
    assert judge(facts(link=Link(0.9))).outcome is Outcome.REVIEW


def test_a_threshold_above_the_ceiling_is_reviewed_and_named_at_start_up():
    recover = ActionRule("account.recover", "change", threshold=0.9999)
    assert judge(facts(rule=recover)).outcome is Outcome.REVIEW
    assert impossible_rules([recover, HISTORY], ceiling=0.9995) == ["account.recover"]


def test_all_objections_are_told_and_the_strictest_decides():
    rule = replace(OFFER, acr=TWO_FACTORS, threshold=0.995)
    found = judge(facts(rule=rule, consent=Consent(ConsentState.DENY), link=Link(None)))
    outcomes = [objection.outcome for objection in found.objections]
    assert outcomes[0] is Outcome.SUPPRESS
    assert outcomes == sorted(outcomes, key=list(Outcome).index)
    assert {"consent_denied", "match_uncertain", "acr_too_low"} <= set(codes(found))


@pytest.mark.parametrize("threshold", [0.8, 0.95, 0.995])
@pytest.mark.parametrize(("offset", "permitted"), [(1e-9, False), (0.0, True), (-1e-9, True)])
def test_on_the_threshold_is_enough_and_a_hair_below_is_not(threshold, offset, permitted):
    exact = measure(facts()).reported
    rule = replace(HISTORY, threshold=exact + offset)
    assert (judge(facts(rule=rule)).outcome is Outcome.PERMIT) is permitted


@given(st.floats(0.5, 0.999), st.floats(0.0, 1e6), st.floats(0.1, 12.0), st.sampled_from([ONE_FACTOR, TWO_FACTORS]))
def test_a_step_up_is_answered_only_where_it_would_really_reach(threshold, proved, bits, acr):
    rule = ActionRule("x", "change", threshold=threshold, acr=acr)
    offered = Reach((Proving("totp", Group.POSSESSION, bits),), TWO_FACTORS)
    case = facts(rule=rule, session=session(ONE_FACTOR, proved), reachable=(offered,))
    if judge(case).outcome is Outcome.STEP_UP:
        assert reachable_confidence(case, offered) >= threshold


@given(st.floats(0.6, 0.9999), st.floats(0.5, 0.999))
def test_the_time_a_confidence_holds_is_just_the_time_it_holds(probability, threshold):
    seconds = allowed_seconds(probability, SHARED, threshold=threshold)
    if seconds is None:
        assert threshold <= SHARED.base + 1e-9
    elif seconds > 0:
        from assurance.rules import aged

        assert aged(probability, SHARED, seconds) >= threshold - 1e-9
        assert aged(probability, SHARED, seconds + 1.01) <= threshold + 1e-9


def test_the_same_facts_give_the_same_judgement():
    assert judge(facts(rule=CONTACT_UPDATE)) == judge(facts(rule=CONTACT_UPDATE))


# --- Static actions: the fixture of the published AuthZEN certification scenario ----------------------------------


def scenario():
    from channel_registry.rules import parse_actions

    rules = parse_actions(
        {
            "read": {"class": "static", "conditions": [{"if": {"subject.id": ["alice", "bob"]}, "then": "permit"}]},
            "write": {
                "class": "static",
                "conditions": [
                    {
                        "if": {"resource.properties.status": "archived", "subject.properties.role": "admin"},
                        "then": "permit",
                    },
                    {"if": {"resource.properties.status": "archived"}, "then": "refuse"},
                    {"if": {"subject.id": "alice"}, "then": "permit"},
                ],
            },
            "delete": {
                "class": "static",
                "conditions": [{"if": {"subject.id": "alice", "action.properties.soft": True}, "then": "permit"}],
            },
        },
        "actions",
    )
    return {rule.name: rule for rule in rules}


@pytest.mark.parametrize(
    ("action", "attributes", "permitted"),
    [
        ("read", {"subject.id": "alice"}, True),
        ("write", {"subject.id": "alice"}, True),
        ("read", {"subject.id": "bob"}, True),
        ("write", {"subject.id": "bob"}, False),
        ("write", {"subject.id": "alice", "resource.properties.status": "archived"}, False),
        (
            "write",
            {"subject.id": "bob", "subject.properties.role": "admin", "resource.properties.status": "archived"},
            True,
        ),
        ("delete", {"subject.id": "alice", "action.properties.soft": True}, True),
        ("delete", {"subject.id": "alice", "action.properties.soft": False}, False),
        ("delete", {"subject.id": "alice", "action.properties.soft": 1}, False),
    ],
)
def test_a_static_action_rests_on_what_is_asked_alone(action, attributes, permitted):
    case = facts(rule=scenario()[action], session=None, subject_matches=False, attributes=attributes)
    assert (judge(case).outcome is Outcome.PERMIT) is permitted


RECOVERY = Proving("recovery_code", Group.POSSESSION, 1.0)
PASSKEY = Proving("passkey", Group.POSSESSION, 8.0)
TOTP = Proving("totp", Group.POSSESSION, 5.0)
SURE = replace(HISTORY, threshold=0.999, acr=TWO_FACTORS)


def test_where_a_weaker_proof_leads_to_the_level_and_is_not_enough_the_better_ones_level_is_asked_for():
    both = (Reach((TOTP,), TWO_FACTORS), Reach((PASSKEY,), PHR))
    hers = facts(rule=replace(SURE, threshold=0.9994), reachable=both, evidence=(PASSWORD, replace(NETWORK, bits=-4.0)))
    assert reachable_confidence(hers, both[0]) < 0.9994 <= reachable_confidence(hers, both[1])
    assert judge(hers).acr_values == PHR
    assert judge(replace(hers, rule=SURE, evidence=(PASSWORD,))).acr_values == TWO_FACTORS, "either would do"


@pytest.mark.parametrize("proved", [0.2, 3.0, 59.0])
def test_whoever_has_the_level_and_too_low_a_number_is_asked_for_a_proof_given_now(proved):
    """Level and age that her session has already would ask her for nothing, and the retry would fail for ever."""
    weakly = replace(PASSWORD, signal="recovery_code", bits=0.5, group=Group.POSSESSION)
    hers = facts(
        rule=replace(SURE, max_age=600),
        session=session(TWO_FACTORS, proved),
        evidence=(weakly,),
        reachable=(Reach((TOTP, Proving("password", Group.KNOWLEDGE, 3.0)), TWO_FACTORS),),
    )
    found = judge(hers)
    assert (found.outcome, codes(found)) == (Outcome.STEP_UP, ["confidence_too_low"])
    assert (found.acr_values, found.max_age) == (TWO_FACTORS, 0)


@given(
    st.sampled_from(["", ONE_FACTOR, TWO_FACTORS]),
    st.sampled_from([None, 60, 600]),
    st.floats(0.8, 0.999),
    st.sampled_from([ONE_FACTOR, TWO_FACTORS, PHR]),
    st.floats(0.0, 1e5),
    st.floats(-6.0, 3.0),
)
def test_what_is_asked_for_is_never_what_she_has_already(acr, max_age, threshold, has, proved, bits):
    rule = replace(HISTORY, threshold=threshold, acr=acr, max_age=max_age)
    hers = facts(
        rule=rule,
        session=session(has, proved),
        evidence=(replace(PASSWORD, bits=bits),),
        reachable=(Reach((RECOVERY,), TWO_FACTORS), Reach((TOTP,), TWO_FACTORS), Reach((PASSKEY,), PHR)),
    )
    found = judge(hers)
    if found.outcome is Outcome.STEP_UP:
        young_enough = found.max_age is None or proved <= found.max_age
        assert not (meets(has, found.acr_values) and young_enough and found.max_age != 0)


@pytest.mark.parametrize("seconds", [0.0, 86400.0, 1e9])
@pytest.mark.parametrize("bits", [-9.0, -1.0, 3.0, 9.0])
def test_a_no_holds_her_back_however_little_is_known_of_who_is_there(seconds, bits):
    said_no = facts(
        rule=OFFER,
        consent=Consent(ConsentState.DENY),
        evidence=(replace(PASSWORD, bits=bits),),
        session=session(proved_seconds=seconds),
    )
    found = judge(said_no)
    assert "consent_denied" in codes(found)
    assert found.outcome in {Outcome.SUPPRESS, Outcome.REFUSE}, "refused where it is surely somebody else"


@pytest.mark.parametrize("state", [ConsentState.DENY, ConsentState.UNKNOWN])
def test_what_a_customer_would_not_be_shown_is_refused_to_an_agent_with_the_reason(state):
    asked = facts(rule=OFFER, consent=Consent(state))
    hers, its = judge(asked), judge(replace(asked, by_agent=True))
    assert (hers.outcome, its.outcome) == (Outcome.SUPPRESS, Outcome.REFUSE)
    assert codes(its) == codes(hers)
    allowed = replace(asked, consent=Consent(ConsentState.PERMIT), by_agent=True)
    assert judge(allowed).outcome is Outcome.PERMIT
