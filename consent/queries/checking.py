"""Whether something may be done now: read from the states of all parties concerned, judged anew for each question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from consent import rules
from consent.models import ConsentEvent, EffectiveState, LinkedParty
from consent.queries.catalog import get_catalog, list_purposes
from consent.queries.register import recorded
from consent.types import (
    DENIES_TRAVEL,
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
    RecordedEvent,
)

Grounds = Mapping[str, tuple[int, list[Member]]]
"""By party: the newest sequence among its states, and the members whose choices bear on it, itself first."""


def check(items: Sequence[Item], now: datetime) -> Checked:
    """Whether each of some things may be done at `now`. Two statements, however many items.

    It says what holds while it looks. Whoever acts on the answer calls `services.revalidate` in its own transaction.
    """
    catalog = get_catalog()
    grounds = gather({item.party for item in items}, purposes_of(items, catalog))
    answers = tuple(_answer(item, catalog, grounds, now) for item in items)
    return Checked(tuple(items), answers, {party: seq for party, (seq, _) in grounds.items()})


def purposes_of(items: Sequence[Item], catalog: Catalog) -> set[str]:
    """The purposes that some questions are about, and those above them."""
    found = set()
    for item in items:
        if purpose := catalog.purposes.get(item.purpose):
            found |= {purpose.id, *purpose.ancestors}
    return found


def gather(parties: set[str], purposes: set[str]) -> Grounds:
    """What bears on questions about these parties and purposes: their own events and those of linked parties."""
    links = defaultdict(list)
    for row in LinkedParty.objects.filter(party__in=parties, probability__gte=DENIES_TRAVEL):
        links[row.party].append(link_of(row))
    everybody = parties | {link.other for each in links.values() for link in each}
    facts: dict[str, list[Fact]] = defaultdict(list)
    seqs: dict[str, int] = defaultdict(int)
    states = EffectiveState.objects.filter(party__in=everybody, purpose__in=purposes)
    for party, purpose, seq, ground in states.values_list("party", "purpose", "seq", "ground"):
        facts[party] += rules.read_ground(ground, party=party, purpose=purpose)
        seqs[party] = max(seqs[party], seq)
    return {
        party: (
            seqs[party],
            [
                Member(party, tuple(facts[party])),
                *(Member(link.other, tuple(facts[link.other]), link) for link in links[party]),
            ],
        )
        for party in parties
    }


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
    _, members = gather({party}, set(catalog.purposes))[party]
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


def release(claims: Mapping[str, Any], *, purpose: str, party: str, now: datetime) -> dict[str, Any]:
    """What of some claims may be handed out for a purpose: what the purpose needs, and nothing where it is denied."""
    if not check([Item(party, purpose)], now).answers[0].permits:
        return {}
    return rules.cut_release(claims, get_catalog().purposes.get(purpose))
