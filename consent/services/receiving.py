"""What comes in by the API: who may say it of whom, and how much of it is proved."""

from dataclasses import dataclass, replace

from accounts.errors import AccountUnknown
from accounts.queries import get_account
from accounts.types import Status
from consent import queries, rules
from consent.errors import UnknownSource
from consent.models import ConsentEvent
from consent.queries import find_purpose, list_mandates
from consent.services.choices import record_choices, recorder_of
from consent.services.doubts import notify_permitted
from consent.types import Action, Choice, Item, PartyKind, Recorded, Statement, Tier
from kit.call import CallContext, Caller
from kit.refusal import NotAllowed, NotFound
from kit.unit_of_work import deed

_SCOPE = "consent.write"
_NAMED = (
    *("event_id", "party", "purpose", "action", "channel", "processor", "category", "notice", "occurred_at"),
    *("expires_at", "listed", "mandate", "acknowledged", "age", "seen"),
)


@dataclass(frozen=True, slots=True)
class _Vouched:
    """How well a choice is proved, by which confidence, and the call with what was proved in the session."""

    tier: Tier
    call: CallContext
    confidence: float | None = None


@deed
def receive_choice(*, said: Statement, call: CallContext) -> Recorded:
    """Record what a customer says with her own token, or a client says of her, as well proved as it is.

    Her own choice is verified where she is authenticated and surely she; where an app of others permits something with
    her token that she never let speak for her here, she hears of it. A client's word is verified when it names a
    session of hers in which it takes part and that supports it. Without one it is unproved: what it refuses counts, and
    she hears of it. Raises NotFound for anybody else, NotAllowed for another channel, and what `record_choices` raises.
    """
    if not rules.is_claimable(said.source):
        raise UnknownSource
    vouched = _vouch_for_own(said, call) if call.caller.subject else _vouch_for_client(said, call)
    source = said.source or "api"
    choice = Choice(
        **{name: getattr(said, name) for name in _NAMED},
        tier=rules.tier_for(source, vouched.tier),
        source=source,
        sid=said.sid or call.caller.sid or "",
        confidence=vouched.confidence,
    )
    may_surprise = _may_surprise(call.caller) and not queries.list_permitting([_item(choice)], call.now)[0]
    recorded = record_choices(choices=[choice], call=vouched.call)
    if may_surprise and not recorded.replayed[0]:
        notify_permitted(choice, call)
    return recorded


def _may_surprise(caller: Caller) -> bool:
    """Whether an app of others acts with a customer's token that does not say it may record what she allows."""
    return caller.subject is not None and not caller.of_the_house and _SCOPE not in caller.scopes


def _item(choice: Choice) -> Item:
    return Item(choice.party, choice.purpose, choice.channel, choice.processor, choice.category)


def _vouch_for_own(said: Statement, call: CallContext) -> _Vouched:
    caller = call.caller
    if said.sid not in {"", caller.sid}:
        raise NotFound
    if said.party != caller.subject:
        _hold_mandate(said, str(caller.subject))
    elif said.mandate:
        raise NotFound  # nobody is proxy for herself
    return _vouch(said, caller.sid or "", call)


def _hold_mandate(said: Statement, holder: str) -> None:
    """Whoever has none learns not even that there is such a customer."""
    if not any(row.pk == said.mandate and row.holder == holder for row in list_mandates(said.party)):
        raise NotFound


def _vouch_for_client(said: Statement, call: CallContext) -> _Vouched:
    caller = call.caller
    _refuse_other_channel(said, call)
    if said.mandate:
        raise NotAllowed("A proxy chooses with a token of their own.")
    if not said.sid:
        _refuse_unknown(said)
        return _Vouched(Tier.UNVERIFIED, call)
    proof = caller.find_proof(said.sid) if caller.takes_part(said.sid) else None
    if proof is None or proof.subject != said.party:
        if _was_received(said, call):
            return _Vouched(Tier.UNVERIFIED, call)  # nothing is written twice, so nothing is vouched for
        raise NotFound
    # What was proved in her session stands beside the event; who says so stays the client.
    proved = replace(caller, acr=proof.acr, amr=proof.amr, auth_time=proof.auth_time)
    return _vouch(said, said.sid, replace(call, caller=proved))


def _was_received(said: Statement, call: CallContext) -> bool:
    """Whether the client said this of this session while it lived: who tries again later hears what came of it."""
    sent = {"recorder": recorder_of(said.party, call), "event_id": said.event_id}
    return ConsentEvent.objects.filter(**sent, party=said.party, sid=said.sid).exists()


def _refuse_other_channel(said: Statement, call: CallContext) -> None:
    if said.channel and not call.caller.serves_channel(said.channel):
        raise NotAllowed("The client neither belongs to that channel nor serves it.")
    if not said.channel and said.action is Action.GRANT:
        raise NotAllowed("Name the channel: a client speaks for its own, only the customer for all.")


def _refuse_unknown(said: Statement) -> None:
    """A device may only refuse, and nobody says who is on it; a customer must be there still, to permit active."""
    if rules.kind_of(said.party) is not PartyKind.ACCOUNT:
        if said.action is Action.GRANT:
            raise NotFound
        return
    try:
        account = get_account(said.party)
    except AccountUnknown as error:
        raise NotFound from error
    is_gone = account.status == Status.ERASED or (said.action is Action.GRANT and account.status != Status.ACTIVE)
    if is_gone:  # whoever cannot sign in permits nothing; what she refuses is heard until she is forgotten
        raise NotFound


def _vouch(said: Statement, sid: str, call: CallContext) -> _Vouched:
    confidence = call.caller.confidence(sid)
    tier = rules.tier_of(
        authenticated=rules.is_authenticated(call.caller.acr),
        confident=rules.is_confident(confidence, find_purpose(said.purpose)),
    )
    return _Vouched(tier, call, confidence)
