"""The register of consent as operators see it: the catalog, who must be asked again, one person's standing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.queries import find_account
from consent.queries import (
    count_parties_to_ask_again,
    count_states,
    current_notice,
    find_effective,
    find_event,
    list_all_purposes,
    list_history,
    list_links,
    list_mandates,
    list_notices,
    list_parties_to_ask_again,
    list_processors,
    list_purposes,
    list_versions,
)
from consent.types import Answer, Effective, NoticeText, PurposeRule, RecordedEvent, Verdict
from kit.refusal import NotFound
from portal import rules
from portal.queries.governing import name_actor
from portal.queries.reach import Reach, list_reach

ASKED_AGAIN_SHOWN = 50


@dataclass(frozen=True, slots=True)
class PurposeView:
    """One purpose as operators see it, with how many have permitted and refused it."""

    rule: PurposeRule
    title: str
    depth: int
    permits: int
    denies: int
    again: int
    notice: NoticeText | None


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One event that bears on an answer: what it was, and why it decides or does not."""

    id: str
    what: str
    about: str
    by: str
    tier: str
    at: datetime
    why: str
    wins: bool


@dataclass(frozen=True, slots=True)
class StandingView:
    """How one person stands on one purpose, and why."""

    id: str
    title: str
    permits: bool
    why: str
    rule: int
    reason: str
    until: datetime | None
    named: tuple[str, ...]
    lines: tuple[ReasonLine, ...]
    reach: tuple[Reach, ...]


def get_register() -> dict[str, Any]:
    """The catalog: purposes with their counts, notices, processors."""
    retired = [row for row in list_all_purposes() if row.retired_at]
    return {
        "purposes": [_purpose(rule) for rule in list_purposes()],
        "retired": retired,
        "notices": list_notices(),
        "processors": [(row, rules.PROCESSORS[row.kind]) for row in list_processors()],
    }


def get_purpose_page(*, purpose: str, after: str) -> dict[str, Any]:
    """One purpose in force, and who must be asked again, a page of them from `after` on. Raises NotFound."""
    rule = next((each for each in list_purposes() if each.id == purpose), None)
    if rule is None:
        raise NotFound
    found = list_parties_to_ask_again(purpose, notice_min=rule.notice_min, after=after, limit=ASKED_AGAIN_SHOWN + 1)
    shown = found[:ASKED_AGAIN_SHOWN]
    return {
        "each": _purpose(rule),
        "again": shown,
        "older": shown[-1] if len(found) > ASKED_AGAIN_SHOWN else "",
        "is_first": not after,
        "lasts": rules.name_ttl(rule.ttl.days if rule.ttl else None),
        "evidence": rules.TIERS[rule.min_evidence],  # type: ignore[index]  # a tier is a number
        "versions": list_versions(rule.notice) if rule.notice else [],
    }


def get_party(*, party: str, now: datetime) -> dict[str, Any]:
    """One person as the register knows her: standing by purpose, links, mandates. Raises NotFound."""
    account = find_account(party)
    history = list_history(party, limit=500)
    if account is None and not history:
        raise NotFound
    events = {event.id: event for event in history}
    titles = {row.pk: (row.texts.get("en") or {}).get("title", row.pk) for row in list_all_purposes()}
    return {
        "party": party,
        "name": account.name if account else "",
        "standings": [_standing(party, row, events, titles) for row in find_effective(party, now)],
        "links": list_links(party),
        "mandates": list_mandates(party),
        "events": len(history),
    }


def _purpose(rule: PurposeRule) -> PurposeView:
    counts = count_states(rule.id)
    return PurposeView(
        rule=rule,
        title=rule.text("title"),
        depth=len(rule.ancestors),
        permits=counts.get(Verdict.PERMIT, 0),
        denies=counts.get(Verdict.DENY, 0),
        again=count_parties_to_ask_again(rule.id, notice_min=rule.notice_min),
        notice=current_notice(rule.notice) if rule.notice else None,
    )


def _standing(
    party: str, row: Effective, events: Mapping[str, RecordedEvent], titles: Mapping[str, str]
) -> StandingView:
    answer = row.answer
    return StandingView(
        id=row.purpose.id,
        title=row.purpose.text("title"),
        permits=answer.permits,
        why=rules.explain_consent(answer.reason, permits=answer.permits),
        rule=answer.rule,
        reason=answer.reason.value,
        until=answer.valid_until,
        named=tuple(_cell(cell) for cell in row.named),
        lines=tuple(_lines(answer, events, titles)),
        reach=tuple(list_reach(subject=party, purpose=row.purpose.id, allowed=answer.permits)),
    )


def _cell(cell: tuple[str, str, str, Answer]) -> str:
    channel, processor, category, answer = cell
    names = ", ".join(each for each in (channel, processor, category) if each not in {"", "*"})
    return f"{names}: {'permitted' if answer.permits else 'denied'} ({answer.reason.value})"


def _lines(answer: Answer, events: Mapping[str, RecordedEvent], titles: Mapping[str, str]) -> list[ReasonLine]:
    """What won, then what lost, the newest first."""
    reasons = {loser.event: rules.explain_loser(loser.reason) for loser in answer.losers}
    found = []
    for id in dict.fromkeys([answer.winner, *reasons]):
        event = (events.get(id) or find_event(id)) if id else None
        if event is None:
            continue
        found.append(
            ReasonLine(
                id=event.id,
                what=event.action.value,
                about=titles.get(event.purpose, event.purpose),
                by=name_actor(event.actor),
                tier=rules.TIERS[event.tier],
                at=event.recorded_at,
                why="it decides" if id == answer.winner else reasons[id],
                wins=id == answer.winner,
            )
        )
    return sorted(found, key=lambda line: (not line.wins, -line.at.timestamp()))
