"""Every decision record is listed, is short, and names a check that exists."""

import re
from pathlib import Path

import pytest

from scripts import generate_docs, house

RECORDS = generate_docs.decision_records()


def shortcomings(text: str) -> list[str]:
    """What a decision record lacks."""
    found = []
    if not re.match(r"# \d{4}: \S", text):
        found.append("its first line is not '# NNNN: title'")
    check = re.search(r"^\* Check: ((?:.+\n?)(?:  .+\n?)*)", text, re.MULTILINE)
    paths = re.findall(r"`((?:tests|scripts|pyproject)[^`]*)`", check[1]) if check else []
    if not paths:
        found.append("it has no '* Check:' naming a test")
    found += [f"its check {path} does not exist" for path in paths if not (house.ROOT / path.split("::")[0]).exists()]
    if len(text.splitlines()) > 80:
        found.append("it is longer than 80 lines")
    return found


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_a_title_and_a_check_that_exists(record: Path):
    assert shortcomings(record.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_record_is_listed_and_carries_its_number_in_its_title(record: Path):
    index = (house.ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert f"({record.name})" in index
    assert record.read_text(encoding="utf-8").startswith(f"# {record.name[:4]}: ")


def test_no_two_records_have_one_number():
    numbers = [record.name[:4] for record in RECORDS]
    assert len(numbers) == len(set(numbers))


def test_a_record_without_a_real_check_is_noticed():
    assert shortcomings("# 0001: A thing\n\nwe decided\n") == ["it has no '* Check:' naming a test"]
    assert shortcomings("# A thing\n\n* Check: `tests/nowhere.py`\n") == [
        "its first line is not '# NNNN: title'",
        "its check tests/nowhere.py does not exist",
    ]
    assert shortcomings("# 0001: A thing\n\n* Check: the long\n  `tests/architecture/test_decisions.py`\n") == []
