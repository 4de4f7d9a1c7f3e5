"""Whether something may be done now: read from the states of all parties concerned, judged anew for each question."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import Error, connection

from consent import rules
from consent.models import ConsentEvent, EffectiveState, LinkedParty
from consent.queries.catalog import get_catalog, list_purposes
from consent.queries.register import recorded
from consent.types import (
    DENIES_TRAVEL,
    LONGEST_PARTY,
    Answer,
    Catalog,
    Checked,
    Effective,
    Fact,
    Item,
    Link,
    LinkKind,
    Member,
    PurposeRule,
    Reason,
    RecordedEvent,
    Verdict,
)
from kit.prepared import fetch
from kit.refusal import MalformedInput

log = logging.getLogger(__name__)

Grounds = Mapping[str, tuple[int, list[Member]]]
"""By party: the newest sequence among its states, and the members whose choices bear on it, itself first."""


def check(items: Sequence[Item], now: datetime) -> Checked:
    """Whether each of some things may be done at `now`. One statement, however many items.

    It says what holds while it looks. Whoever acts on the answer calls `services.revalidate` in its own transaction.
    While the register cannot be read everything is denied, `store_unreachable`; inside a transaction, which is lost
    then, the database's error goes on. Raises MalformedInput.
    """
    if not all(0 < len(item.party) <= LONGEST_PARTY and item.party.isprintable() for item in items):
        raise MalformedInput("A party has an id of at most 64 characters.")
    found = _look(items)
    if found is None:
        unread = tuple(Answer(Verdict.DENY, Reason.STORE_UNREACHABLE, 0, party=item.party) for item in items)
        return Checked(tuple(items), unread, {item.party: 0 for item in items})
    catalog, grounds = found
    answers = tuple(_answer(item, catalog, grounds, now) for item in items)
    return Checked(tuple(items), answers, {party: seq for party, (seq, _) in grounds.items()})


def list_permitting(items: Sequence[Item], now: datetime) -> list[bool]:
    """Whether of each of some things any part is permitted, where `check` asks whether all of it is. One statement."""
    found = _look(items)
    if found is None:
        return [False] * len(items)
    catalog, grounds = found
    return [any(answer.permits for _, answer in _judge_cells(item, catalog, grounds, now)) for item in items]


def _look(items: Sequence[Item]) -> tuple[Catalog, Grounds] | None:
    """The catalog and what bears on some questions; None while the register cannot be read.

    Never what was read before: a permission that was withdrawn since would go on.
    """
    try:
        catalog = get_catalog()
        return catalog, gather(_asked(items, catalog))
    except Error:
        if connection.in_atomic_block:  # PostgreSQL takes the deed back at its commit: it must not seem done
            raise
        log.exception("the register of consent cannot be read: everything is denied")
        return None


def _judge_cells(
    item: Item, catalog: Catalog, grounds: Grounds, now: datetime
) -> list[tuple[tuple[str, str, str], Answer]]:
    _, members = grounds[item.party]
    return rules.judge_cells(item, purposes=catalog.purposes, processors=catalog.processors, members=members, now=now)


def _asked(items: Sequence[Item], catalog: Catalog) -> dict[str, set[str]]:
    """By party the purposes that some questions are about, and those above them."""
    asked: dict[str, set[str]] = {item.party: set() for item in items}
    for item in items:
        if purpose := catalog.purposes.get(item.purpose):
            asked[item.party] |= {purpose.id, *purpose.ancestors}
    return asked


def gather(asked: Mapping[str, set[str]]) -> Grounds:
    """What bears on questions, by party the purposes they are about: own events and those of linked parties."""
    read = _read_at_once if connection.vendor == "postgresql" else _read_in_turn
    parties = asked.keys()
    facts: dict[str, list[Fact]] = {party: [] for party in parties}
    seqs = dict.fromkeys(parties, 0)
    linked: dict[str, dict[str, tuple[Link, list[Fact]]]] = {party: {} for party in parties}
    for party, purpose, seq, ground, link in read(asked) if any(asked.values()) else ():
        if link is None:
            facts[party] += rules.read_ground(ground, party=party, purpose=purpose)
            seqs[party] = max(seqs[party], seq)
        else:
            _, theirs = linked[party].setdefault(link.other, (link, []))
            theirs += rules.read_ground(ground, party=link.other, purpose=purpose)
    return {
        party: (
            seqs[party],
            [
                Member(party, tuple(facts[party])),
                *(Member(other, tuple(theirs), link) for other, (link, theirs) in sorted(linked[party].items())),
            ],
        )
        for party in parties
    }


_Row = tuple[str, str, int, str, Link | None]

_SQL = """
SELECT state.party, state.purpose, state.seq, state.ground, NULL, NULL, NULL, NULL, NULL
FROM unnest(%s::varchar[], %s::varchar[]) AS asked(party, purpose)
JOIN consent_effectivestate state ON state.party = asked.party AND state.purpose = asked.purpose
UNION ALL
SELECT link.party, state.purpose, state.seq, state.ground,
  link.other, link.probability, link.kind, link.merged_at, link.from_at
FROM unnest(%s::varchar[], %s::varchar[]) AS asked(party, purpose)
JOIN consent_linkedparty link ON link.party = asked.party AND link.probability >= %s
JOIN consent_effectivestate state ON state.party = link.other AND state.purpose = asked.purpose
"""


def _read_at_once(asked: Mapping[str, set[str]]) -> Iterator[_Row]:
    """Own states and those of linked parties by one prepared statement: this is asked before every act."""
    pairs = [(party, purpose) for party, purposes in asked.items() for purpose in purposes]
    who, what = [party for party, _ in pairs], [purpose for _, purpose in pairs]
    for party, purpose, seq, ground, other, probability, kind, *instants in fetch(
        _SQL, [who, what, who, what, DENIES_TRAVEL]
    ):
        link = Link(other, probability, LinkKind(kind), *instants) if other else None
        yield party, purpose, seq, ground, link


def _read_in_turn(asked: Mapping[str, set[str]]) -> Iterator[_Row]:
    """The same for a database without arrays."""
    links = LinkedParty.objects.filter(party__in=asked, probability__gte=DENIES_TRAVEL)
    concerned: dict[str, list[tuple[str, Link | None]]] = {party: [(party, None)] for party in asked}
    for row in links:
        concerned.setdefault(row.other, []).append((row.party, link_of(row)))
    purposes = {purpose for each in asked.values() for purpose in each}
    states = EffectiveState.objects.filter(party__in=concerned, purpose__in=purposes)
    for party, purpose, seq, ground in states.values_list("party", "purpose", "seq", "ground"):
        for asker, link in concerned[party]:
            if purpose in asked.get(asker, ()):
                yield asker, purpose, seq, ground, link


def link_of(row: LinkedParty) -> Link:
    """A row of this room as the rules see it."""
    return Link(row.other, row.probability, LinkKind(row.kind), row.merged_at, row.from_at)


def _answer(item: Item, catalog: Catalog, grounds: Grounds, now: datetime) -> Answer:
    seq, members = grounds[item.party]
    found = rules.judge(item, purposes=catalog.purposes, processors=catalog.processors, members=members, now=now)
    return replace(found, seq=seq)


def find_effective(party: str, now: datetime) -> list[Effective]:
    """What holds for a party at `now`, a row for each purpose in force, parents first, by the judgement of `check`.

    A row speaks of whatever no event names; `named` are the channels, processors and categories that come out
    otherwise. Five statements.
    """
    catalog = get_catalog()
    _, members = gather({party: set(catalog.purposes)})[party]
    found = {purpose.id: _cells(party, purpose, catalog, members, now) for purpose in list_purposes()}
    winners = {cells[0][1].winner for cells in found.values()} - {""}
    events = {row.pk: recorded(row) for row in ConsentEvent.objects.filter(pk__in=winners)}
    seqs = dict(EffectiveState.objects.filter(party=party).values_list("purpose", "seq"))
    return [_effective(purpose, found[purpose.id], events, seqs.get(purpose.id, 0)) for purpose in list_purposes()]


def _cells(
    party: str, purpose: PurposeRule, catalog: Catalog, members: Sequence[Member], now: datetime
) -> list[tuple[tuple[str, str, str], Answer]]:
    return rules.judge_cells(
        Item(party, purpose.id, processor=""),
        purposes=catalog.purposes,
        processors=catalog.processors,
        members=members,
        now=now,
    )


def _effective(
    purpose: PurposeRule,
    cells: Sequence[tuple[tuple[str, str, str], Answer]],
    events: Mapping[str, RecordedEvent],
    seq: int,
) -> Effective:
    answer = cells[0][1]
    event = events.get(answer.winner)
    return Effective(
        purpose=purpose,
        answer=answer,
        since=event.recorded_at if event else None,
        notice=event.notice if event else None,
        channel=event.channel if event else "",
        processor=event.processor if event else "",
        event=event,
        named=tuple((*cell, other) for cell, other in cells[1:] if other.decision is not answer.decision),
        seq=seq,
    )


def release(
    claims: Mapping[str, Any], *, purpose: str, party: str, now: datetime, channel: str = "", stated: str = ""
) -> dict[str, Any]:
    """What of some claims may be handed out for a purpose: what the purpose needs, and nothing where it is denied.

    `stated` is a second purpose, that of one request, which narrows and never widens. One statement for both; none
    where neither is given, and nothing is cut then.
    """
    purposes = [each for each in (purpose, stated) if each]
    if not purposes:
        return dict(claims)
    answers = check([Item(party, each, channel) for each in purposes], now).answers
    if not all(answer.permits for answer in answers):
        return {}
    released = dict(claims)
    for each in purposes:
        released = rules.cut_release(released, get_catalog().purposes.get(each))
    return released
