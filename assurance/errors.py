"""What the judge refuses to answer."""

from kit.refusal import Refusal


class DecisionUnknown(Refusal):
    """There is no such decision, or none that this caller may see."""

    code = "decision_unknown"
    status = 404
    message = "There is no such decision, or none you may see."


class LabelConflict(Refusal):
    """The same kind of outcome was already reported for this decision."""

    code = "label_conflict"
    status = 409
    message = "This outcome was reported before."
