"""The events of one party and purpose that can still matter, and the text they are stored as."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from consent.rules.judging import Cell, judge_cells
from consent.rules.standing import order, voided_by
from consent.types import Action, Answer, Fact, Item, Member, ProcessorKind, PurposeRule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANTS = ("at", "expires_at", "mandate_until")
_PLAIN = (
    *("id", "seq", "tier", "channel", "processor", "category", "notice", "notice_version", "mandate", "minor"),
    *("signal", "acknowledged"),
)


def drop_void(facts: Sequence[Fact]) -> list[Fact]:
    """The events without those that were declared void, and without what declared it."""
    voided = voided_by(facts)
    return [fact for fact in facts if fact.id not in voided and fact.action is not Action.INVALIDATE]


def reduce_facts(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The events without those that another one makes superfluous for every question, in their order.

    The same whether events come one by one or all at once: `dominates` is a partial order. Where one is declared void,
    begin again with all of them: what it made superfluous is so no more.
    """
    all_of_them = sorted({fact.id: fact for fact in facts}.values(), key=lambda fact: fact.seq)
    return tuple(
        fact for fact in all_of_them if not any(dominates(other, fact) for other in all_of_them if other is not fact)
    )


def dominates(one: Fact, other: Fact) -> bool:
    """Whether `one` does everything that `other` can do, whatever is asked, however the purpose is changed."""
    same = (one.party, one.purpose, one.channel, one.processor, one.category, one.signal, one.is_grant, one.mandate)
    if same != (
        *(other.party, other.purpose, other.channel, other.processor, other.category, other.signal),
        *(other.is_grant, other.mandate),
    ):
        return False
    if order(one) <= order(other) or one.tier < other.tier or not _lasts(one, other):
        return False
    return not one.is_grant or _grants_as_much(one, other)


def _lasts(one: Fact, other: Fact) -> bool:
    if one.mandate_until != other.mandate_until:
        return False
    return one.expires_at is None or (other.expires_at is not None and one.expires_at >= other.expires_at)


def _grants_as_much(one: Fact, other: Fact) -> bool:
    return (
        one.notice == other.notice
        and one.notice_version >= other.notice_version
        and one.listed >= other.listed
        and one.acknowledged >= other.acknowledged
        and one.minor <= other.minor
        and one.tier == other.tier  # a proxy's counts only with a mandate
    )


def derive_cells(
    purpose: PurposeRule, facts: Sequence[Fact], *, party: str, now: datetime
) -> list[tuple[Cell, Answer]]:
    """How a purpose stands by one party's own events: first for whatever no event names, then for what one does."""
    return judge_cells(
        Item(party, purpose.id, processor=""),
        purposes={purpose.id: purpose},
        processors={fact.processor: ProcessorKind.VENDOR for fact in facts},  # whoever they are, they were named
        members=[Member(party, tuple(facts))],
        now=now,
    )


def write_ground(facts: Iterable[Fact]) -> str:
    """Events as text: what is as usual is left out; instants are microseconds."""
    rows = []
    for fact in facts:
        row: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(fact, name))}
        row |= {name: _micros(value) for name in _INSTANTS if (value := getattr(fact, name)) is not None}
        row["action"] = fact.action.value
        if fact.listed:
            row["listed"] = sorted(fact.listed)
        rows.append(row)
    return json.dumps(rows, separators=(",", ":"), sort_keys=True)


def read_ground(text: str, *, party: str, purpose: str) -> tuple[Fact, ...]:
    """Undo `write_ground`."""
    return tuple(_read(row, party, purpose) for row in json.loads(text))


def _read(row: dict[str, Any], party: str, purpose: str) -> Fact:
    for name in _INSTANTS:
        if name in row:
            row[name] = _EPOCH + timedelta(microseconds=row[name])
    row["action"] = Action(row["action"])
    row["listed"] = frozenset(row.get("listed", ()))
    return Fact(party=party, purpose=purpose, **{"tier": 0, **row})


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)
