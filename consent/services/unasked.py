"""Choices that nobody types in: a browser's signal, an undone withdrawal, the end of an account."""

from consent import queries, rules
from consent.errors import UndoInvalid
from consent.models import EffectiveState
from consent.queries import get_catalog
from consent.services.choices import record_as
from consent.types import SIGNAL_SOURCE, Action, Choice, Recorded, Tier
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def record_signal(*, party: str, channel: str = "", call: CallContext) -> Recorded:  # noqa: ARG001  the signal closes every channel
    """A browser or device sent `Sec-GPC: 1`: every purpose that heeds it is denied there, once and for all visits.

    What a customer permitted after she was shown the conflict stays permitted when the signal comes again. One
    statement where it is known.
    """
    heeding = sorted(purpose.id for purpose in get_catalog().purposes.values() if purpose.gpc_applies)
    known = {
        purpose
        for purpose, ground in EffectiveState.objects.filter(party=party, purpose__in=heeding).values_list(
            "purpose", "ground"
        )
        if any(fact.signal for fact in rules.read_ground(ground, party=party, purpose=purpose))
    }
    choices = [
        Choice(f"gpc {id}", party, id, Action.DENY, Tier.SIGNAL, source=SIGNAL_SOURCE)
        for id in heeding
        if id not in known
    ]
    return record_as([f"signal:{party}"] * len(choices), choices, call) if choices else Recorded()


@deed
def undo_withdrawal(*, token: str, call: CallContext) -> Recorded:
    """Take a withdrawal back that nobody proved was hers, by the link in the mail about it. Raises UndoInvalid."""
    event = queries.find_event(queries.read_undo(token, now=call.now))
    if event is None or event.tier > Tier.UNVERIFIED or event.purpose not in get_catalog().purposes:
        raise UndoInvalid
    choice = Choice(
        f"undo {event.id}",
        event.party,
        event.purpose,
        Action.INVALIDATE,
        Tier.UNVERIFIED,
        source="undo",
        refers_to=event.id,
    )
    return record_as([f"undo:{event.party}"], [choice], call)


@deed
def forget_party(*, party: str, call: CallContext) -> Recorded:
    """Withdraw whatever an erased party permitted. Its events stay, without a word that can still be read.

    Personal values of events are unreadable once the party's key is erased (`audit.services.erase_subject_key`).
    """
    known = get_catalog().purposes
    states = EffectiveState.objects.filter(party=party).order_by("purpose").values_list("purpose", "ground")
    choices = [
        Choice(f"erasure {purpose}", party, purpose, Action.WITHDRAW, Tier.VERIFIED, source="erasure")
        for purpose, ground in states
        if purpose in known and any(fact.is_grant for fact in rules.read_ground(ground, party=party, purpose=purpose))
    ]
    return record_as([f"erasure:{party}"] * len(choices), choices, call) if choices else Recorded()
