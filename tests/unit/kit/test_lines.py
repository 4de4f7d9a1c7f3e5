"""The line on which a document says what a path names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.documents import find_line

TEXT = """\
minimum_acr: urn:throughline:1fa
ways_in:
  - authorization_code
  - carrier_pigeon
session: {idle: 1h,
          absolute: soon}
actions:
  contact.update:
    class: change
    conditions:
      - if: {subject.id: alice}
        then: wonder
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("minimum_acr", 1),
        ("ways_in", 2),
        ("ways_in.1", 4),
        ("session.absolute", 6),
        ("actions.contact.update", 8),
        ("actions.contact.update.class", 9),
        ("actions.contact.update.conditions.0.then", 12),
        ("actions.contact.update.conditions.0.if.subject.id", 11),
        ("actions.contact.update.threshold", 8),  # not there: the group around it
        ("actions.payment.create", 7),
        ("nothing.of.it", 1),
        ("", 1),
    ],
)
def test_a_path_is_found_in_the_text(path, line):
    assert find_line(TEXT, path) == line


def test_json_has_lines_too():
    assert find_line('{"session":\n {"idle":\n "1h"}}', "session.idle") == 2


@given(st.text(max_size=80), st.text(max_size=20))
def test_whatever_the_text_and_the_path_nothing_is_raised(text, path):
    line = find_line(text, path)
    assert line is None or line >= 1
