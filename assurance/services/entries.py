"""Going on to a channel: judged where codes and tokens are given out."""

from assurance.queries import list_standing
from assurance.rules import ENTRY_ACTION
from assurance.services.decisions import decide
from assurance.types import Entry, Outcome, Question
from channel_registry.queries import get_policy
from channel_registry.types import meets
from kit.call import CallContext
from kit.unit_of_work import deed
from sessions_hub.types import SessionState


@deed
def judge_entry(*, session: SessionState, channel: str, call: CallContext) -> Entry:
    """Whether a live session may go on to a channel: at the channel's least level, and with any confidence left.

    One statement while nothing stands against the subject; else it is decided, and recorded, like any other action.
    Raises ChannelUnavailable.
    """
    minimum = get_policy(channel).minimum_acr
    enough = meets(session.level.acr, minimum)
    if not list_standing(subject=session.subject):
        return Entry(Outcome.PERMIT if enough else Outcome.STEP_UP, minimum, level_is_enough=enough)
    question = Question(subject=session.subject, action=ENTRY_ACTION, sid=session.sid, channel=channel)
    decision = decide(question=question, call=call)
    outcome = decision.judgement.outcome
    if outcome is Outcome.PERMIT and not enough:
        outcome = Outcome.STEP_UP
    return Entry(outcome, minimum, level_is_enough=enough, decision_id=decision.id)
