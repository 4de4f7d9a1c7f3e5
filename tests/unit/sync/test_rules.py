"""When to try again, when to give up, and how much one receiver may take up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import rules
from sync.types import Answer, LogoutProgress, Outcome, Receipt

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FAILED, REFUSED = Outcome(Answer.FAILED, "status_500"), Outcome(Answer.REFUSED, "refused")
jitters = st.floats(0, 0.999)


def after(outcome, attempts, *, now=NOW, jitter=0.0):
    return rules.next_attempt(outcome, attempts=attempts, now=now, give_up_at=NOW + rules.PATIENCE, jitter=jitter)


@given(st.integers(1, 1000), jitters)
def test_a_wait_grows_to_an_hour_and_jitter_takes_at_most_half_of_it(attempts, jitter):
    wait = rules.delay_after(attempts, jitter=jitter)
    whole = rules.delay_after(attempts, jitter=0)
    assert whole / 2 <= wait <= whole <= rules.LONGEST_DELAY
    assert rules.delay_after(attempts + 1, jitter=0) >= whole


@given(jitters)
def test_a_failure_is_tried_for_a_day_and_not_longer(jitter):
    now, attempts = NOW, 0
    while (following := after(FAILED, attempts := attempts + 1, now=now, jitter=jitter)) is not None:
        assert following > now
        now = following
    assert NOW + rules.PATIENCE - rules.LONGEST_DELAY <= now < NOW + rules.PATIENCE
    assert 20 < attempts < 70


def test_a_refusal_is_tried_three_times():
    assert [after(REFUSED, attempts) is None for attempts in (1, 2, 3)] == [False, False, True]


@given(st.integers(-10_000, 10_000_000))
def test_retry_after_is_kept_but_decides_nothing_for_longer_than_an_hour(seconds):
    asked = timedelta(seconds=seconds)
    outcome = Outcome(Answer.FAILED, "status_429", asked)
    following = after(outcome, 1)
    assert following is not None
    assert following >= NOW + min(max(asked, timedelta(0)), rules.LONGEST_QUIET)
    assert following <= NOW + rules.LONGEST_QUIET


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("Fri, 20 Nov 2026 12:01:00 GMT", 60),
        ("Fri, 20 Nov 2026 11:59:00 GMT", -60),
        *((bad, None) for bad in ("", "soon", "-5", "1.5", "٣", "9" * 5000, "Fri, 99 Nov 2026 12:01:00 GMT", "\x00")),
    ],
)
def test_retry_after_is_read_in_both_its_forms_and_nothing_else(value, seconds):
    assert rules.read_retry_after(value, now=NOW) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 20))
def test_a_receiver_never_has_more_under_way_than_its_share(failures, under_way, at_once):
    room = rules.room_for(failures=failures, under_way=under_way, at_once=at_once)
    assert room >= 0
    assert under_way + room <= max(under_way, at_once)
    if failures >= rules.TROUBLED_AFTER:
        assert room <= 1


def test_progress_counts_and_is_complete_when_nobody_is_left():
    told = Receipt(client_id="shop", sid="ses_1", confirmed=True)
    waiting = Receipt(client_id="help", sid="ses_1", confirmed=False)
    half = LogoutProgress((told, waiting))
    assert (half.notified, half.confirmed, half.complete) == (2, 1, False)
    assert LogoutProgress((told,)).complete
    assert LogoutProgress().complete
