"""The number alone, for rooms below that must know how sure we are of somebody (`Caller.confidence`)."""

from assurance.queries import load
from assurance.rules import measure
from assurance.services.decisions import gather_facts
from assurance.types import Question
from channel_registry.errors import ChannelUnavailable
from kit.call import CallContext
from kit.unit_of_work import observation


@observation
def measure_confidence(*, sid: str, channel: str, call: CallContext) -> float | None:
    """How surely a session is its subject's, on a channel, for the account itself; None where no session lives.

    The number that a decision about the account would report now. Nothing is decided, and nothing recorded.
    """
    try:
        loaded = load(sid=sid, channel=channel, now=call.now)
    except ChannelUnavailable:
        return None
    if loaded.at_hand is None:
        return None
    question = Question(subject=loaded.at_hand.state.subject, action="", sid=sid, channel=channel)
    return measure(gather_facts(question, loaded, call)).reported
