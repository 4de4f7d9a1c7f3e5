"""What is copied when two parties turn out to be two persons."""

from datetime import datetime

from audit import journal
from consent import rules
from consent.events import BY_ACTION
from consent.models import ConsentEvent
from consent.queries.register import fact_of
from consent.services.writing import Entry, ground_of, write_later
from consent.types import Action, Choice, Fact, Link, Recorded, Tier
from kit.call import CallContext

_NOT_COPIED = {"id", "recorded_at", "seq", "journal_id", "previous", "hash"}


def copy_refusals(party: str, link: Link, since: datetime, call: CallContext) -> None:
    """Copy to a party what the other of a link refused since; call it while the heads of both are held."""
    rows = list(ConsentEvent.objects.filter(party=link.other, recorded_at__gte=since, copied_from="").order_by("seq"))
    voided = rules.voided_by([fact_of(row) for row in rows])
    refusals = [row for row in rows if fact_of(row).is_refusal and row.pk not in voided]
    if not refusals:
        return
    own = ground_of(party, {row.purpose for row in refusals})
    wanted = [row for row in refusals if not _is_settled(fact_of(row), link, own)]
    copied = {f"{row.pk} {party}": row for row in wanted}
    done = ConsentEvent.objects.filter(recorder=_RECORDER, event_id__in=copied).values_list("event_id", flat=True)
    entries = [_entry(row, party, event_id, call) for event_id, row in copied.items() if event_id not in set(done)]
    write_later(entries, kin={}, recorded_as=Recorded(), keys=[], known={})


_RECORDER = "system:split"


def _is_settled(refusal: Fact, link: Link, own: tuple[Fact, ...]) -> bool:
    """Whether the party chose otherwise, verified, after both had been taken for one person."""
    theirs = rules.Admitted(refusal, link)
    return any(
        rules.why_not_lifted(theirs, by=rules.Admitted(fact)) is None
        for fact in own
        if fact.is_grant and fact.purpose == refusal.purpose
    )


def _entry(row: ConsentEvent, party: str, event_id: str, call: CallContext) -> Entry:
    names = [field.name for field in ConsentEvent._meta.concrete_fields if field.name not in _NOT_COPIED]
    values = {name: getattr(row, name) for name in names}
    choice = Choice(event_id, party, row.purpose, Action(row.action), Tier(row.tier), source="split")
    facts = {"purpose": row.purpose, "tier": row.tier, "event_id": event_id, "source": "split", "copied_from": row.pk}
    facts["fingerprint"] = rules.fingerprint(choice)
    scope = {name: getattr(row, name) for name in ("channel", "processor", "category") if getattr(row, name)}
    line = journal.record(BY_ACTION[choice.action], call=call, subject=party, payload={**facts, **scope})
    return Entry(
        choice,
        line,
        _RECORDER,
        {
            **values,
            "event_id": event_id,
            "recorder": _RECORDER,
            "fingerprint": rules.fingerprint(choice),
            "party": party,
            "kind": rules.kind_of(party).value,
            "source": "split",
            "copied_from": row.pk,
            "mandate": "",
            "mandate_until": None,
        },
    )
