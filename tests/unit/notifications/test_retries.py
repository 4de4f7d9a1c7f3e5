"""When a message is tried again, and what can be addressed at all."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import rules
from notifications.flows.delivery import TRANSITIONS

jitters = st.floats(min_value=0, max_value=1)


@given(st.integers(min_value=1, max_value=10_000), jitters)
def test_every_wait_is_within_half_and_all_of_its_step(attempts, jitter):
    wait = rules.delay_after(attempts, jitter=jitter)
    assert timedelta(seconds=5) <= wait <= rules.LONGEST_DELAY
    assert rules.delay_after(attempts, jitter=1) <= wait <= rules.delay_after(attempts, jitter=0)


@given(st.integers(min_value=1, max_value=10_000))
def test_waits_never_get_shorter(attempts):
    assert rules.delay_after(attempts + 1, jitter=0) >= rules.delay_after(attempts, jitter=0)


def test_the_first_waits_double():
    waits = [rules.delay_after(attempts, jitter=0).seconds for attempts in (1, 2, 3, 4)]
    assert waits == [10, 20, 40, 80]


def test_there_is_a_last_attempt():
    assert rules.is_worth_another(rules.MAX_ATTEMPTS - 1)
    assert not rules.is_worth_another(rules.MAX_ATTEMPTS)


@given(st.text())
def test_an_address_never_holds_a_line_break_or_two_recipients(text):
    if rules.is_address(text):
        assert not set(text) & set("\r\n,;<> \x00")
        assert "@" in text


@pytest.mark.parametrize(
    "text", ["", "ana", "@example.com", "ana@", "ana@x\nBcc: ben@x", "a@b,c@d", "a" * 250 + "@b.example"]
)
def test_what_is_no_address_is_refused(text):
    assert not rules.is_address(text)


@pytest.mark.parametrize(
    ("text", "one_line"), [("Your code", True), ("Hi\r\nBcc: ben@example.com", False), ("a\x00", False)]
)
def test_a_subject_is_one_line(text, one_line):
    assert rules.is_one_line(text) is one_line


def test_the_states_of_a_message_lead_to_an_end():
    assert {after for afters in TRANSITIONS.values() for after in afters} <= set(TRANSITIONS)
    assert TRANSITIONS["sent"] == TRANSITIONS["failed"] == ()
