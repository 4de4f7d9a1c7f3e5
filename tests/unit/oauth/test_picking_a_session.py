"""Whose session answers an authorization request, where several people are signed in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth.rules import has_come_since, pick_session
from sessions_hub.types import Level, SessionState, SubjectType

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def session(subject, *clients, acr="urn:throughline:1fa", at=NOW, sid=""):
    return SessionState(
        sid=sid or f"ses_{subject}",
        root="r",
        subject=subject,
        subject_type=SubjectType.ACCOUNT,
        account_id=1,
        channel="web",
        level=Level(acr=acr, amr=(), auth_time=at),
        started_at=at,
        last_seen_at=at,
        expires_at=NOW + timedelta(days=1),
        device_id="dev",
        user_agent="",
        address_label="",
        clients=clients,
    )


ANA, BEN = session("ana"), session("ben")


def pick(*here, current=None, client="shop", **more):
    found = pick_session(here, current=current, client_id=client, **more)
    return found.sid if found else None


def test_nobody_here_is_nobody():
    assert pick() is None


def test_the_only_person_here_goes_on():
    assert pick(ANA, current=ANA) == "ses_ana"


def test_the_only_person_here_is_asked_when_she_stepped_aside():
    assert pick(ANA) is None


def test_of_two_only_a_person_can_choose():
    assert pick(ANA, BEN, current=ANA) is None


def test_the_one_in_which_the_client_takes_part_goes_on_whoever_is_at_the_browser():
    bound = replace(ANA, clients=("help", "shop"))
    assert pick(BEN, bound, current=BEN) == "ses_ana"
    assert pick(bound) == "ses_ana"


def test_a_client_that_takes_part_in_both_does_not_decide():
    both = [replace(each, clients=("shop",)) for each in (ANA, BEN)]
    assert pick(*both, current=both[0]) is None


def test_the_hint_goes_before_everything_else():
    bound = replace(BEN, clients=("shop",))
    assert pick(bound, ANA, current=bound, hinted_subject="ana", chosen_sid=bound.sid) == "ses_ana"


def test_a_hint_of_somebody_who_is_not_here_picks_nobody():
    assert pick(ANA, current=ANA, hinted_subject="cleo") is None


def test_what_was_chosen_holds():
    assert pick(BEN, ANA, current=BEN, chosen_sid=ANA.sid) == "ses_ana"


def test_who_signed_in_since_the_request_began_has_chosen():
    assert pick(BEN, ANA, current=BEN, begun_at=NOW - timedelta(seconds=1)) == "ses_ben"
    assert pick(BEN, ANA, current=BEN, begun_at=NOW + timedelta(seconds=1)) is None


@pytest.mark.parametrize(("seconds", "since"), [(-1, True), (0, True), (1, False)])
def test_a_new_proof_counts_as_coming(seconds, since):
    old = replace(ANA, started_at=NOW - timedelta(days=1))
    assert has_come_since(old, NOW + timedelta(seconds=seconds)) is since
    assert has_come_since(old, None) is False


def test_of_one_persons_two_sessions_the_current_one_goes_on_else_the_higher():
    low, high = session("ana", sid="low"), session("ana", sid="high", acr="urn:throughline:2fa")
    assert pick(low, high, current=low) == "low"
    assert pick(low, high, hinted_subject="ana") == "high"


SESSIONS = st.lists(
    st.builds(
        session,
        st.sampled_from(["ana", "ben", "cleo"]),
        st.sampled_from(["shop", "help"]),
        sid=st.uuids().map(str),
    ),
    max_size=5,
)


@given(SESSIONS, st.sampled_from([None, "ana", "ben", "dora"]), st.sampled_from(["shop", "help", "chat"]))
def test_whoever_is_picked_is_here_and_is_the_one_the_hint_names(here, hint, client):
    found = pick_session(here, current=here[0] if here else None, client_id=client, hinted_subject=hint)
    assert found is None or (found in here and hint in (None, found.subject))
