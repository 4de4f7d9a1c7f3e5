"""What the journal stores, and the bytes that seals are made over."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audit import rules
from audit.types import SealStatement
from kit.call import CallerKind

texts = st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
instants = st.datetimes(timezones=st.just(UTC))
rows = st.fixed_dictionaries(
    dict.fromkeys(rules.SEALED_COLUMNS, texts)
    | {
        "id": st.integers(1, 2**63 - 1),
        "seq": st.none() | st.integers(1, 2**63 - 1),
        "occurred_at": instants,
        "recorded_at": instants,
        "payload": json_values,
        "personal": st.none() | st.binary(max_size=12),
    }
)


def same(one, other):
    """Equal, and of the same types all the way down: to Python, 1 equals 1.0 and True."""
    return repr(one) == repr(other)


@given(rows, rows)
def test_two_rows_that_differ_never_give_the_same_bytes(one, other):
    assume(not same(sorted_deeply(one), sorted_deeply(other)))
    assert rules.canonical_bytes(one) != rules.canonical_bytes(other)


@given(rows, st.sampled_from(rules.SEALED_COLUMNS), st.data())
def test_a_change_of_any_one_column_changes_the_bytes(row, column, data):
    changed = row | {column: data.draw(rows)[column]}
    assume(not same(sorted_deeply(row), sorted_deeply(changed)))
    assert rules.canonical_bytes(row) != rules.canonical_bytes(changed)


def sorted_deeply(value):
    if isinstance(value, dict):
        return {key: sorted_deeply(value[key]) for key in sorted(value)}
    return [sorted_deeply(each) for each in value] if isinstance(value, list) else value


@given(rows)
def test_the_bytes_depend_on_neither_the_order_of_keys_nor_the_time_zone_an_instant_is_told_in(row):
    elsewhere = timezone(timedelta(hours=5, minutes=30))
    assume(datetime(2, 1, 1, tzinfo=UTC) < row["occurred_at"] < datetime(9000, 1, 1, tzinfo=UTC))
    told_otherwise = dict(reversed(row.items())) | {"occurred_at": row["occurred_at"].astimezone(elsewhere)}
    assert rules.canonical_bytes(row) == rules.canonical_bytes(told_otherwise)


def test_a_column_does_not_run_over_into_the_next():
    row = dict.fromkeys(rules.SEALED_COLUMNS, "") | {"id": 1, "seq": None}
    assert rules.canonical_bytes(row | {"subject": "an", "type": "a"}) != rules.canonical_bytes(
        row | {"subject": "a", "type": "na"}
    )


def test_the_canonical_form_of_a_row_is_fixed():
    row = dict.fromkeys(rules.SEALED_COLUMNS, "") | {
        "id": 7,
        "event_id": "evt_1",
        "subject": "ana",
        "seq": 3,
        "occurred_at": datetime(2026, 11, 20, 10, 0, tzinfo=UTC),
        "recorded_at": datetime(2026, 11, 20, 10, 0, 0, 5, tzinfo=UTC),
        "payload": {"b": 1, "a": ["ü", None]},
        "personal": b"\x00\xff",
    }
    assert rules.canonical_bytes(row) == (
        rb'["throughline.event.v1",7,"evt_1","ana",3,"","","","","","","","",'
        rb'"2026-11-20T10:00:00.000000+00:00","2026-11-20T10:00:00.000005+00:00",{"a":["\u00fc",null],"b":1},"00ff"]'
    )


@given(st.lists(rows, max_size=4), st.lists(rows, max_size=4))
def test_contents_differ_when_the_rows_or_their_order_differ(some, others):
    one, other = contents_of(some), contents_of(others)
    rows_are_the_same = [rules.digest_of(row) for row in some] == [rules.digest_of(row) for row in others]
    assert (one.digest == other.digest) is rows_are_the_same


def contents_of(some):
    contents = rules.Contents()
    for row in some:
        contents.add(row)
    return contents


@given(st.lists(rows, max_size=5, unique_by=lambda row: str(row["id"])))
def test_fingerprints_tell_the_rows_apart(some):
    contents = contents_of(some)
    assert rules.split_fingerprints(contents.fingerprints) == {
        row["id"]: rules.fingerprint(row["id"], rules.digest_of(row)) for row in some
    }
    assert len(contents.fingerprints) == rules.FINGERPRINT_BYTES * len(some)


def test_contents_keep_the_last_seq_of_every_subject_and_count_the_rows():
    row = dict.fromkeys(rules.SEALED_COLUMNS, "")
    contents = contents_of(
        row | {"id": id, "subject": subject, "seq": seq}
        for id, subject, seq in [(1, "ana", 4), (2, "ben", 1), (3, "ana", 5), (4, "cleo", None)]
    )
    assert contents.heads == {"ana": 5, "ben": 1}
    assert contents.events == 4


STATEMENT = SealStatement(
    number=2,
    previous="aa",
    contents=hashlib.sha256(b"").hexdigest(),
    events=1,
    heads={"ana": 1},
    sealed_at=datetime(2026, 11, 20, tzinfo=UTC),
    public_key="key",
)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("number", 3),
        ("previous", "ab"),
        ("contents", "cc"),
        ("events", 2),
        ("heads", {"ana": 2}),
        ("sealed_at", datetime(2026, 11, 21, tzinfo=UTC)),
        ("public_key", "another"),
    ],
)
def test_the_digest_of_a_seal_commits_to_everything_it_says(part, other):
    said = {name: getattr(STATEMENT, name) for name in STATEMENT.__slots__}
    assert rules.seal_digest(SealStatement(**said | {part: other})) != rules.seal_digest(STATEMENT)


def test_what_is_signed_names_the_number_and_the_digest():
    assert rules.signed_bytes(1, "11") != rules.signed_bytes(11, "1")


@given(json_values)
def test_a_json_value_is_stored_as_it_is(value):
    assume("\\x00" not in repr(value))
    assert same(rules.storable_json(value), value)


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b"])
def test_what_postgresql_cannot_store_is_replaced_in_values_and_keys(bad):
    assert rules.storable_text(bad) == "a\ufffdb"
    assert rules.storable_json({bad: [bad, {"deep": bad}]}) == {"a\ufffdb": ["a\ufffdb", {"deep": "a\ufffdb"}]}


def test_a_stored_value_is_a_copy_all_the_way_down():
    inner = ["before"]
    stored = rules.storable_json({"list": inner})
    inner.append("after")
    assert stored == {"list": ["before"]}


def test_enumerations_and_tuples_become_plain():
    stored = rules.storable_json({"kind": CallerKind.BROWSER, "pair": (1, 2)})
    assert stored == {"kind": "browser", "pair": [1, 2]}
    assert type(stored["kind"]) is str


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"at": datetime(2026, 11, 20, tzinfo=UTC)}, "payload.at"),
        ({"list": [1, {"deep": b"bytes"}]}, r"payload.list\[1\].deep"),
        ({"set": {1}}, "payload.set"),
        ({"not": float("nan")}, "payload.not"),
        ({"big": float("inf")}, "payload.big"),
        ({1: "one"}, "payload has the key 1"),
        (object(), "payload is"),
    ],
)
def test_what_is_not_json_is_refused_by_its_place(value, place):
    with pytest.raises(TypeError, match=place):
        rules.storable_json(value)


def test_a_value_that_holds_itself_is_refused():
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(TypeError, match="too deeply"):
        rules.storable_json(circle)
