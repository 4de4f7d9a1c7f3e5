"""What the judge announces."""

from audit.types import EventType

DECISION_MADE = EventType(
    "decision.made", "It was decided what may be done in a session; the line holds everything it rests on."
)
DECISION_LABELED = EventType("decision.labeled", "A channel reported what came of a decision.")
CLAIM_IGNORED = EventType(
    "decision.claim_ignored", "A caller sent a value that only the gateway may say; it was ignored."
)
RISK_RAISED = EventType(
    "risk.raised", "A standing risk weighs on the account until somebody clears it.", deliverable=True
)
RISK_CLEARED = EventType("risk.cleared", "A standing risk weighs on the account no more.", deliverable=True)
FEED_CHANGED = EventType("feed.changed", "An inbound feed is in another health; decisions trust it accordingly.")
WEIGHTS_ESTIMATED = EventType("weights.estimated", "What signals weigh was estimated anew from outcomes.")
STEP_UP_BEGUN = EventType("step_up.begun", "A customer's app asks her for more proof.")
STEP_UP_REFUSED = EventType("step_up.refused", "A proof given for a step-up was not right.")
STEP_UP_DONE = EventType("step_up.done", "A step-up led to what was wanted.")
