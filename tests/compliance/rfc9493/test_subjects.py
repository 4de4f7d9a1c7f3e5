"""RFC 9493, subject identifiers, by section: those we write, and those we read."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.services import suspend_account
from sync.errors import SetRefused
from sync.models import Connection
from sync.rules import opaque, read_subject, subject_of
from tests.streams import ISSUER, RISC, iss_sub


def test_3_2_2_an_address_is_named_as_it_is():
    assert subject_of(issuer=ISSUER, subject="acc_1", email="a@x.example") == {
        "format": "email",
        "email": "a@x.example",
    }


def test_3_2_3_issuer_and_subject():
    said = subject_of(issuer=ISSUER, subject="acc_1")
    assert said == {"format": "iss_sub", "iss": ISSUER, "sub": "acc_1"}
    assert read_subject(said) == (ISSUER, "acc_1", "")


def test_3_2_4_opaque():
    assert opaque("ssf_1") == {"format": "opaque", "id": "ssf_1"}
    assert read_subject(opaque("ssf_1")) == ("", "", "")


@pytest.mark.parametrize(
    "broken",
    [
        {"format": "iss_sub", "iss": ISSUER},
        {"format": "iss_sub", "iss": ISSUER, "sub": 7},
        {"format": "iss_sub", "iss": "", "sub": "x"},
        {"format": "email"},
        {"format": "email", "email": "a\x00@x.example"},
        {"format": "complex", "user": {"format": "email"}},
    ],
)
def test_3_members_are_there_and_texts(broken):
    with pytest.raises(SetRefused):
        read_subject(broken)


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["format", "iss", "sub", "email", "user"]), _JSON))
def test_whatever_comes_is_read_or_refused(subject):
    try:
        issuer, sub, email = read_subject(subject)
    except SetRefused:
        return
    assert not (email and (issuer or sub))


@pytest.mark.django_db(transaction=True)
def test_an_address_stands_for_a_customer_only_where_an_operator_says_so(desk, town):
    stream = desk.create(events_requested=[f"{RISC}account-disabled"])
    ana, ben = town.person("ana"), town.person("ben")
    row = Connection.objects.get()
    row.options |= {"subject": "email"}
    row.save()
    suspend_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    assert [each["sub_id"] for each in desk.fetch(stream)] == [iss_sub(ana)]
    row.attributes, row.purpose = ["email"], "service"
    row.save()
    suspend_account(sub=ben.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    assert [each["sub_id"] for each in desk.fetch(stream)] == [{"format": "email", "email": ben.email}]
