"""Who may act for a customer, and which words can be kept: pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_registry.types import ACR_LADDER
from delegation.errors import AssistanceClosed, NotStaff, StaffLevelTooLow
from delegation.rules import fault_in_hint, fault_in_note, fault_in_reason, first_objection
from delegation.types import STAFF_ROLES, STAFF_SCOPES, Reason, StaffFacts
from oauth.types import SCOPES, SENSITIVE_SCOPES
from portal.rules import REASONS

SAM = StaffFacts(
    is_herself=True,
    is_active_operator=True,
    roles=frozenset({"support"}),
    acr="urn:throughline:2fa",
    channel_opens_assistance=True,
)


def test_sam_may():
    assert first_objection(SAM) is None


@pytest.mark.parametrize("acr", ["0", "urn:throughline:1fa", "", "made up"])
def test_less_than_two_factors_is_too_little(acr):
    assert first_objection(replace(SAM, acr=acr)) is StaffLevelTooLow


@given(
    st.booleans(),
    st.booleans(),
    st.frozensets(st.sampled_from(["admin", "author", "approver", "steward", "support", "auditor"])),
    st.sampled_from(ACR_LADDER),
    st.booleans(),
)
def test_nobody_may_who_lacks_any_of_it_and_a_stranger_learns_nothing_else(herself, operator, roles, acr, opens):
    objection = first_objection(StaffFacts(herself, operator, roles, acr, opens))
    is_staff = herself and operator and bool(roles & STAFF_ROLES)
    assert (objection is NotStaff) is not is_staff
    if is_staff:
        assert (objection is AssistanceClosed) is not opens
    assert (objection is None) is (is_staff and opens and ACR_LADDER.index(acr) >= 2)


def test_the_ceiling_of_staff_holds_nothing_sensitive_and_nothing_unknown():
    assert not set(STAFF_SCOPES) & SENSITIVE_SCOPES
    assert set(STAFF_SCOPES) <= set(SCOPES)


def test_every_reason_has_its_words():
    assert set(REASONS) == set(Reason)


@given(st.text(max_size=400))
def test_a_note_that_is_kept_is_one_short_line_that_turns_nothing_around(note):
    if fault_in_note(note) is None:
        assert len(note) <= 300
        assert not set(note) & set("\x00\n\r\u2028\u061c\u202e\u2066")


@pytest.mark.parametrize("reason", ["", "fun", "ORDER", "order "])
def test_a_reason_is_one_of_the_list(reason):
    assert "order" in (fault_in_reason(reason) or "")
    assert fault_in_reason("order") is None


@pytest.mark.parametrize("hint", ["", " ", "a" * 255, "a\x00b", "a\nb"])
def test_a_hint_is_one_short_line(hint):
    assert fault_in_hint(hint)
