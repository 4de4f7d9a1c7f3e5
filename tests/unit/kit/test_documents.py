"""Documents that people write are read as plain values, or refused with the place."""

import contextlib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kit.documents import LONGEST, read_document
from kit.refusal import MalformedInput


def test_yaml_and_json_read_the_same():
    assert read_document("web:\n  enabled: true\n  ways_in: [a, b]\n") == read_document(
        '{"web": {"enabled": true, "ways_in": ["a", "b"]}}'
    )


def test_what_looks_like_a_date_stays_text():
    assert read_document("on: 2026-11-20") == {True: "2026-11-20"}


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        '{"a": 1, "a": 2}',
        "a: &x [1]\nb: *x",
        "? [1, 2]\n: 3",
        "a: [1",
        "a: 1\n--- \nb: 2",
        "!!python/object/apply:os.system [id]",
        "a: \x00",
        "[" * 5000,
        "a: !!int x",
        "x" * (LONGEST + 1),
    ],
)
def test_what_is_not_one_plain_document_is_refused(text):
    with pytest.raises(MalformedInput):
        read_document(text)


def test_the_place_of_a_mistake_is_named():
    with pytest.raises(MalformedInput, match="line 3, column 3"):
        read_document("web:\n  name: Web\n  name: Shop\n")


@given(st.text())
def test_any_text_is_a_value_or_refused(text):
    with contextlib.suppress(MalformedInput):
        read_document(text)


class Unshared(yaml.SafeDumper):
    """Writes a value twice rather than an alias to it."""

    def ignore_aliases(self, data: object) -> bool:
        return True


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcdefgh", min_size=1), inner),
)


@given(plain_values)
def test_reading_undoes_writing(value):
    assert read_document(yaml.dump(value, Dumper=Unshared)) == value
