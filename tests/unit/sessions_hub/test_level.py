"""acr, amr and auth_time of a session, from its evidence alone."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.types import Method, Proof
from channel_registry.types import ACR_LADDER
from sessions_hub.rules import AMR, FACTOR, LEVEL_NUMBER, derive_level, is_higher, level_holds_until, resumed, returned
from sessions_hub.types import Level

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PASSWORD, TOTP, EMAIL_CODE = Method.PASSWORD, Method.TOTP, Method.EMAIL_CODE
RECOVERY_CODE, PASSKEY, PASSKEY_UV = Method.RECOVERY_CODE, Method.PASSKEY, Method.PASSKEY_UV
HARDWARE = Method.PASSKEY_HARDWARE
FEDERATED = Method.FEDERATED
NONE, ONE, TWO, PHR, PHRH = "0", "urn:throughline:1fa", "urn:throughline:2fa", "phr", "phrh"


def level(*proofs, idle=0 * MINUTE, resumed=None, returned=None):
    """The level at noon, when each (method, age) was proved that long ago."""
    evidence = [Proof(method, NOON - age) for method, age in proofs]
    return derive_level(
        evidence,
        now=NOON,
        last_seen_at=NOON - idle,
        resumed_at=resumed and NOON - resumed,
        returned_at=returned and NOON - returned,
    )


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
        ([(HARDWARE, MINUTE)], PHRH, ("hwk", "mfa", "user")),
        ([(HARDWARE, MINUTE), (PASSKEY_UV, MINUTE)], PHRH, ("hwk", "mfa", "pop", "user")),
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
        ([(HARDWARE, 12 * HOUR)], 15 * MINUTE, PHRH),
        ([(HARDWARE, 12 * HOUR + MINUTE)], 0 * MINUTE, PHR),
        ([(HARDWARE, MINUTE)], 16 * MINUTE, PHR),
        ([(HARDWARE, DAY + MINUTE)], 0 * MINUTE, ONE),
        ([(HARDWARE, MINUTE)], HOUR + MINUTE, ONE),
        ([(HARDWARE, 31 * DAY)], 0 * MINUTE, NONE),
    ],
)
def test_each_level_holds_as_long_and_as_unseen_as_the_guideline_says(proofs, idle, acr):
    assert level(*proofs, idle=idle).acr == acr


def test_two_factors_lost_by_idleness_do_not_come_back_by_coming_back():
    proofs = [(PASSWORD, 3 * HOUR), (TOTP, 3 * HOUR)]
    assert level(*proofs, resumed=HOUR).acr == ONE
    assert level(*proofs, (TOTP, MINUTE), resumed=HOUR).acr == ONE
    assert level(*proofs, (TOTP, MINUTE), (PASSWORD, MINUTE), resumed=HOUR).acr == TWO


def test_a_key_in_hardware_is_any_passkey_after_a_quarter_of_an_hour_away():
    assert level((HARDWARE, HOUR), returned=30 * MINUTE).acr == PHR
    assert level((HARDWARE, HOUR), (HARDWARE, MINUTE), returned=30 * MINUTE).acr == PHRH


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


@dataclass(frozen=True)
class Seen:
    """When a session's person was last seen, and came back, as its row keeps it."""

    last_seen_at: datetime
    resumed_at: datetime | None = None
    returned_at: datetime | None = None

    def again(self, now: datetime) -> "Seen":
        """The same row after somebody was seen in it."""
        return Seen(
            last_seen_at=max(now, self.last_seen_at),
            resumed_at=resumed(now=now, last_seen_at=self.last_seen_at, resumed_at=self.resumed_at),
            returned_at=returned(now=now, last_seen_at=self.last_seen_at, returned_at=self.returned_at),
        )


seen_rows = st.builds(
    lambda idle, resumed_at, back: Seen(NOON - idle, resumed_at, back), pauses, resumptions, resumptions
)
passing = st.timedeltas(min_value=0 * MINUTE, max_value=40 * DAY)


def at(evidence, instant, seen) -> Level:
    return derive_level(evidence, now=instant, **asdict(seen))


@given(proof_lists, proof_lists, seen_rows)
def test_adding_a_proof_never_lowers_the_level_of_that_instant(evidence, added, seen):
    before, after = at(evidence, NOON, seen), at([*evidence, *added], NOON, seen)
    assert rank(after) >= rank(before)
    assert not is_higher(before, than=after)
    assert before.auth_time is None or (after.auth_time is not None and after.auth_time >= before.auth_time)


@given(proof_lists, seen_rows, passing)
def test_time_passing_alone_never_raises_the_level(evidence, seen, passed):
    before, after = at(evidence, NOON, seen), at(evidence, NOON + passed, seen)
    assert rank(after) <= rank(before)
    assert after.auth_time in (before.auth_time, None)


@given(proof_lists, seen_rows, passing, passing)
def test_coming_back_never_raises_the_level(evidence, seen, away, later):
    back = seen.again(NOON + away)
    assert rank(at(evidence, NOON + away, back)) <= rank(at(evidence, NOON, seen))
    assert rank(at(evidence, NOON + away + later, back)) <= rank(at(evidence, NOON + away, back))


@given(proof_lists, seen_rows, passing, st.lists(passing, max_size=4), st.lists(passing, max_size=4), passing)
def test_moving_never_raises_the_level(evidence, seen, moved_after, before_it, afterwards, looked_after):
    """A child begins with its parent's evidence and its parent's last sight of the person, and goes its own way."""
    parent = seen
    for when in sorted(NOON + after for after in before_it if after <= moved_after):
        parent = parent.again(when)
    moved_at = NOON + moved_after
    child, in_both = parent, parent
    assert at(evidence, moved_at, child) == at(evidence, moved_at, parent)
    for when in sorted(moved_at + after for after in afterwards):
        child, in_both = child.again(when), in_both.again(when)
    looked_at = max(child.last_seen_at, moved_at) + looked_after
    # Worth at most what it was, and exactly what the parent is that was seen as often; unseen, what the parent is.
    assert rank(at(evidence, looked_at, child)) <= rank(at(evidence, moved_at, parent))
    assert at(evidence, looked_at, child) == at(evidence, looked_at, in_both)
    assert rank(at(evidence, looked_at, parent)) <= rank(at(evidence, looked_at, child))


@given(proof_lists, seen_rows)
def test_a_level_holds_until_the_last_instant_that_has_it(evidence, seen):
    now = at(evidence, NOON, seen)
    until = level_holds_until(evidence, now=NOON, **asdict(seen))
    if until is None:
        assert now.acr == NONE
        return
    assert until >= NOON
    assert at(evidence, until, seen).acr == now.acr
    assert rank(at(evidence, until + timedelta(microseconds=1), seen)) < rank(now)


def test_the_numbers_of_levels_follow_the_ladder():
    assert list(LEVEL_NUMBER) == list(ACR_LADDER)
    assert list(LEVEL_NUMBER.values()) == [0, 1, 2, 2, 3]


@given(proof_lists.flatmap(lambda proofs: st.tuples(st.just(proofs), st.permutations(proofs))), seen_rows)
def test_the_order_of_evidence_does_not_matter(pair, seen):
    one, other = pair
    assert at(one, NOON, seen) == at(other, NOON, seen)
    assert level_holds_until(one, now=NOON, **asdict(seen)) == level_holds_until(other, now=NOON, **asdict(seen))


@given(proof_lists, seen_rows)
def test_the_amr_says_mfa_exactly_where_the_acr_says_two_factors(evidence, seen):
    found = at(evidence, NOON, seen)
    assert ("mfa" in found.amr) == (rank(found) >= ACR_LADDER.index(TWO))
    if rank(found) < ACR_LADDER.index(TWO):  # nobody can add two factors up that are not two
        assert not (set(found.amr) & {"pwd", "fed"} and set(found.amr) & {"otp", "pop", "hwk"})
    assert (found.auth_time is None) == (found.acr == NONE) == (found.amr == ())
