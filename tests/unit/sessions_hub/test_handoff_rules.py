"""Whom a ticket lets in where, and what a session that is carried over meets in a browser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.types import Method, Proof
from sessions_hub.rules import collision, first_fault, is_right_place, method_word, method_words
from sessions_hub.types import Collision, HandoffFault, Level, SessionState, SubjectType, Ticket, Visit

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TICKET = Ticket(client_id="desk", channel="contact_center", redeemed=False, expires_at=NOON)
VISIT = Visit(client_id="desk", channel="contact_center")
MINUTE_BEFORE = NOON - timedelta(minutes=1)
words = st.sampled_from(["", "a", "b"])
devices = st.sampled_from([None, "dev_1", "dev_2"])


def session(subject="acc_ana", acr="urn:throughline:1fa", type_=SubjectType.ACCOUNT) -> SessionState:
    return SessionState(
        sid="ses_1",
        root="ses_1",
        subject=subject,
        subject_type=type_,
        account_id=1,
        channel="web",
        level=Level(acr=acr, amr=(), auth_time=NOON),
        started_at=NOON,
        last_seen_at=NOON,
        expires_at=NOON,
        device_id="dev_1",
        user_agent="",
        address_label="",
    )


@pytest.mark.parametrize(
    ("here", "found"),
    [
        (None, Collision.ENTER),
        (session("dev_1", "0", SubjectType.DEVICE), Collision.ENTER),
        (session(), Collision.KEEP),
        (session(acr="phr"), Collision.KEEP),
        (session(acr="0"), Collision.RISE),
        (session("acc_ben"), Collision.ANOTHER),
        (session("acc_ben", "0"), Collision.ANOTHER),
        (session("acc_ben", "phrh"), Collision.ANOTHER),
    ],
)
def test_what_a_session_meets_where_it_is_carried_to(here, found):
    assert collision(here, session()) is found


@pytest.mark.parametrize(
    ("changes", "ticket", "fault"),
    [
        ({}, {}, None),
        ({"channel": None}, {}, None),
        ({"client_id": "shop"}, {}, HandoffFault.OTHER_CLIENT),
        ({"client_id": ""}, {}, HandoffFault.OTHER_CLIENT),
        ({"channel": "web"}, {}, HandoffFault.OTHER_CLIENT),
        ({}, {"redeemed": True}, HandoffFault.REPLAYED),
        ({}, {"expires_at": MINUTE_BEFORE}, HandoffFault.EXPIRED),
        ({}, {"redeemed": True, "expires_at": MINUTE_BEFORE}, HandoffFault.REPLAYED),
        ({"client_id": "shop"}, {"redeemed": True}, HandoffFault.OTHER_CLIENT),
        ({"device_id": "dev_2"}, {"device_id": "dev_1"}, HandoffFault.OTHER_DEVICE),
        ({"device_id": "dev_1"}, {"device_id": "dev_1"}, None),
    ],
)
def test_the_first_fault_of_a_visit_decides(changes, ticket, fault):
    assert first_fault(replace(TICKET, **ticket), replace(VISIT, **changes), now=MINUTE_BEFORE) is fault


@given(devices, words, words, devices, words, words)
def test_a_ticket_that_names_a_device_lets_no_other_device_in(bound, network, system, came, from_network, from_system):
    ticket = replace(TICKET, device_id=bound, network=network, system=system)
    visit = replace(VISIT, device_id=came, network=from_network, system=from_system)
    passes = is_right_place(ticket, visit)
    if bound and came:
        assert passes == (bound == came)
    if bound and not came:
        assert passes == (network == from_network != "" and system == from_system != "")
    if not bound:
        assert passes == (not network or network == from_network)


@given(st.lists(st.builds(Proof, st.sampled_from(Method), st.just(NOON))))
def test_nobody_is_told_which_kind_of_passkey_it_was(evidence):
    told = method_words(evidence, now=NOON)
    assert set(told) == {method_word(proof.method) for proof in evidence}
    assert len(told) == len(set(told))
    assert not {"passkey_uv", "passkey_hardware"} & set(told)
