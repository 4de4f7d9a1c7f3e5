"""Each class of device: how its sessions fade, what can be asked for on it, and the edge of every threshold."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.rules import aged, allowed_seconds, judge, measure, reachable_confidence, session_needed, to_bits
from assurance.types import Group, Link, Outcome, Proving, Reach
from channel_registry.types import ACTION_CLASSES, DEFAULT_POLICY, DeviceClass
from tests.unit.assurance.cases import DAY, ONE_FACTOR, TWO_FACTORS, facts, proof, session

DEVICES = list(DeviceClass)
TOTP = Reach((Proving("totp", Group.POSSESSION, 5.0),), TWO_FACTORS)
STRONG = (
    proof("password", 3.0),
    proof("passkey_uv", 9.0, Group.POSSESSION),
    proof("recovery_code", 4.0, Group.POSSESSION),
)
THRESHOLDS = {name: rule for name, rule in ACTION_CLASSES.items() if not rule.is_static}


def on(device, **changes):
    given = {"ageing": DEFAULT_POLICY.ageing(device), "session": session(TWO_FACTORS, device_class=device)} | changes
    return facts(**given)


@pytest.mark.parametrize(
    ("device", "base", "per"),
    [
        (DeviceClass.OWN_PHONE, 0.95, 7 * DAY),
        (DeviceClass.OWN_BROWSER, 0.90, DAY),
        (DeviceClass.SHARED_BROWSER, 0.60, 7200.0),
        (DeviceClass.KIOSK, 0.30, 600.0),
    ],
)
def test_devices_fade_as_the_model_says(device, base, per):
    ageing = DEFAULT_POLICY.ageing(device)
    assert (ageing.base, ageing.per_seconds) == (base, per)
    assert aged(0.999, ageing, per) == pytest.approx(base + (0.999 - base) / 2.718281828, abs=1e-6)
    assert aged(base / 2, ageing, per) == base / 2


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", sorted(THRESHOLDS))
@pytest.mark.parametrize("beyond", [-1.0, 1.0])
def test_the_moment_a_threshold_is_crossed_is_the_moment_a_permit_ends(device, name, beyond):
    rule = replace(THRESHOLDS[name], name="x", purpose="", cool_down=None, max_age=None, independent_channels=0)
    case = on(device, rule=rule, evidence=STRONG, reachable=(TOTP,))
    found = allowed_seconds(measure(case).at_proof, case.ageing, threshold=rule.threshold)
    if found is None:
        beyond = -1.0  # the base rate of the device is enough: it never ends
    seconds = 10 * DAY if found is None else float(found)
    later = replace(case, session=session(TWO_FACTORS, max(seconds + beyond + (beyond > 0), 0.0), device_class=device))
    assert (judge(later).outcome is Outcome.PERMIT) is (beyond < 0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", sorted(THRESHOLDS))
@pytest.mark.parametrize(("epsilon", "permitted"), [(1e-9, False), (0.0, True), (-1e-9, True)])
def test_a_hair_around_every_threshold_on_every_device(device, name, epsilon, permitted):
    rule = replace(THRESHOLDS[name], name="x", purpose="", cool_down=None, max_age=None, independent_channels=0)
    ageing = replace(DEFAULT_POLICY.ageing(device), base=0.01)
    bits = to_bits(rule.threshold) - to_bits(0.97)
    case = on(device, rule=rule, ageing=ageing, evidence=(proof("password", bits),))
    exact = measure(case).reported
    assert exact == pytest.approx(rule.threshold, abs=1e-12)
    assert (judge(replace(case, rule=replace(rule, threshold=exact + epsilon))).outcome is Outcome.PERMIT) is permitted


@pytest.mark.parametrize(
    ("device", "outcome"),
    [
        (DeviceClass.OWN_PHONE, Outcome.STEP_UP),
        (DeviceClass.OWN_BROWSER, Outcome.STEP_UP),
        (DeviceClass.SHARED_BROWSER, Outcome.REFUSE),
        (DeviceClass.KIOSK, Outcome.REFUSE),
    ],
)
def test_changing_contact_details_is_asked_for_where_a_proof_lasts_and_refused_where_it_does_not(device, outcome):
    rule = replace(ACTION_CLASSES["change"], name="contact.update")
    case = on(device, rule=rule, session=session(ONE_FACTOR, device_class=device), reachable=(TOTP,))
    assert judge(case).outcome is outcome


@given(
    st.sampled_from(DEVICES),
    st.sampled_from(sorted(THRESHOLDS)),
    st.floats(0.0, 14.0),
    st.none() | st.floats(0, 1e6),
    st.none() | st.floats(0.5, 0.99),
)
def test_a_step_up_is_answered_only_where_its_proof_would_still_be_enough_two_minutes_later(
    device, name, bits, proved, p_match
):
    rule = replace(THRESHOLDS[name], name="x", purpose="", cool_down=None, independent_channels=0)
    reach = Reach((Proving("totp", Group.POSSESSION, bits),), TWO_FACTORS)
    link = None if p_match is None else Link(p_match, probabilistic=False)
    case = on(
        device, rule=rule, session=session(ONE_FACTOR, proved, device_class=device), reachable=(reach,), link=link
    )
    found = judge(case)
    if found.outcome is Outcome.STEP_UP:
        assert reachable_confidence(case, reach) >= rule.threshold
        assert found.max_age is None or 60 <= found.max_age <= (rule.max_age or found.max_age)


@given(st.floats(0.5, 0.99), st.floats(0.0, 0.3), st.floats(0.5, 0.98))
def test_what_a_session_must_be_worth_for_a_record_is_just_that(p_match, h, threshold):
    case = facts(link=Link(p_match), h=h)
    needed = session_needed(threshold, case)
    if needed <= 1.0:
        from assurance.rules import chained

        assert chained(needed, p_match, h) == pytest.approx(threshold, abs=1e-9)


@pytest.mark.parametrize(
    ("device", "left"),
    [(DeviceClass.OWN_PHONE, 4.99), (DeviceClass.OWN_BROWSER, 4.94), (DeviceClass.SHARED_BROWSER, 4.31)],
)
def test_an_older_proof_speaks_for_the_newest_as_far_as_nobody_took_the_device_in_between(device, left):
    hour = 3600.0
    older = proof(
        "totp", 5.0, Group.POSSESSION, age_seconds=2 * hour, covered_seconds=hour,
        tau_seconds=DEFAULT_POLICY.ageing(device).per_seconds,
    )  # fmt: skip
    assert measure(on(device, evidence=(older,))).lines[0].bits == pytest.approx(left, abs=0.01)


def test_a_proof_given_now_does_not_make_one_of_yesterday_young_again():
    tau = DEFAULT_POLICY.ageing(DeviceClass.SHARED_BROWSER).per_seconds
    yesterday = proof("totp", 5.0, Group.POSSESSION, age_seconds=20 * 3600.0, covered_seconds=0.0, tau_seconds=tau)
    now = proof("password", 3.0, age_seconds=0.0, covered_seconds=0.0, tau_seconds=tau)
    both = on(DeviceClass.SHARED_BROWSER, evidence=(yesterday, now))
    alone = on(DeviceClass.SHARED_BROWSER, evidence=(now,))
    assert measure(both).reported == pytest.approx(measure(alone).reported, abs=1e-3)


def test_a_step_up_is_weighed_beside_older_proofs_as_they_will_be_then():
    case = on(
        DeviceClass.SHARED_BROWSER,
        session=session(TWO_FACTORS, 20 * 3600.0, device_class=DeviceClass.SHARED_BROWSER),
        evidence=(
            proof("totp", 5.0, Group.POSSESSION, age_seconds=72_000.0, covered_seconds=72_000.0, tau_seconds=7200.0),
        ),
    )
    password = Reach((Proving("password", Group.KNOWLEDGE, 3.0),), ONE_FACTOR)
    alone = replace(case, evidence=())
    assert reachable_confidence(case, password) == pytest.approx(reachable_confidence(alone, password), abs=1e-3)
