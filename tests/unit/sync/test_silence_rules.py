"""What a connected system should hold, what is wrong with what it holds, when it is looked at."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import rules
from sync.types import Expected, Found, Held, RoundKind, Trouble

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
P = "marketing.email"
HERS = Expected(seq=7, digest="d" * 64, granted=frozenset({P}))
ALL = frozenset({P})


@pytest.mark.parametrize(
    ("held", "permitted", "trouble"),
    [
        (Held(7, "d" * 64, frozenset({P})), ALL, None),
        (Held(7, "d" * 64), ALL, None),
        (Held(), ALL, None),
        (None, ALL, Trouble.NO_IDENTITY),
        (Held(6, "d" * 64), ALL, Trouble.DROPPED),
        (Held(7, "e" * 64), ALL, Trouble.CORRUPTED),
        (Held(8, "d" * 64), ALL, Trouble.CORRUPTED),
        (Held(7, "d" * 64, frozenset()), ALL, Trouble.CORRUPTED),
        (Held(7, "d" * 64, frozenset()), frozenset(), None),
        (Held(7, "d" * 64, frozenset({P})), frozenset(), Trouble.MORE_PERMISSIVE),
        (Held(6, "d" * 64, frozenset({P})), frozenset(), Trouble.MORE_PERMISSIVE),
        (Held(alike=True), ALL, None),
        (Held(alike=False), ALL, Trouble.CORRUPTED),
    ],
)
def test_what_is_wrong_is_named(held, permitted, trouble):
    assert rules.compare(HERS, held, permitted=permitted) is trouble


def test_of_somebody_erased_nothing_is_the_right_thing_to_hold():
    erased = rules.expect_after(HERS, seq=8, type="account.erased", told="", data={})
    assert rules.compare(erased, None, permitted=ALL) is None
    assert rules.compare(erased, Held(8, rules.NOTHING, frozenset()), permitted=ALL) is None
    assert rules.compare(erased, Held(8, "d" * 64), permitted=ALL) is Trouble.MORE_PERMISSIVE
    assert rules.compare(erased, Held(alike=False), permitted=ALL) is Trouble.MORE_PERMISSIVE


@given(st.permutations(range(1, 7)))
def test_an_older_fact_never_changes_what_is_expected(order):
    seen = Expected(seq=0)
    for seq in order:
        before = seen
        seen = rules.expect_after(seen, seq=seq, type="profile.changed", told=f"{seq}", data={})
        assert seen == before if seq < before.seq else seen.digest == f"{seq}"
    assert seen == Expected(seq=6, digest="6")


def test_a_choice_about_a_part_is_no_permission_of_the_whole():
    granted = rules.expect_after(None, seq=1, type="consent.granted", told="", data={"purpose": P})
    assert granted.granted == ALL
    part = rules.expect_after(granted, seq=2, type="consent.granted", told="", data={"purpose": P, "channel": "web"})
    assert part.granted == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"subjects": {}},
        {"subjects": [None]},
        {"subjects": [{"subject": "a"}]},
        {"subjects": [{"subject": "a", "sequence": True, "digest": ""}]},
        {"subjects": [{"subject": "a", "sequence": "1", "digest": ""}]},
        {"subjects": [{"subject": "a", "sequence": 1, "digest": "", "permits": P}]},
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(body):
    assert rules.read_held(body, ["a"]) is None


def test_nobody_is_held_who_was_not_asked_for():
    said = {"subjects": [{"subject": each, "sequence": 1, "digest": "d", "permits": [P]} for each in "ab"]}
    assert rules.read_held(said, ["b", "c"]) == {"b": Held(1, "d", ALL), "c": None}


def test_one_missed_heartbeat_is_nothing_and_two_are_a_stop():
    def judge(failed_before):
        found = Found(heartbeat="no_answer")
        return rules.judge_round(found, fresh=(), counts={}, failed_before=failed_before, is_overdue=False)

    assert judge(failed_before=False) == {}
    assert judge(failed_before=True) == {Trouble.STOPPED: "no_answer"}


def test_a_system_is_silent_when_nothing_is_there_and_drops_when_some_is():
    def judge(alike, apart):
        found = Found(heartbeat="", reading="", alike=frozenset(alike), apart=dict.fromkeys(apart, Trouble.DROPPED))
        counts = {Trouble.DROPPED: len(apart)}
        return rules.judge_round(found, fresh=alike + apart, counts=counts, failed_before=False, is_overdue=False)

    assert set(judge("", "ab")) == {Trouble.SILENT}
    assert set(judge("a", "b")) == {Trouble.DROPPED}
    assert judge("ab", "") == {}


def test_what_was_not_looked_at_does_not_become_well():
    assert not rules.may_close(Trouble.DROPPED, Found(heartbeat="", reading="no_answer"))
    assert not rules.may_close(Trouble.STOPPED, Found(heartbeat="no_answer", reading=""))
    assert rules.may_close(Trouble.DROPPED, Found(heartbeat="", reading=""))


@dataclass(frozen=True)
class Rounds:
    """The rounds of a system in virtual time, in seconds: when each begins, and when what it tells has arrived, which
    is also when what it finds is known. Somebody looks who is due each beat; a round takes what it takes."""

    cycle: int
    freshness: int
    begun: list[float]
    over: list[float]

    def find_dropped(self, confirmed: float) -> float:
        """When it is known that something confirmed then is not there."""
        return next(
            over for begun, over in zip(self.begun, self.over, strict=True) if begun - self.freshness >= confirmed
        )

    def find_silent(self, since: float) -> float:
        """When the canary alone shows it, on a quiet night: she sings again once what she sang before was looked at."""
        told = self.over[0]
        for begun, over in zip(self.begun[1:], self.over[1:], strict=True):
            if begun - self.freshness >= told:
                if told >= since:
                    return over
                told = over
        raise AssertionError("never")

    def find_stopped(self, since: float) -> float:
        """When two heartbeats in a row were not answered."""
        failed = [over for begun, over in zip(self.begun, self.over, strict=True) if begun >= since]
        return failed[1]

    def find_waiting(self, created: float) -> float:
        """When it is told of that something waits."""
        return next(
            over
            for begun, over in zip(self.begun, self.over, strict=True)
            if begun >= created and self._late(begun, created)
        )

    def _late(self, now: float, created: float) -> bool:
        at = NOW + timedelta(seconds=now)
        oldest = NOW + timedelta(seconds=created)
        return rules.is_overdue(oldest=oldest, cycle=self.cycle, freshness=self.freshness, now=at)


@st.composite
def rounds(draw):
    """A dozen rounds of any system that may be connected; looks come a beat late, rounds take up to a twelfth."""
    cycle = draw(st.integers(60, 7 * 86_400) | st.sampled_from([60, 120, 900]))
    longest = rules.longest_freshness(cycle)
    freshness = draw(st.integers(1, longest) | st.sampled_from([1, longest]))
    pace, beat = rules.pace(cycle=cycle, freshness=freshness), rules.BEAT.total_seconds()
    begun = [0.0]
    for _ in range(11):
        begun.append(begun[-1] + pace.total_seconds() + draw(st.floats(0, beat)))
    over = [each + draw(st.floats(0, cycle / rules.SLACK)) for each in begun]
    return Rounds(cycle, freshness, begun, over)


@given(rounds(), st.floats(0, 1))
def test_whatever_goes_wrong_whenever_is_known_within_one_cycle(seen, share):
    since = seen.begun[2] + share * (seen.begun[4] - seen.begun[2])
    for find in (seen.find_dropped, seen.find_silent, seen.find_stopped, seen.find_waiting):
        assert find(since) - since <= seen.cycle, find.__name__


def test_a_freshness_objective_that_leaves_no_time_to_notice_is_too_long():
    assert [rules.longest_freshness(cycle) for cycle in (60, 900)] == [17, 332]
    assert rules.pace(cycle=900, freshness=60) == timedelta(minutes=5)
    assert rules.pace(cycle=900, freshness=300) == timedelta(seconds=375)


def test_of_everybody_who_was_told_a_hundredth_is_never_missed_and_a_sample_misses_some():
    """What a sample of n misses with a hundredth of all lost: .99^n. Rounds look at all who were told something."""
    missed = {size: 0.99**size for size in (100, 300, 459, rules.SAMPLE)}
    assert [round(share, 2) for share in missed.values()] == [0.37, 0.05, 0.01, 0.02]
    lost = Found(alike=frozenset(f"a{number}" for number in range(99)), apart={"a99": Trouble.DROPPED})
    wrong = rules.judge_round(
        lost,
        fresh=[f"a{number}" for number in range(100)],
        counts={Trouble.DROPPED: 1},
        failed_before=False,
        is_overdue=False,
    )
    assert wrong == {Trouble.DROPPED: ""}


def test_everything_is_compared_once_a_night_and_a_sample_each_hour():
    def choose(full, sample, is_unfinished=False):
        ago = [None if hours is None else NOW - timedelta(hours=hours) for hours in (full, sample)]
        return rules.choose_kind(full_at=ago[0], sample_at=ago[1], is_unfinished=is_unfinished, now=NOW)

    assert choose(None, None) is RoundKind.FULL
    assert choose(11, 0.5) is RoundKind.FULL, "that was before two o'clock"
    assert choose(9, 0.5) is RoundKind.TOUCHED
    assert choose(9, 1) is RoundKind.SAMPLE
    assert choose(1, 0.5, is_unfinished=True) is RoundKind.FULL


@pytest.mark.parametrize(
    ("chosen", "status", "trouble", "permits", "plan"),
    [
        (("profile.changed",), "active", Trouble.DROPPED, {}, ["profile.changed"]),
        (("account.created", "profile.changed"), "active", Trouble.NO_IDENTITY, {}, ["account.created"]),
        (
            ("consent.withdrawn", "consent.granted"),
            "active",
            Trouble.MORE_PERMISSIVE,
            {P: False},
            ["consent.withdrawn"],
        ),
        (("consent.confirmed",), "active", Trouble.CORRUPTED, {P: True}, ["consent.confirmed"]),
        (("account.erased", "profile.changed"), "erased", Trouble.MORE_PERMISSIVE, {P: False}, ["account.erased"]),
        (("profile.changed",), "erased", Trouble.MORE_PERMISSIVE, {}, []),
        (("session.revoked",), "active", Trouble.DROPPED, {}, []),
    ],
)
def test_what_is_sent_again_is_what_a_system_chose(chosen, status, trouble, permits, plan):
    made = rules.plan_repair(chosen=chosen, status=status, trouble=trouble, permits=permits)
    assert [part.type for part in made] == plan


@given(st.sets(st.sampled_from(sorted(rules.OFFERED)), min_size=1))
def test_a_canary_never_permits_signs_in_or_ends(chosen):
    for is_first in (True, False):
        song = rules.choose_song(sorted(chosen), is_first=is_first, purpose=P)
        assert {part.type for part in song} <= chosen
        assert not {part.type for part in song} & {*rules.YES, "account.erased", "account.closed", "session.started"}
