"""Events and refusals have one name each on the wire, of one form, and stand in the docs."""

import re

import pytest

from scripts import generate_docs, house
from tests.architecture import walls

EVENTS = generate_docs.event_types()
REFUSALS = generate_docs.refusals()


def test_no_two_events_share_a_name():
    assert walls.repeated((room, type.name) for room, type in EVENTS) == []


def test_no_two_refusals_share_a_code():
    assert walls.repeated((refusal.__qualname__, refusal.code) for _, refusal in REFUSALS) == []


def test_a_shared_code_is_noticed():
    assert walls.repeated([("oauth", "gone"), ("accounts", "gone"), ("kit", "here")]) == ["gone: oauth, accounts"]


@pytest.mark.parametrize("name", [type.name for _, type in EVENTS])
def test_an_event_is_a_noun_and_a_past_participle(name):
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", name)


@pytest.mark.parametrize("refusal", [refusal for _, refusal in REFUSALS], ids=lambda each: each.code)
def test_a_refusal_writes_out_its_code_and_one_sentence(refusal):
    assert {"code", "message"} <= vars(refusal).keys()
    assert re.fullmatch(r"[a-z_]+", refusal.code)
    assert 400 <= refusal.status < 600
    assert refusal.message.endswith((".", "?"))


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("events.md", [type.name for _, type in EVENTS]),
        ("errors.md", [refusal.code for _, refusal in REFUSALS]),
    ],
)
def test_every_code_stands_in_the_docs(file, names):
    text = (house.ROOT / "docs" / file).read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in text] == []
