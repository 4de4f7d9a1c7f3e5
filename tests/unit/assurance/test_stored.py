"""Facts as they stand in the journal come back as they were."""

import json
from dataclasses import asdict, replace

import pytest

from assurance.rules import read_facts, write_facts
from assurance.types import Bar, Group, Link, Proving, Reach
from channel_registry.types import Condition, Effect
from tests.unit.assurance.cases import CODE, CONTACT_UPDATE, PASSWORD, STOLEN, TWO_FACTORS, facts

REACH = Reach((Proving("totp", Group.POSSESSION, 4.6), Proving("password", Group.KNOWLEDGE, 3.0)), TWO_FACTORS)
CONDITIONED = replace(CONTACT_UPDATE, conditions=(Condition((("subject.id", ("a", True, 1)),), Effect.REVIEW),))
CASES = [
    facts(),
    facts(rule=None, session=None, bar=Bar.UNKNOWN_CHANNEL),
    facts(rule=CONDITIONED, evidence=(PASSWORD, CODE, STOLEN), reachable=(REACH,), link=Link(0.9)),
    facts(attributes={"subject.id": "a", "action.properties.soft": True, "resource.properties.n": 1.5}),
]


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_what_the_standard_library_would_write(case):
    assert json.dumps(write_facts(case)) == json.dumps(asdict(case))


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_comes_back(case):
    assert read_facts(json.loads(json.dumps(write_facts(case)))) == case
