"""What proves how one person stands on one purpose, for somebody who may doubt it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Q

from consent import conf, rules
from consent.models import ConsentEvent, Notice
from consent.queries.asking import render_receipt
from consent.queries.catalog import list_all_purposes, load_rules
from consent.queries.checking import find_effective
from consent.queries.documents import draft_of
from consent.queries.proofs import prove
from consent.queries.register import list_links, recorded
from consent.types import Effective, RecordedEvent
from keyring.queries import list_published_keys, sign_jwt

EVIDENCE = "consent-evidence+jwt"


def gather_evidence(*, party: str, purpose: str, asked_by: str, now: datetime) -> dict[str, Any]:
    """One document: the purpose, every event on it and on those above it with its signed receipt and its place in the
    sealed journal, the notices with their texts, and what holds now and why. `jws` is the same, signed. Of a linked
    device or record those events are in it that bear on the answer, for without them it would prove nothing.

    An event of the last minute may not be sealed yet: its `journal` is null. Whether the asker may see it is the
    caller's to check.
    """
    purposes = load_rules(retired=True)
    rule = purposes.get(purpose)
    named = [purpose, *(rule.ancestors if rule else ())]
    effective = next((each for each in find_effective(party, now) if each.purpose.id == purpose), None)
    rows = ConsentEvent.objects.filter(Q(party=party, purpose__in=named) | Q(pk__in=_bearing_on(effective)))
    events = [recorded(row) for row in rows.order_by("recorded_at", "party", "seq")]
    drafts = {row.pk: row for row in list_all_purposes() if row.pk in named}
    evidence = {
        "party": party,
        "purpose": purpose,
        "made_at": now.isoformat(),
        "made_for": asked_by,
        "purposes": {id: {**rules.write_purpose(draft_of(row)), "version": row.version} for id, row in drafts.items()},
        "effective": _effective(effective),
        "links": [{"party": each.other, "probability": each.probability} for each in list_links(party)],
        "notices": [_notice(row) for row in _notices(events, drafts.values())],
        "events": [_event(event) for event in events],
    }
    claims = {"iss": conf.issuer(), "sub": party, "iat": int(now.timestamp()), "evidence": evidence}
    return {"evidence": evidence, "jws": sign_jwt(claims, typ=EVIDENCE), "keys": list_published_keys()}


def _bearing_on(row: Effective | None) -> set[str]:
    """Every event that an answer names, whosever it is."""
    answers = [row.answer, *(answer for *_, answer in row.named)] if row else []
    return {event for answer in answers for event in (answer.winner, *(loser.event for loser in answer.losers))} - {""}


def _effective(row: Effective | None) -> dict[str, Any] | None:
    """What holds, which event decided, and of each other one why it did not."""
    if row is None:
        return None
    answer = row.answer
    return {
        "decision": answer.decision.value,
        "reason": answer.reason.value,
        "rule": answer.rule,
        "winner": answer.winner,
        "losers": {loser.event: loser.reason.value for loser in answer.losers},
        "valid_until": answer.valid_until.isoformat() if answer.valid_until else None,
        "named": [[*cell[:3], cell[3].decision.value, cell[3].reason.value] for cell in row.named],
        "seq": row.seq,
    }


def _event(event: RecordedEvent) -> dict[str, Any]:
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(event).items()
    }
    return {**values, "receipt": render_receipt(event).jws, "journal": prove(event)}


def _notices(events: list[RecordedEvent], purposes: Any) -> list[Notice]:
    """Every version that was shown, and every other one of the notices that the purposes name."""
    named = {event.notice.id for event in events if event.notice} | {row.notice for row in purposes} - {""}
    return list(Notice.objects.filter(notice__in=named))


def _notice(row: Notice) -> dict[str, Any]:
    return {
        "id": row.notice,
        "version": row.version,
        "language": row.language,
        "jurisdiction": row.jurisdiction,
        "title": row.title,
        "text": row.text,
        "sha256": row.sha256,
        "material": row.material,
        "purposes": row.purposes,
        "published_at": row.published_at.isoformat(),
        "retired_at": row.retired_at.isoformat() if row.retired_at else None,
    }
