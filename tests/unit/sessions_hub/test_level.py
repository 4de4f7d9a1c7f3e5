"""acr, amr and auth_time of a session, from its evidence alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.types import Method, Proof
from channel_registry.types import ACR_LADDER
from sessions_hub.rules import AMR, FACTOR, derive_level, is_higher
from sessions_hub.types import Level

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PASSWORD, TOTP, EMAIL_CODE = Method.PASSWORD, Method.TOTP, Method.EMAIL_CODE
RECOVERY_CODE, PASSKEY, PASSKEY_UV = Method.RECOVERY_CODE, Method.PASSKEY, Method.PASSKEY_UV
FEDERATED = Method.FEDERATED
NONE, ONE, TWO, PHR = "0", "urn:throughline:1fa", "urn:throughline:2fa", "phr"


def level(*proofs, idle=0 * MINUTE, resumed=None):
    """The level at noon, when each (method, age) was proved that long ago."""
    evidence = [Proof(method, NOON - age) for method, age in proofs]
    return derive_level(evidence, now=NOON, last_seen_at=NOON - idle, resumed_at=resumed and NOON - resumed)


@pytest.mark.parametrize(
    ("proofs", "acr", "amr"),
    [
        ([], NONE, ()),
        ([(PASSWORD, MINUTE)], ONE, ("pwd",)),
        ([(TOTP, MINUTE)], ONE, ("otp",)),
        ([(EMAIL_CODE, MINUTE)], ONE, ("otp",)),
        ([(PASSKEY, MINUTE)], ONE, ("pop",)),
        ([(PASSWORD, MINUTE), (TOTP, MINUTE)], TWO, ("mfa", "otp", "pwd")),
        ([(PASSWORD, MINUTE), (RECOVERY_CODE, MINUTE)], TWO, ("mfa", "otp", "pwd")),
        ([(PASSWORD, MINUTE), (EMAIL_CODE, MINUTE)], TWO, ("mfa", "otp", "pwd")),
        ([(PASSWORD, MINUTE), (PASSKEY, MINUTE)], TWO, ("mfa", "pop", "pwd")),
        ([(TOTP, MINUTE), (EMAIL_CODE, MINUTE)], ONE, ("otp",)),
        ([(TOTP, MINUTE), (PASSKEY, MINUTE)], ONE, ("otp", "pop")),
        ([(PASSWORD, MINUTE), (PASSWORD, HOUR)], ONE, ("pwd",)),
        ([(FEDERATED, MINUTE)], ONE, ("fed",)),
        ([(FEDERATED, MINUTE), (PASSWORD, MINUTE)], ONE, ("fed", "pwd")),
        ([(FEDERATED, MINUTE), (TOTP, MINUTE)], TWO, ("fed", "mfa", "otp")),
        ([(FEDERATED, MINUTE), (PASSKEY, MINUTE)], TWO, ("fed", "mfa", "pop")),
        ([(FEDERATED, HOUR), (EMAIL_CODE, MINUTE)], ONE, ("otp",)),
        ([(FEDERATED, MINUTE), (EMAIL_CODE, HOUR)], ONE, ("fed",)),
        ([(FEDERATED, MINUTE), (EMAIL_CODE, MINUTE), (PASSWORD, MINUTE)], TWO, ("fed", "mfa", "otp", "pwd")),
        ([(PASSKEY_UV, MINUTE)], PHR, ("mfa", "pop", "user")),
        ([(PASSKEY_UV, MINUTE), (PASSWORD, MINUTE)], PHR, ("mfa", "pop", "pwd", "user")),
    ],
)
def test_two_groups_make_two_factors_and_a_verified_passkey_more(proofs, acr, amr):
    found = level(*proofs)
    assert (found.acr, found.amr) == (acr, amr)


@pytest.mark.parametrize(
    ("proofs", "idle", "acr"),
    [
        ([(PASSWORD, 30 * DAY)], 0 * MINUTE, ONE),
        ([(PASSWORD, 30 * DAY + MINUTE)], 0 * MINUTE, NONE),
        ([(PASSWORD, 29 * DAY)], 20 * DAY, ONE),
        ([(PASSWORD, DAY), (TOTP, DAY)], HOUR, TWO),
        ([(PASSWORD, DAY + MINUTE), (TOTP, DAY)], 0 * MINUTE, ONE),
        ([(PASSWORD, HOUR), (TOTP, HOUR)], HOUR + MINUTE, ONE),
        ([(PASSKEY_UV, DAY)], HOUR, PHR),
        ([(PASSKEY_UV, DAY + MINUTE)], 0 * MINUTE, ONE),
        ([(PASSKEY_UV, MINUTE)], HOUR + MINUTE, ONE),
        ([(PASSKEY_UV, 31 * DAY)], 0 * MINUTE, NONE),
    ],
)
def test_one_factor_holds_thirty_days_and_two_hold_a_day_and_an_idle_hour(proofs, idle, acr):
    assert level(*proofs, idle=idle).acr == acr


def test_two_factors_lost_by_idleness_do_not_come_back_by_coming_back():
    proofs = [(PASSWORD, 3 * HOUR), (TOTP, 3 * HOUR)]
    assert level(*proofs, resumed=HOUR).acr == ONE
    assert level(*proofs, (TOTP, MINUTE), resumed=HOUR).acr == ONE
    assert level(*proofs, (TOTP, MINUTE), (PASSWORD, MINUTE), resumed=HOUR).acr == TWO


def test_stale_factors_never_read_as_two_in_the_amr():
    assert level((PASSWORD, 2 * DAY), (TOTP, 2 * DAY - MINUTE)).amr == ("otp",)
    assert level((PASSKEY_UV, 2 * DAY), (PASSWORD, 2 * DAY + MINUTE)).amr == ("pop", "user")


def test_auth_time_is_when_the_newest_counting_proof_was_given():
    assert level((PASSWORD, 3 * DAY), (TOTP, HOUR), (EMAIL_CODE, 2 * DAY)).auth_time == NOON - HOUR
    assert level((PASSWORD, 31 * DAY)).auth_time is None


def test_a_clock_that_runs_ahead_on_another_node_costs_nobody_a_factor():
    assert level((PASSWORD, MINUTE), (TOTP, -timedelta(seconds=1))).acr == TWO


def test_every_method_has_a_group_and_a_name_on_the_wire():
    assert set(FACTOR) == set(AMR) == set(Method)


def rank(found: Level) -> int:
    return ACR_LADDER.index(found.acr)


ages = st.timedeltas(min_value=-MINUTE, max_value=40 * DAY)
proof_lists = st.lists(
    st.builds(lambda method, age: Proof(method, NOON - age), st.sampled_from(Method), ages), max_size=8
)
pauses = st.timedeltas(min_value=0 * MINUTE, max_value=3 * HOUR)
resumptions = st.none() | ages.map(lambda age: NOON - age)


@given(proof_lists, proof_lists, pauses, resumptions)
def test_adding_a_proof_never_lowers_the_level_of_that_instant(evidence, added, idle, resumed_at):
    before = derive_level(evidence, now=NOON, last_seen_at=NOON - idle, resumed_at=resumed_at)
    after = derive_level([*evidence, *added], now=NOON, last_seen_at=NOON - idle, resumed_at=resumed_at)
    assert rank(after) >= rank(before)
    assert not is_higher(before, than=after)
    assert before.auth_time is None or (after.auth_time is not None and after.auth_time >= before.auth_time)


@given(proof_lists, pauses, resumptions, st.timedeltas(min_value=0 * MINUTE, max_value=40 * DAY))
def test_time_passing_alone_never_raises_the_level(evidence, idle, resumed_at, passed):
    before = derive_level(evidence, now=NOON, last_seen_at=NOON - idle, resumed_at=resumed_at)
    after = derive_level(evidence, now=NOON + passed, last_seen_at=NOON - idle, resumed_at=resumed_at)
    assert rank(after) <= rank(before)
    assert after.auth_time in (before.auth_time, None)


@given(proof_lists.flatmap(lambda proofs: st.tuples(st.just(proofs), st.permutations(proofs))), pauses, resumptions)
def test_the_order_of_evidence_does_not_matter(pair, idle, resumed_at):
    one, other = (
        derive_level(evidence, now=NOON, last_seen_at=NOON - idle, resumed_at=resumed_at) for evidence in pair
    )
    assert one == other


@given(proof_lists, pauses, resumptions)
def test_the_amr_says_mfa_exactly_where_the_acr_says_two_factors(evidence, idle, resumed_at):
    found = derive_level(evidence, now=NOON, last_seen_at=NOON - idle, resumed_at=resumed_at)
    assert ("mfa" in found.amr) == (rank(found) >= ACR_LADDER.index(TWO))
    if rank(found) < ACR_LADDER.index(TWO):  # nobody can add two factors up that are not two
        assert not (set(found.amr) & {"pwd", "fed"} and set(found.amr) & {"otp", "pop"})
    assert (found.auth_time is None) == (found.acr == NONE) == (found.amr == ())
