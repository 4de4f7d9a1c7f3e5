"""How events and states are written: under the heads of their parties, which the journal has locked.

The journal's line of a choice gets its `seq` when the deed ends; only then is the event known whole. So it is written
by a finisher after the journal's, in the same transaction, and nobody else writes for that party until the commit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import Max

from audit import journal
from audit.journal import Line
from consent import rules
from consent.errors import EventReused, StalePage
from consent.models import ConsentEvent, EffectiveState, Mandate
from consent.queries.catalog import get_catalog, load_rules
from consent.queries.register import fact_of, recorded
from consent.types import GRANTS, Action, Answer, Choice, Fact, PurposeRule, Reason, Recorded
from kit.ids import new_id
from kit.unit_of_work import current_unit_of_work

_WORK = "consent.writing"
_HEADS_ARE_HELD = 11  # see UnitOfWork: after the journal, which may run once more for what is recorded here
_AFTER_THE_JOURNAL = 12  # the heads are held, and nothing else is locked

Key = tuple[str, str]


@dataclass(slots=True)
class Entry:
    """A choice on its way into the register, with its journal line and what else is known of it by now."""

    choice: Choice
    line: Line
    recorder: str
    values: dict[str, Any]
    id: str = field(default_factory=lambda: new_id("cev_"))

    @property
    def key(self) -> Key:
        """What no two events share."""
        return (self.recorder, self.choice.event_id)


@dataclass(slots=True)
class _Work:
    """What the open deed has to write: choices, and parties whose states follow anew from all their events."""

    entries: list[Entry] = field(default_factory=list)
    again: set[str] = field(default_factory=set)
    kin: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    answers: list[tuple[Recorded, list[Key]]] = field(default_factory=list)
    written: dict[Key, ConsentEvent] = field(default_factory=dict)


def write_later(
    entries: Sequence[Entry],
    *,
    kin: Mapping[str, Iterable[str]],
    recorded_as: Recorded,
    keys: Sequence[Key],
    known: Mapping[Key, ConsentEvent],
) -> None:
    """Write events when the deed ends, and fill `recorded_as` in the order of `keys`.

    `kin` are the parties linked to each, whose heads are held too: no event of theirs may seem newer than this one.
    """
    work = _work()
    work.entries += entries
    work.written |= known
    work.answers.append((recorded_as, list(keys)))
    for party, others in kin.items():
        work.kin[party] |= set(others)


def derive_again(party: str) -> None:
    """Have every state of a party follow anew from all its events when the deed ends; its head must be locked then."""
    _work().again.add(party)


def under_heads(name: str, parties: Iterable[str], act: Callable[[], None]) -> None:
    """Do something when the deed ends, while nobody else writes for these parties; it may record lines about them."""
    journal.hold_heads(parties)
    current_unit_of_work().before_commit(name, _HEADS_ARE_HELD, act)


def _work() -> _Work:
    unit = current_unit_of_work()
    work: _Work = unit.notes.setdefault(_WORK, _Work())
    unit.before_commit(_WORK, _AFTER_THE_JOURNAL, lambda: _write(work))
    return work


def _write(work: _Work) -> None:
    entries, work.entries = work.entries, []
    again, work.again = work.again, set()
    if entries:
        rows = _chain(entries, work.kin)
        states = _states_of(entries)
        _refuse_stale(entries, states)
        _insert(rows)
        work.written |= {(row.recorder, row.event_id): row for row in rows}
        save_states(_advance(rows, states))
    if again:
        save_states(list(derive_states(sorted(again)).values()))
    for answer, keys in work.answers:
        answer.events = [recorded(work.written[key]) for key in keys]
    work.answers.clear()


def _insert(rows: Sequence[ConsentEvent]) -> None:
    """In the order of their ids, so that two deeds never wait for each other's in a circle."""
    try:
        ConsentEvent.objects.bulk_create(sorted(rows, key=lambda row: (row.recorder, row.event_id)))
    except IntegrityError as error:
        # The same recorder wrote of another party under the id just now: that is another choice.
        raise EventReused from error


def _chain(entries: Sequence[Entry], kin: Mapping[str, set[str]]) -> list[ConsentEvent]:
    """The rows, each with the hash of the one of its party before it, in the order of their sequence."""
    rows = []
    for party in sorted({entry.choice.party for entry in entries}):
        last = ConsentEvent.objects.filter(party=party).order_by("-seq").first()
        previous = last.hash if last else ""
        # Clocks of nodes differ. What is written later must not seem earlier: time would undo what order decided.
        floor = _newest(last, kin.get(party, set()))
        for entry in sorted((each for each in entries if each.choice.party == party), key=_seq_of):
            row = _row(entry, previous, floor)
            previous, floor = row.hash, row.recorded_at
            rows.append(row)
    return rows


def _seq_of(entry: Entry) -> int:
    assert entry.line.seq is not None  # the journal has numbered it
    return entry.line.seq


def _newest(last: ConsentEvent | None, others: set[str]) -> datetime | None:
    known = [last.recorded_at] if last else []
    if others:
        newest = ConsentEvent.objects.filter(party__in=others).aggregate(at=Max("recorded_at"))["at"]
        known += [newest] if newest else []
    return max(known, default=None)


def _row(entry: Entry, previous: str, floor: datetime | None) -> ConsentEvent:
    now = entry.line.call.now
    recorded_at = now if floor is None else max(now, floor)
    values = {
        **entry.values,
        "id": entry.id,
        "recorded_at": recorded_at,
        "occurred_at": entry.values["occurred_at"] or recorded_at,
        "seq": _seq_of(entry),
        "journal_id": entry.line.event_id,
        "previous": previous,
    }
    return ConsentEvent(**values, hash=rules.hash_event(values))


def _states_of(entries: Sequence[Entry]) -> dict[tuple[str, str], EffectiveState]:
    parties = {entry.choice.party for entry in entries}
    purposes = {entry.choice.purpose for entry in entries}
    rows = EffectiveState.objects.filter(party__in=parties, purpose__in=purposes)
    return {(row.party, row.purpose): row for row in rows}


def _refuse_stale(entries: Sequence[Entry], states: Mapping[tuple[str, str], EffectiveState]) -> None:
    """Who permits something must have seen what was chosen last; who refuses need not."""
    for entry in entries:
        choice = entry.choice
        if choice.seen is None or choice.action not in GRANTS:
            continue
        state = states.get((choice.party, choice.purpose))
        if state is not None and state.seq > choice.seen:
            raise StalePage


def _advance(rows: Sequence[ConsentEvent], states: Mapping[tuple[str, str], EffectiveState]) -> list[EffectiveState]:
    """The states after some new events: from what they rest on so far, or from all events where one was voided."""
    fresh: dict[tuple[str, str], list[ConsentEvent]] = defaultdict(list)
    for row in rows:
        fresh[row.party, row.purpose].append(row)
    purposes = get_catalog().purposes
    ends = _ends_of_mandates(rows)  # anew: one that was live when the deed began may have been revoked since
    found = []
    for (party, purpose), new in fresh.items():
        state = states.get((party, purpose))
        if any(row.action == Action.INVALIDATE for row in new):
            ground = ground_from_events(party, purpose)
        else:
            before = rules.read_ground(state.ground, party=party, purpose=purpose) if state else ()
            ground = rules.reduce_facts([*before, *_facts(new, ends)])
        found.append(state_from(party, purposes.get(purpose) or PurposeRule(purpose, version=0), ground, new[-1]))
    return found


def ground_of(party: str, purposes: Iterable[str]) -> tuple[Fact, ...]:
    """What the states of a party about some purposes rest on."""
    rows = EffectiveState.objects.filter(party=party, purpose__in=set(purposes)).values_list("purpose", "ground")
    return tuple(fact for purpose, ground in rows for fact in rules.read_ground(ground, party=party, purpose=purpose))


def ground_from_events(party: str, purpose: str) -> tuple[Fact, ...]:
    """What a state rests on, from every event of the party and purpose, and its mandates as they are now."""
    rows = list(ConsentEvent.objects.filter(party=party, purpose=purpose).order_by("seq"))
    return _ground(rows, _ends_of_mandates(rows))


def derive_states(parties: Sequence[str]) -> dict[tuple[str, str], EffectiveState]:
    """Every state of some parties, from their events alone."""
    purposes = load_rules(retired=True)
    rows = list(ConsentEvent.objects.filter(party__in=parties).order_by("party", "seq"))
    ends = _ends_of_mandates(rows)
    about: dict[tuple[str, str], list[ConsentEvent]] = defaultdict(list)
    for row in rows:
        about[row.party, row.purpose].append(row)
    return {
        (party, purpose): state_from(
            party, purposes.get(purpose) or PurposeRule(purpose, version=0), _ground(events, ends), events[-1]
        )
        for (party, purpose), events in about.items()
    }


def _ends_of_mandates(rows: Sequence[ConsentEvent]) -> dict[str, datetime | None]:
    named = {row.mandate for row in rows} - {""}
    mandates = Mandate.objects.filter(pk__in=named) if named else ()
    return {
        mandate.pk: min((end for end in (mandate.expires_at, mandate.revoked_at) if end), default=None)
        for mandate in mandates
    }


def _ground(rows: Sequence[ConsentEvent], ends: Mapping[str, datetime | None]) -> tuple[Fact, ...]:
    return rules.reduce_facts(rules.drop_void(_facts(rows, ends)))


def _facts(rows: Sequence[ConsentEvent], ends: Mapping[str, datetime | None]) -> list[Fact]:
    facts = [fact_of(row) for row in rows]
    return [replace(fact, mandate_until=ends.get(fact.mandate)) if fact.mandate else fact for fact in facts]


def state_from(party: str, purpose: PurposeRule, ground: Sequence[Fact], newest: ConsentEvent) -> EffectiveState:
    """The state of a party and purpose that follows from its events, as judged when the newest was recorded."""
    at = newest.recorded_at
    cells = rules.derive_cells(purpose, ground, party=party, now=at)
    (_, answer), *_ = cells
    return EffectiveState(
        party=party,
        purpose=purpose.id,
        seq=newest.seq,
        ground=rules.write_ground(ground),
        purpose_version=purpose.version,
        decision=answer.decision.value,
        reason=answer.reason.value,
        rule=answer.rule,
        winner=answer.winner,
        losers=[[loser.event, loser.reason.value] for loser in answer.losers],
        cells=[_cell(cell, each) for cell, each in cells],
        valid_until=answer.valid_until,
        notice_version=_notice_version(answer, ground),
        judged_at=at,
    )


def _notice_version(answer: Answer, ground: Sequence[Fact]) -> int:
    """Under which version of the notice a permission stands, or stood until it was asked for again; else 0."""
    if not answer.permits and answer.reason is not Reason.RECONSENT:
        return 0
    grants = sorted((fact for fact in ground if fact.is_grant), key=lambda fact: (fact.at, fact.seq))
    return grants[-1].notice_version if grants else 0


def _cell(cell: tuple[str, str, str], answer: Answer) -> list[Any]:
    return [*cell, answer.decision.value, answer.reason.value, answer.rule, answer.winner]


def save_states(states: Sequence[EffectiveState]) -> None:
    """Write states over those of the same party and purpose."""
    names = [field.name for field in EffectiveState._meta.concrete_fields if not field.primary_key]
    EffectiveState.objects.bulk_create(
        states,
        update_conflicts=True,
        unique_fields=["party", "purpose"],
        update_fields=[name for name in names if name not in {"party", "purpose"}],
    )
