"""A change of a policy before somebody else: tried on recorded decisions, then proposed.

The way of the change itself (draft, proposed, approved, rejected, withdrawn) is `channel_registry`'s; what it would
have done to real decisions only the judge can say, so the two meet here.
"""

from dataclasses import asdict
from typing import Any

from assurance.queries import replay
from assurance.types import Differences
from channel_registry.queries import get_draft, read_policy
from channel_registry.services import keep_simulation
from channel_registry.services import propose_draft as propose
from kit.call import CallContext
from kit.refusal import NotFound

MOST_DECISIONS = 2000
"""How many of the newest decisions are judged again, so that a person waits a second or two and no longer."""


def simulate_draft(*, draft: int, call: CallContext) -> Differences:
    """Judge recorded decisions under a change, against the policy in force, and keep what came out beside it.

    Raises NotFound, DraftSettled, ChannelUnavailable.
    """
    row = get_draft(draft)
    if row.channel_id is None:
        raise NotFound("No decision rests on the ranking of the sources.")
    found = replay(channel=row.channel_id, policy=read_policy(row.body), limit=MOST_DECISIONS)
    keep_simulation(draft=draft, digest=row.digest, simulation=_stored(found), call=call)
    return found


def propose_draft(*, draft: int, call: CallContext) -> None:
    """Simulate a change and put it before somebody else; a ranking of sources is not simulated: no decision is by it.

    What is proposed is what was simulated. Raises NotFound, NotAllowed, DraftSettled, DraftOutdated.
    """
    row = get_draft(draft)
    if row.channel_id is not None:
        simulate_draft(draft=draft, call=call)
    propose(draft=draft, digest=row.digest, call=call)


def _stored(found: Differences) -> dict[str, Any]:
    named = [{**asdict(each), "decided_at": each.decided_at.isoformat()} for each in found.named]
    return {**asdict(found), "named": named, "since": found.since.isoformat() if found.since else None}
