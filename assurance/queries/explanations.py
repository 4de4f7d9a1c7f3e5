"""Why a decision was made: what was stored, judged again, in numbers and in words."""

from dataclasses import dataclass

from assurance.errors import DecisionUnknown
from assurance.queries.poisonings import list_poisoned
from assurance.queries.records import RecordedDecision, find_decision
from assurance.rules import judge, tell, write_judgement
from assurance.types import Judgement
from kit.call import Caller


@dataclass(frozen=True, slots=True)
class Explanation:
    """A recorded decision and its judgement, made again from the stored facts.

    `is_same` says that judging again gave what was answered then, number and all. `words` can be read aloud.
    `degraded_by` names the feeds that were not well, or too old for the action; `poisoned_by` those that were taken for
    well then, and of which it is known by now that they brought wrong data.
    """

    decision: RecordedDecision
    judgement: Judgement
    is_same: bool
    words: tuple[str, ...]
    degraded_by: tuple[str, ...]
    poisoned_by: tuple[str, ...]


def get_explanation(*, decision_id: str, reader: Caller) -> Explanation:
    """Why a decision was made, for the client that asked, one that serves it, or an operator.

    Raises DecisionUnknown for anybody else's.
    """
    decision = find_decision(decision_id=decision_id)
    if decision is None or not (reader.roles or reader.serves_client(decision.client_id)):
        raise DecisionUnknown
    judgement = judge(decision.facts)
    return Explanation(
        decision=decision,
        judgement=judgement,
        is_same=write_judgement(judgement) == decision.judgement,
        words=tell(decision.facts, judgement),
        degraded_by=judgement.degraded,
        poisoned_by=list_poisoned([decision]).get(decision.id, ()),
    )
