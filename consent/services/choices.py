"""Writing down what somebody chose."""

from collections.abc import Mapping, Sequence

from audit import journal
from consent import rules
from consent.errors import EventReused
from consent.events import BY_ACTION
from consent.models import ConsentEvent, LinkedParty, Mandate
from consent.queries.catalog import forget_catalog, get_catalog
from consent.queries.notices import find_notices
from consent.services.doubts import notify_refused
from consent.services.fitness import Known, completed, refuse_malformed, refuse_unfit
from consent.services.writing import Entry, Key, write_later
from consent.types import Catalog, Choice, NoticeText, Recorded
from kit.call import CallContext
from kit.locks import hold_names
from kit.refusal import MalformedInput
from kit.unit_of_work import deed

MOST_CHOICES = 100


@deed
def record_choices(*, choices: Sequence[Choice], call: CallContext) -> Recorded:
    """Write down what somebody chose: all of it or nothing, in this order.

    What was sent before under the same id by the same recorder is answered as it stands. The answer is filled when the
    deed commits; its sequences are those of the party's head. Raises EventReused, UnknownPurpose, UnknownNotice,
    NoticeMissing, NoticeRetired, UnknownSource, UnknownScope, UnknownChoice, FutureTimestamp, AlreadyExpired,
    MandateMissing, MinorCannotConsent, StalePage (at the commit), MalformedInput.
    """
    if not 0 < len(choices) <= MOST_CHOICES:
        raise MalformedInput("Between 1 and 100 choices are recorded at once.")
    return record_as([recorder_of(choice.party, call) for choice in choices], choices, call)


def record_as(recorders: Sequence[str], choices: Sequence[Choice], call: CallContext) -> Recorded:
    """`record_choices` with ids that are unique for the named recorder, whoever calls."""
    keys = [(recorder, choice.event_id) for recorder, choice in zip(recorders, choices, strict=True)]
    if len(set(keys)) != len(keys):
        raise MalformedInput("An id stands twice among the choices.")
    for choice in choices:
        refuse_malformed(choice)
    choices, known = _gather(choices, keys)
    before = _find_before(choices, keys)

    fresh = [(choice, key) for choice, key in zip(choices, keys, strict=True) if key not in before]
    for choice, _ in fresh:
        refuse_unfit(choice, known, call)

    entries = [_entry(choice, key[0], known, call) for choice, key in fresh]
    notify_refused([(entry.choice, entry.id) for entry in entries], call)
    answer = Recorded()
    answer.replayed = [key in before for key in keys]
    kin = _kin({choice.party for choice, _ in fresh})
    journal.hold_heads({other for others in kin.values() for other in others})
    write_later(entries, kin=kin, recorded_as=answer, keys=keys, known=before)
    return answer


def recorder_of(party: str, call: CallContext) -> str:
    """Whose ids of events must be unique: a client's, of each customer who comes through it with her own token."""
    caller = call.caller
    if caller.client_id:
        return f"client:{caller.client_id}" + (f" {caller.subject}" if caller.subject else "")
    return caller.actor if caller.actor != "anonymous" else f"anonymous:{party}"


def _gather(choices: Sequence[Choice], keys: Sequence[Key]) -> tuple[list[Choice], Known]:
    """The choices, complete, and what they speak of.

    From here on no other deed of these recorders about these parties goes on: what was sent before is seen.
    """
    catalog = _catalog_with({choice.purpose for choice in choices})
    hold_names(
        {f"consent events {recorder} {choice.party}" for (recorder, _), choice in zip(keys, choices, strict=True)}
    )
    refers = {choice.refers_to for choice in choices} - {""}
    events = {row.pk: row for row in ConsentEvent.objects.filter(pk__in=refers)} if refers else {}
    choices = [completed(choice, events) for choice in choices]
    mandates = {choice.mandate for choice in choices} - {""}
    known = Known(
        catalog=catalog,
        notices=find_notices({choice.notice for choice in choices if choice.notice}),
        mandates={row.pk: row for row in Mandate.objects.filter(pk__in=mandates)} if mandates else {},
        events=events,
    )
    return choices, known


def _catalog_with(purposes: set[str]) -> Catalog:
    """The catalog; read anew where a purpose is missing that another node may have made a moment ago."""
    if purposes - set(get_catalog().purposes):
        forget_catalog()
    return get_catalog()


def _find_before(choices: Sequence[Choice], keys: Sequence[Key]) -> dict[Key, ConsentEvent]:
    """Those that stand in the register already."""
    rows = ConsentEvent.objects.filter(
        recorder__in={recorder for recorder, _ in keys}, event_id__in={event_id for _, event_id in keys}
    )
    found = {(row.recorder, row.event_id): row for row in rows if (row.recorder, row.event_id) in set(keys)}
    for choice, key in zip(choices, keys, strict=True):
        if key in found and found[key].fingerprint != rules.fingerprint(choice):
            raise EventReused
    return found


def _kin(parties: set[str]) -> Mapping[str, set[str]]:
    kin: dict[str, set[str]] = {party: set() for party in parties}
    for party, other in LinkedParty.objects.filter(party__in=parties).values_list("party", "other"):
        kin[party].add(other)
    return kin


def _entry(choice: Choice, recorder: str, known: Known, call: CallContext) -> Entry:
    notice = known.notices.get(choice.notice) if choice.notice else None
    facts = {
        "purpose": choice.purpose,
        "channel": choice.channel,
        "processor": choice.processor,
        "category": choice.category,
        "tier": int(known.tier_of(choice)),
        "event_id": choice.event_id,
        "source": choice.source,
        "mandate": choice.mandate,
        "refers_to": choice.refers_to,
        "fingerprint": rules.fingerprint(choice),  # so that the seal over this line binds all that was said
    }
    line = journal.record(
        BY_ACTION[choice.action],
        call=call,
        subject=choice.party,
        session=choice.sid,
        payload={name: value for name, value in facts.items() if value != ""} | _told(notice),
        personal=choice.personal,
        occurred_at=choice.occurred_at,
    )
    return Entry(choice, line, recorder, _values(choice, recorder, known, notice, call))


def _told(notice: NoticeText | None) -> dict[str, object]:
    return {"notice": [notice.id, notice.version, notice.language, notice.sha256]} if notice else {}


def _values(
    choice: Choice, recorder: str, known: Known, notice: NoticeText | None, call: CallContext
) -> dict[str, object]:
    mandate = known.mandates.get(choice.mandate)
    caller = call.caller
    return {
        "event_id": choice.event_id,
        "recorder": recorder,
        "fingerprint": rules.fingerprint(choice),
        "party": choice.party,
        "kind": rules.kind_of(choice.party).value,
        "purpose": choice.purpose,
        "action": choice.action.value,
        "channel": choice.channel,
        "processor": choice.processor,
        "category": choice.category,
        "listed": sorted(set(choice.listed)),
        "tier": int(known.tier_of(choice)),
        "actor": caller.actor[:300],
        "mandate": choice.mandate,
        "mandate_until": mandate.expires_at if mandate else None,
        "minor": known.is_minor(choice),
        "acr": caller.acr or "",
        "amr": list(caller.amr),
        "confidence": choice.confidence,
        "sid": choice.sid,
        "source": choice.source,
        "signal": known.is_signal(choice),
        "acknowledged": choice.acknowledged,
        "refers_to": choice.refers_to,
        "notice": notice.id if notice else "",
        "notice_version": notice.version if notice else 0,
        "notice_language": notice.language if notice else "",
        "notice_sha256": notice.sha256 if notice else "",
        "occurred_at": choice.occurred_at,
        "expires_at": choice.expires_at,
        "copied_from": "",
    }
