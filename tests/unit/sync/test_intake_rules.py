"""Deliveries are read strictly and all or nothing; each record is then held against what its feed expects."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.types import IdentifierLevel
from kit.refusal import MalformedInput
from resolution.types import Basis
from sync.errors import FeedInvalid
from sync.rules import (
    find_fault,
    kept_record,
    parse_feed,
    read_delivery,
    read_record,
    render_feed,
    sift,
    to_entry,
    write_record,
)

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
BODY = {
    "name": "CRM",
    "source": "crm",
    "client": "crm",
    "fields": {
        "email": {"type": "email", "required": True, "trust": 2},
        "phone": {"type": "phone"},
        "born": {"type": "date"},
    },
    "links_by": ["sub", "email"],
    "canary": {"id": "canary-1", "says": {"email": "canary@crm.example"}},
}
CRM = parse_feed("crm", BODY)


def record(**changes):
    given = {
        "id": "1",
        "sequence": 1,
        "occurred_at": "2026-11-20T13:00:00Z",
        "attributes": {"email": "ana@people.example"},
    }
    return {name: value for name, value in {**given, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "x" * 201},
        {"id": "a\x00b"},
        {"id": "\ud800"},
        {"id": 7},
        {"sequence": -1},
        {"sequence": True},
        {"sequence": 2**63},
        {"sequence": 1.5},
        {"sequence": ...},
        {"occurred_at": "yesterday"},
        {"occurred_at": "2026-11-20T13:00:00"},
        {"occurred_at": 7},
        {"attributes": ...},
        {"attributes": {}},
        {"attributes": []},
        {"attributes": {"email": "x" * 10_000}},
        {"attributes": {"email": "a\x00b"}},
        {"attributes": {"email": ["a"]}},
        {"attributes": {"email": {"value": {"value": "a"}}}},
        {"attributes": {"email": {"level": 2}}},
        {"attributes": {"email": {"value": "a", "level": 9}}},
        {"attributes": {"Email": "a"}},
        {"attributes": {"signal.bot": "raised"}},
        {"attributes": {"age": 1e300}},
        {"attributes": {f"a{number}": 1 for number in range(51)}},
        {"risk": {"kind": "bot", "state": "raised"}},
        {"attributes": ..., "risk": {"kind": "boredom", "state": "raised"}},
        {"attributes": ..., "risk": {"kind": "bot", "state": "perhaps"}},
        {"attributes": ..., "verification": {"attribute": "phone", "value": "1", "result": "maybe"}},
        {"sub": ""},
        {"admin": True},
    ],
)
def test_what_no_system_means_is_refused_with_its_place_and_never_its_value(changes):
    with pytest.raises(MalformedInput) as refused:
        read_delivery({"records": [record(), record(**changes)]})
    assert "records.1" in refused.value.detail
    assert "ana@" not in refused.value.detail


@pytest.mark.parametrize(
    "body", [{}, {"records": {}}, {"records": [1]}, {"records": [], "more": 1}, {"records": [record()] * 501}]
)
def test_a_body_of_another_shape_is_refused(body):
    with pytest.raises(MalformedInput):
        read_delivery(body)


@pytest.mark.parametrize(
    ("changes", "code", "attribute"),
    [
        ({"attributes": {"phone": "+49 151"}}, "missing", "email"),
        ({"attributes": {"email": "no address"}}, "wrong_type", "email"),
        ({"attributes": {"email": "a@b.example", "phone": 7}}, "wrong_type", "phone"),
        ({"attributes": {"email": "a@b.example", "born": "1999-02-31"}}, "wrong_type", "born"),
        ({"attributes": {"email": "a@b.example", "shoe": "42"}}, "unknown_attribute", "shoe"),
        ({"occurred_at": "2026-11-20T14:06:00Z"}, "in_the_future", ""),
        ({"attributes": ..., "risk": {"kind": "bot", "state": "raised"}, "sub": "acc_1"}, "wrong_kind", ""),
    ],
)
def test_a_record_that_is_not_what_its_feed_brings_is_named(changes, code, attribute):
    fault = find_fault(read_record(record(**changes), ""), CRM, now=NOW)
    assert fault is not None
    assert (fault.code, fault.attribute) == (code, attribute)


def test_nulls_are_counted_and_an_empty_text_is_one():
    found = sift(
        [read_record(record(attributes={"email": "a@b.example", "phone": each}), "") for each in (None, "", "+49 151")],
        CRM,
        now=NOW,
    )
    assert found.tally.fields["phone"] == (3, 2)


@pytest.mark.parametrize(("says", "lives"), [("canary@crm.example", True), ("CANARY", False), (None, False)])
def test_the_canary_is_looked_at_and_not_let_through(says, lives):
    found = sift([read_record(record(id="canary-1", attributes={"email": says}), "")], CRM, now=NOW)
    assert (found.fit, found.canary_lives) == ((), lives)


def test_no_source_is_surer_than_it_is_trusted_to_be():
    told = {"email": {"value": "ana@people.example", "level": 4}, "phone": {"value": "+49 151", "level": 4}}
    entry = to_entry(read_record(record(attributes=told), ""), CRM)
    assert {name: each.level for name, each in entry.attributes.items()} == {"email": 2, "phone": 1}
    assert (entry.account, entry.basis) == ("ana@people.example", Basis.EMAIL)
    stated = to_entry(read_record(record(), ""), CRM)
    assert (stated.account, stated.attributes["email"].level) == ("", IdentifierLevel.SELF_ASSERTED)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"source": "gateway"}, "crm.source"),
        ({"client": 7}, "crm.client"),
        ({"fields": {}}, "crm.fields"),
        ({"fields": {"credentials": {}}}, "crm.fields.credentials"),
        ({"fields": {"email": {"most_null": 2}}}, "crm.fields.email.most_null"),
        ({"links_by": ["email"], "fields": {"email": {}}}, "crm.links_by"),
        ({"freshness": "never"}, "crm.freshness"),
        ({"canary": {"id": "c", "says": {"shoe": "1"}}}, "crm.canary.says.shoe"),
        ({"canary": {"says": {}}}, "crm.canary.id"),
        ({"speed": 1}, "crm.speed"),
    ],
)
def test_a_feed_that_says_what_it_cannot_is_refused_with_its_field(change, path):
    with pytest.raises(FeedInvalid) as refused:
        parse_feed("crm", {**BODY, **change})
    assert refused.value.path == path


def test_a_feed_is_written_out_as_it_is_read():
    assert parse_feed("crm", render_feed(CRM)) == CRM


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.text(min_size=1, max_size=20).filter(lambda text: "\x00" not in text and text.isprintable()),
)
attributes = st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), values, min_size=1, max_size=5)


@given(attributes, st.integers(0, 2**63 - 1), st.integers(0, 10**6))
def test_what_waits_is_the_same_when_it_is_read_again(told, sequence, seconds):
    at = (NOW - timedelta(seconds=seconds)).isoformat()
    read = read_record(record(attributes=told, sequence=sequence, occurred_at=at), "")
    assert kept_record(write_record(read)) == read


@given(st.recursive(values, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=12))
def test_no_body_whatever_breaks_the_reader(anything):
    for body in ({"records": anything}, {"records": [anything]}, {"records": [record(attributes={"email": anything})]}):
        try:
            records, _ = read_delivery(body)
        except MalformedInput:
            continue
        assert all(each.id for each in records)
