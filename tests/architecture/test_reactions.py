"""The one controlled climb: the reactions table points up only, and nothing in it comes round again."""

import functools
import importlib

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from scripts import generate_docs, house
from tests.architecture import walls
from tests.architecture.calls import CallGraph

# What a reaction may name besides the room it climbs to: tools, the shape of a journal line, and words.
GROUND = ("kit", "audit")
WORDS = ("events", "errors", "types")


@functools.cache
def graph() -> CallGraph:
    return CallGraph({house.dotted(path): path.read_text(encoding="utf-8") for path in house.python_files()})


def reactions() -> dict[str, list[str]]:
    """Event names with the dotted names of what reacts to them."""
    table = import_string(settings.JOURNAL_REACTIONS)
    return {type.name: [f"{each.__module__}.{each.__qualname__}" for each in row] for type, row in table.items()}


def announcing_room() -> dict[str, str]:
    return {type.name: room for room, type in generate_docs.event_types()}


def rooms_entered(calls: CallGraph, reaction: str) -> set[str]:
    """The rooms a reaction goes to: its own, or, where the wiring only passes the line on, those it calls."""
    if house.room_of(reaction) != house.WIRING:
        return {reaction.split(".", 1)[0]}
    steps = {step for step in calls.steps(reaction) if step.split(".")[1] not in WORDS}
    inside = {step for step in steps if house.room_of(step) == house.WIRING}
    entered = {step.split(".", 1)[0] for step in steps - inside}
    return (entered - set(GROUND)).union(*(rooms_entered(calls, step) for step in inside))


def downward(table: dict[str, list[str]], calls: CallGraph, room_of_event: dict[str, str]) -> list[str]:
    """Reactions that do not climb."""
    return [
        f"{event} -> {reaction}"
        for event, row in table.items()
        for reaction in row
        for room in rooms_entered(calls, reaction)
        if house.height(room) <= house.height(room_of_event[event])
    ]


def consequences(table: dict[str, list[str]], calls: CallGraph, names: dict[str, str]) -> dict[str, set[str]]:
    """For each event the events that its reactions can announce in turn."""
    return {
        event: {names[found] for reaction in row for found in calls.announced(reaction) if found in names}
        for event, row in table.items()
    }


def event_constants() -> dict[str, str]:
    """`room.events.NAME` with the name on the wire."""
    return {
        f"{room}.events.{constant}": type.name
        for room, type in generate_docs.event_types()
        for constant, value in vars(importlib.import_module(f"{room}.events")).items()
        if value is type
    }


def test_every_reaction_goes_to_a_higher_room():
    assert reactions(), "the reactions table is empty"
    assert downward(reactions(), graph(), announcing_room()) == []


def test_every_reaction_in_the_wiring_enters_exactly_one_room():
    rooms = {reaction: rooms_entered(graph(), reaction) for row in reactions().values() for reaction in row}
    assert {reaction: entered for reaction, entered in rooms.items() if len(entered) != 1} == {}


def test_no_event_comes_round_to_itself():
    assert walls.circle(consequences(reactions(), graph(), event_constants())) == []


SMALL_HOUSE = {
    "accounts.events": "CLOSED = 1",
    "accounts.services": "from accounts.events import CLOSED\ndef close(): record(CLOSED)",
    "sessions_hub.events": "REVOKED = 1",
    "sessions_hub.services": (
        "from accounts import services as people\nfrom sessions_hub import events\n"
        "def revoke(): _write()\ndef _write():\n  record(events.REVOKED)\ndef lock(): people.close()"
    ),
    "config.reactions": (
        "from sessions_hub.services import lock, revoke\nfrom accounts import services\n"
        "def end(line): revoke()\ndef round(line): lock()\ndef down(line): services.close()"
    ),
}
NAMES = {"accounts.events.CLOSED": "account.closed", "sessions_hub.events.REVOKED": "session.revoked"}
ROOMS = {"account.closed": "accounts", "session.revoked": "sessions_hub"}


@pytest.mark.parametrize(
    ("table", "climbs"),
    [
        ({"account.closed": ["config.reactions.end"]}, True),
        ({"account.closed": ["sessions_hub.services.revoke"]}, True),
        ({"account.closed": ["accounts.services.close"]}, False),
        ({"session.revoked": ["config.reactions.down"]}, False),
    ],
)
def test_a_reaction_that_does_not_climb_is_noticed(table, climbs):
    assert (downward(table, CallGraph(SMALL_HOUSE), ROOMS) == []) is climbs


def test_a_circle_of_reactions_is_noticed():
    table = {"account.closed": ["config.reactions.end"], "session.revoked": ["config.reactions.round"]}
    found = consequences(table, CallGraph(SMALL_HOUSE), NAMES)
    assert found == {"account.closed": {"session.revoked"}, "session.revoked": {"account.closed"}}
    assert walls.circle(found) == ["account.closed", "session.revoked", "account.closed"]
    assert walls.circle({"account.closed": ["session.revoked"]}) == []
