import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal import rules

SYNC = Path(__file__).parents[3] / "sync"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(seconds=-5), "just now"),  # two machines never have quite the same time
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=40), "11 October 2026"),
        (timedelta(minutes=-45), "in 45 minutes"),
        (timedelta(hours=-1, minutes=-5), "in 1 hour"),
        (timedelta(days=-40), "30 December 2026"),
    ],
)
def test_times_are_said_as_a_person_would(ago: timedelta, said: str) -> None:
    assert rules.relative_time(NOW - ago, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 second"), (90, "90 seconds"), (60, "1 minute"), (900, "15 minutes"), (3600, "1 hour"), (86_400, "1 day")],
)
def test_a_length_that_somebody_chose_is_said_in_whole_units(seconds: int, said: str) -> None:
    assert rules.name_duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "–"), (0.0372, "37 ms"), (0.9996, "1.0 s"), (119.4, "119.4 s"), (600, "10 min"), (259_200, "3 days")],
)
def test_a_measured_length_fits_a_table(seconds: float | None, said: str) -> None:
    assert rules.name_seconds(seconds) == said


ERRORS = re.compile(
    r"""(?:Answer\.(?:REFUSED|FAILED), ?|last_error ?= ?|Reading\(code=|UNREADABLE = |pause=)"([a-z_]+)\""""
)


def test_whatever_keeps_a_receiver_from_confirming_has_words() -> None:
    said = {code for path in SYNC.rglob("*.py") for code in ERRORS.findall(path.read_text(encoding="utf-8"))}
    assert len(said) > 15
    assert [code for code in sorted(said) if rules.name_delivery_error(code) == code] == []


def test_the_exact_time_names_its_zone() -> None:
    assert rules.exact_time(NOW) == "20 November 2026, 12:00 UTC"
    assert rules.clock_time(NOW, NOW) == "12:00 UTC"
    assert rules.clock_time(NOW - timedelta(days=1), NOW) == "19 November, 12:00 UTC"


@pytest.mark.parametrize(
    ("address", "shown"),
    [("ana@people.example", "a•••@people.example"), ("@people.example", "•••"), ("ana", "•••"), ("", "•••")],
)
def test_an_address_is_never_shown_in_full_before_sign_in(address: str, shown: str) -> None:
    assert rules.mask_email(address) == shown


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.1", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_device_has_the_name_its_owner_uses(user_agent: str, name: str) -> None:
    assert rules.name_device(user_agent) == name


def test_what_says_nothing_of_itself_is_called_by_what_else_is_known() -> None:
    assert rules.name_device("curl/8.1", otherwise="Store kiosk") == "Store kiosk"


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1", True), ("::1", True), ("127.8.8.8", True), ("192.0.2.1", False), ("nonsense", False), (None, False)],
)
def test_only_this_very_machine_is_loopback(address: str | None, here: bool) -> None:
    assert rules.is_loopback(address) is here


def test_a_missing_value_is_asked_for_by_its_name() -> None:
    assert rules.plain_error("required", label="Email address", message="x") == "Enter your email address."


def test_an_error_without_words_of_ours_keeps_its_own() -> None:
    assert rules.plain_error("odd", label="Name", message="Too odd.") == "Too odd."
    assert rules.plain_error("invalid", label="Name", message="No links, please.") == "No links, please."


def test_the_length_of_a_password_is_said_as_it_is_configured() -> None:
    said = rules.plain_error("password_too_short", label="Password", message="x", params={"min_length": 15})
    assert said == "Use at least 15 characters."


def test_every_event_a_customer_is_told_about_has_its_words() -> None:
    for event in rules.told_events():
        if event in rules.HELP_EVENTS:
            what, meaning, _ = rules.describe_help(event.name, {}, name="Sam")
        else:
            what, meaning, _ = rules.describe_event(event.name, {})
        assert what
        assert meaning.endswith(".")


def test_an_authenticator_is_called_by_its_kind() -> None:
    assert rules.describe_event("authenticator.added", {"method": "totp"})[0] == "Authenticator app added"
    assert rules.describe_event("authenticator.added", {})[0] == "Two-step sign-in added"


@pytest.mark.parametrize(
    ("view_name", "here"),
    [
        ("portal:home", "Overview"),
        ("portal:end_session", "Devices"),
        ("mfa_index", "Security"),
        ("oauth:authorize", None),
    ],
)
def test_the_navigation_says_where_the_reader_is(view_name: str, here: str | None) -> None:
    current = [item.label for item in rules.navigation(view_name, ()) if item.current]
    assert current == ([here] if here else [])


def test_only_operators_see_the_console_in_the_navigation() -> None:
    assert "Console" not in [item.label for item in rules.navigation("portal:home", ())]
    assert "Console" in [item.label for item in rules.navigation("portal:home", {"auditor"})]
