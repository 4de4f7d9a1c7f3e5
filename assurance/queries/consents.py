"""What the registry of consent holds, asked live for each decision: no node remembers a yes."""

from datetime import datetime

from assurance.types import Consent, ConsentState
from channel_registry.types import ChannelPolicy
from consent.queries import check, find_purpose
from consent.types import INTERNAL, Answer, Checked, Item, Reason


def ask_registry(item: Item, now: datetime) -> Checked:
    """The registry's answer to one question. One statement."""
    return check([item], now)


def item_of(*, subject: str, purpose: str, channel: str, processor: str, agent: str) -> Item:
    """The question whether data of a subject may be used for a purpose on a channel, by whoever is named."""
    return Item(subject, purpose, channel=channel, processor=processor or INTERNAL, agent=agent)


def list_unknown_purposes(policy: ChannelPolicy) -> list[tuple[str, str]]:
    """Action and purpose, where a policy asks for a purpose that the registry does not know: it is always refused."""
    named = [(rule.name, rule.purpose) for rule in policy.actions if rule.purpose and not rule.is_static]
    return [(action, purpose) for action, purpose in named if find_purpose(purpose) is None]


def consent_of(checked: Checked) -> Consent:
    """An answer as a judgement rests on it, and as the journal keeps it: a processor only by a name that is known."""
    (item,), (answer,) = checked.items, checked.answers
    is_named = item.processor != INTERNAL and answer.reason is not Reason.UNKNOWN_PROCESSOR
    return Consent(
        state=_state(answer),
        reason=answer.reason.value,
        rule=answer.rule,
        winner=answer.winner,
        seq=answer.seq,
        valid_until=answer.valid_until.isoformat() if answer.valid_until else "",
        processor=item.processor if is_named else "",
    )


def _state(answer: Answer) -> ConsentState:
    return ConsentState.PERMIT if answer.permits else _DENIED.get(answer.reason, ConsentState.UNKNOWN)


# Every other reason says why there is no yes that counts.
_DENIED = {
    Reason.UNKNOWN_PURPOSE: ConsentState.UNKNOWN_PURPOSE,
    Reason.UNKNOWN_PROCESSOR: ConsentState.NOT_ALLOWED,
    Reason.AGENT_NOT_ALLOWED: ConsentState.NOT_ALLOWED,
    Reason.DENIED: ConsentState.DENY,
    Reason.WITHDRAWN: ConsentState.DENY,
    Reason.OBJECTED: ConsentState.DENY,
    Reason.SIGNAL: ConsentState.DENY,
}
