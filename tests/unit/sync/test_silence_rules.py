"""What a connected system should hold, what is wrong with what it holds, when it is looked at."""

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


@given(st.integers(min_value=1, max_value=7 * 86_400))
def test_what_waits_is_told_of_before_a_cycle_is_over(cycle):
    late = NOW - timedelta(seconds=cycle)
    assert rules.is_overdue(oldest=late, cycle=cycle, now=NOW)
    assert rules.pace(cycle) * rules.ROUNDS_PER_CYCLE <= timedelta(seconds=cycle, microseconds=3)


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
