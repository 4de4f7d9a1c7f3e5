"""Events and states as they stand in the register."""

from django.db.models import Count

from consent.models import ConsentEvent, EffectiveState, LinkedParty
from consent.types import (
    Action,
    Fact,
    Link,
    LinkKind,
    NoticeRef,
    PartyKind,
    RecordedEvent,
    Tier,
    Verdict,
)


def find_event(id: str) -> RecordedEvent | None:
    """One event by its id in the register, or None. Whose it is is the caller's to check."""
    row = ConsentEvent.objects.filter(pk=id).first()
    return recorded(row) if row else None


def list_history(party: str, *, purpose: str = "", limit: int = 200) -> list[RecordedEvent]:
    """What a party ever chose, of one purpose or of all, the newest first, at most `limit`."""
    rows = ConsentEvent.objects.filter(party=party).order_by("-seq")
    return [recorded(row) for row in (rows.filter(purpose=purpose) if purpose else rows)[:limit]]


def list_links(party: str) -> list[Link]:
    """Who else may be the same person as a party, the surest first."""
    rows = LinkedParty.objects.filter(party=party).order_by("-probability", "other")
    return [Link(row.other, row.probability, LinkKind(row.kind), row.merged_at, row.from_at) for row in rows]


def list_states(
    purpose: str, *, decision: Verdict | None = None, after: str = "", limit: int = 100
) -> list[EffectiveState]:
    """How a purpose stands by each party's own events on it, by party, from `after` on."""
    rows = EffectiveState.objects.filter(purpose=purpose, party__gt=after).order_by("party")
    return list((rows.filter(decision=decision.value) if decision else rows)[:limit])


def count_states(purpose: str) -> dict[Verdict, int]:
    """How many parties have permitted and refused a purpose by their own events on it."""
    rows = EffectiveState.objects.filter(purpose=purpose).values_list("decision").annotate(Count("pk")).order_by()
    return {Verdict(decision): count for decision, count in rows}


def list_parties_to_ask_again(purpose: str, *, notice_min: int, after: str = "", limit: int = 100) -> list[str]:
    """Parties whose permission rests on a notice older than `notice_min`, by name, from `after` on."""
    rows = EffectiveState.objects.filter(purpose=purpose, notice_version__gt=0, notice_version__lt=notice_min)
    return list(rows.filter(party__gt=after).order_by("party").values_list("party", flat=True)[:limit])


def count_parties_to_ask_again(purpose: str, *, notice_min: int) -> int:
    """How many parties have permitted under a notice older than `notice_min`."""
    rows = EffectiveState.objects.filter(purpose=purpose, notice_version__gt=0, notice_version__lt=notice_min)
    return rows.count()


def recorded(row: ConsentEvent) -> RecordedEvent:
    """A row of this room as others see it."""
    return RecordedEvent(
        id=row.pk,
        event_id=row.event_id,
        recorder=row.recorder,
        party=row.party,
        kind=PartyKind(row.kind),
        purpose=row.purpose,
        action=Action(row.action),
        channel=row.channel,
        processor=row.processor,
        category=row.category,
        listed=tuple(row.listed),
        tier=Tier(row.tier),
        actor=row.actor,
        mandate=row.mandate,
        acr=row.acr,
        amr=tuple(row.amr),
        confidence=row.confidence,
        sid=row.sid,
        source=row.source,
        notice=NoticeRef(row.notice, row.notice_version, row.notice_language) if row.notice else None,
        notice_sha256=row.notice_sha256,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        seq=row.seq,
        expires_at=row.expires_at,
        acknowledged=row.acknowledged,
        refers_to=row.refers_to,
        copied_from=row.copied_from,
        journal_id=row.journal_id,
        previous=row.previous,
        hash=row.hash,
    )


def fact_of(row: ConsentEvent) -> Fact:
    """A row of this room as the rules see it: a grant counts from the earlier of its instants, all else from the later.

    What refuses counts from when it was recorded, so that a late one never loses to a grant that is older.
    """
    action = Action(row.action)
    is_grant = action in {Action.GRANT, Action.CONFIRM}
    return Fact(
        id=row.pk,
        party=row.party,
        purpose=row.purpose,
        action=action,
        at=min(row.occurred_at, row.recorded_at) if is_grant else row.recorded_at,
        seq=row.seq,
        tier=row.tier,
        channel=row.channel,
        processor=row.processor,
        category=row.category,
        listed=frozenset(row.listed),
        notice=row.notice,
        notice_version=row.notice_version,
        expires_at=row.expires_at,
        mandate=row.mandate,
        mandate_until=row.mandate_until,
        minor=row.minor,
        signal=row.signal,
        acknowledged=row.acknowledged,
        refers_to=row.refers_to,
    )
