"""What a customer chooses on our own pages."""

from collections.abc import Sequence
from dataclasses import replace

from consent import queries, rules
from consent.errors import ConflictUnseen, ProofNeeded
from consent.services.choices import record_choices
from consent.types import Action, Choice, Item, Reason, Recorded, Tier
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import deed

_SOURCE = "portal"


@deed
def choose_herself(*, choices: Sequence[Choice], may_be_unproved: bool = False, call: CallContext) -> Recorded:
    """Record what the customer of this session chooses for herself, as well proved as the session proves her.

    What she refuses counts at once, however little is proved. What she permits is to count as proved: where the
    session is not sure enough for a purpose ProofNeeded says so, unless it `may_be_unproved` and counts all the same.
    Where a signal of her browser says no, only a choice that acknowledges it goes on; else ConflictUnseen. Raises
    NotFound for anybody but herself, and what `record_choices` raises.
    """
    caller = call.caller
    if not caller.is_herself or any(choice.party != caller.subject for choice in choices):
        raise NotFound
    confidence = caller.confidence(caller.sid) if caller.sid else None
    authenticated = rules.is_authenticated(caller.acr)

    proved = []
    for choice in choices:
        confident = rules.is_confident(confidence, queries.find_purpose(choice.purpose))
        tier = rules.tier_of(authenticated=authenticated, confident=confident)
        proved.append(replace(choice, tier=tier, source=_SOURCE, sid=caller.sid or "", confidence=confidence))
    for choice in proved:
        if choice.action is Action.GRANT:
            _refuse_idle(choice, may_be_unproved=may_be_unproved, call=call)

    return record_choices(choices=proved, call=call)


def _refuse_idle(choice: Choice, *, may_be_unproved: bool, call: CallContext) -> None:
    """A permission that would change nothing is not taken: she would believe that she had given it."""
    item = Item(choice.party, choice.purpose, choice.channel, choice.processor, choice.category)
    if not choice.acknowledged and queries.check([item], call.now).answers[0].reason is Reason.SIGNAL:
        raise ConflictUnseen
    if choice.tier < Tier.VERIFIED and not (may_be_unproved and queries.counts_unproved(item, call.now)):
        raise ProofNeeded
