"""Choices that nobody types in: a browser's signal, an undone withdrawal, the end of an account."""

from consent import queries, rules
from consent.errors import UndoInvalid
from consent.models import EffectiveState
from consent.queries import get_catalog
from consent.services.choices import record_as
from consent.types import SIGNAL_SOURCE, Action, Answer, Choice, Item, LegalBasis, Reason, Recorded, Tier
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
def unsubscribe(*, token: str, call: CallContext) -> Recorded:
    """Refuse what a mail's one-click link names; nothing is written where it is refused already.

    Nobody proved who clicked, so the customer hears of it and can take it back. Raises UnsubscribeInvalid.
    """
    party, id, channel = queries.read_unsubscribe(token)
    purpose = get_catalog().purposes.get(id)
    if purpose is None:
        return Recorded()  # pursued no more: nothing is left to refuse
    item = Item(party, id, channel, processor="")
    answer = queries.check([item], call.now).answers[0]
    if not any(queries.list_permitting([item], call.now)) and _is_refused_by_name(answer, party, id, channel):
        return Recorded()
    is_interest = purpose.legal_basis is LegalBasis.LEGITIMATE_INTEREST
    choice = Choice(
        # Two clicks on one state are one; a click after she permitted it again is another.
        f"unsubscribe {id} {channel} {answer.seq}",
        party,
        id,
        Action.OBJECT if is_interest else Action.WITHDRAW,
        Tier.UNVERIFIED,
        channel=channel,
        source="unsubscribe",
    )
    return record_as([f"unsubscribe:{party}"], [choice], call)


_REFUSED_ALREADY = {Reason.DENIED, Reason.WITHDRAWN, Reason.OBJECTED}


def _is_refused_by_name(answer: Answer, party: str, purpose: str, channel: str) -> bool:
    """Whether she refused this very purpose here: one that only its parent closes may be opened again with that."""
    event = queries.find_event(answer.winner) if answer.reason in _REFUSED_ALREADY else None
    return event is not None and (event.party, event.purpose) == (party, purpose) and event.channel in {"", channel}


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
