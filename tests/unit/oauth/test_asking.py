"""Codes that people type, messages that they read, polls, and how often somebody may be asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth import rules
from oauth.types import Decision, EarlierAsk, Poll, WaitingFacts
from sessions_hub.types import Via

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CODES = st.text(rules.USER_CODE_LETTERS, min_size=8, max_size=8)


@given(CODES, st.data())
def test_a_code_is_read_however_it_is_typed(code, data):
    between = st.text("- –—_\u00a0", max_size=3)
    typed = "".join(data.draw(between) + data.draw(st.sampled_from([each, each.lower()])) for each in code)
    assert rules.read_user_code(typed[:64]) in (code, None if len(typed) > 64 else code)
    assert rules.read_user_code(rules.group_user_code(code)) == code


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_code_or_none(typed):
    read = rules.read_user_code(typed)
    assert read is None or (len(read) == 8 and set(read) <= set(rules.USER_CODE_LETTERS))


@pytest.mark.parametrize("typed", ["", "BCDFGHJ", "BCDFGHJKL", "AEIOUAEI", "BCDF.GHJK", "BCDF\nGHJK", "B" * 10_240])
def test_what_is_no_code_is_none(typed):
    assert rules.read_user_code(typed) is None


def test_a_code_has_the_entropy_that_rfc_8628_asks_for():
    assert len(set(rules.USER_CODE_LETTERS)) ** rules.USER_CODE_LENGTH > 2**34
    assert not set("AEIOUY01") & set(rules.USER_CODE_LETTERS)


@pytest.mark.parametrize(
    "message",
    ["Order 4711", "Überweisung an Łukasz: 49,90 €", "注文 4711", "طلب ٤٧١١", "<b>bold</b>", "e\u0301te\u0301"],
)
def test_ordinary_messages_are_fit(message):
    assert rules.message_is_fit(message)


@pytest.mark.parametrize(
    "message",
    [
        *(
            "",
            " ",
            "x" * 101,
            "a\nb",
            "a\tb",
            "a\x00b",
            "a\x1b[31mb",
            "a\u202eb",
            "a\u2066b\u2069",
            "\u200fa",
            "a\u200bb",
        ),
        *("a\u2028b", "a\ufeffb", "\ud800", "Z" + "\u0301" * 5, "a\u00adb", "x" * 10_240),
    ],
)
def test_messages_that_could_deceive_are_not(message):
    assert not rules.message_is_fit(message)


@given(st.text(max_size=120))
def test_a_fit_message_is_one_short_printable_line(message):
    if rules.message_is_fit(message):
        assert message.isprintable()
        assert 1 <= len(message.strip()) <= len(message) <= 100


@given(st.integers(0, 99))
def test_a_number_is_read_with_spaces_around_it(number):
    assert rules.read_number(f" {number:02d} ") == f"{number:02d}"


@pytest.mark.parametrize("typed", ["", "4", "423", "4 2", "x2", "½", "-4"])
def test_what_is_no_number_is_empty(typed):
    assert rules.read_number(typed) == ""


@pytest.mark.parametrize(
    ("requested", "seconds"),
    [("", 300), ("1", 1), ("60", 60), ("600", 600), ("601", 600), ("999999999", 600)],
)
def test_the_expiry_is_what_was_asked_for_up_to_the_longest(requested, seconds):
    assert rules.read_expiry(requested, usual=300, longest=600) == seconds


@pytest.mark.parametrize("requested", ["0", "-1", "1.5", "x", "\uff11", "9999999999", "1e3"])
def test_any_other_expiry_is_none(requested):
    assert rules.read_expiry(requested, usual=300, longest=600) is None


def test_only_levels_that_there_are_are_kept():
    assert rules.known_levels("phr urn:throughline:2fa x " + "y" * 9000) == ("urn:throughline:2fa", "phr")


def facts(**changes):
    return WaitingFacts(**{"ends_at": NOW + timedelta(minutes=5), "interval": 5, **changes})


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (facts(), Poll.PENDING),
        (facts(polled_at=ago(5)), Poll.PENDING),
        (facts(polled_at=ago(4.9)), Poll.SLOW_DOWN),
        (facts(polled_at=ago(9), interval=10), Poll.SLOW_DOWN),
        (facts(ends_at=NOW), Poll.EXPIRED),
        (facts(ends_at=NOW, decision=Decision.APPROVED), Poll.EXPIRED),
        (facts(ends_at=NOW, polled_at=ago(1)), Poll.EXPIRED),
        (facts(decision=Decision.DENIED), Poll.DENIED),
        (facts(decision=Decision.DISOWNED), Poll.DENIED),
        (facts(decision=Decision.APPROVED), Poll.APPROVED),
        (facts(decision=Decision.APPROVED, polled_at=ago(0)), Poll.APPROVED),
        (facts(decision=Decision.APPROVED, redeemed_at=ago(1)), Poll.REDEEMED_JUST_NOW),
        (facts(decision=Decision.APPROVED, redeemed_at=ago(5)), Poll.REPLAYED),
        (facts(decision=Decision.APPROVED, redeemed_at=ago(5), interval=600), Poll.REPLAYED),
        (facts(decision=Decision.APPROVED, redeemed_at=ago(900), ends_at=ago(300)), Poll.REPLAYED),
    ],
)
def test_each_poll_has_its_answer(state, expected):
    assert rules.answer_to_poll(state, now=NOW) is expected


@given(st.integers(5, 100_000))
def test_every_poll_that_comes_too_soon_makes_the_next_wait_longer_within_bounds(interval):
    assert rules.slower(interval) <= 600
    assert interval >= 595 or rules.slower(interval) == interval + 5


def asks(count, *, client="shop", minutes=10.0, waiting=False, disowned=False):
    at = NOW - timedelta(minutes=minutes)
    return [EarlierAsk(client_id=client, asked_at=at, is_waiting=waiting, is_disowned=disowned)] * count


@pytest.mark.parametrize(
    ("earlier", "refused"),
    [
        ([], False),
        (asks(2, waiting=True), False),
        (asks(3, waiting=True), True),
        (asks(4, client="other", waiting=True), False),
        (asks(5, client="other", waiting=True), True),
        (asks(9), False),
        (asks(10), True),
        (asks(10, minutes=61), False),
        (asks(19, client="other"), False),
        (asks(20, client="other"), True),
        (asks(1, disowned=True), True),
        (asks(1, disowned=True, minutes=60 * 23), True),
        (asks(1, disowned=True, minutes=60 * 24), False),
        (asks(1, client="other", disowned=True), False),
    ],
)
def test_nobody_is_asked_too_much(earlier, refused):
    assert rules.asks_too_much(earlier, client_id="shop", now=NOW) is refused


@pytest.mark.parametrize("via", Via)
@pytest.mark.parametrize("opened_by", ["", "chat"])
def test_only_a_session_in_her_own_hands_approves(via, opened_by):
    own = via in (Via.SIGN_IN, Via.TRANSFER, Via.NATIVE_SSO) or (via is Via.HANDOFF and not opened_by)
    assert rules.may_approve(via, opened_by=opened_by) is own


def test_the_mail_answers_nothing_and_leads_to_the_start_page_only():
    subject, body = rules.letter(client="Chat", asked="It asked at 12:00 (UTC).", issuer="https://id.example")
    assert subject == "Chat asks whether it is you"
    assert body.count("https://") == 1
    assert "https://id.example," in body
    assert "This wasn't me" in body
