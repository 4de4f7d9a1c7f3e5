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


class StepUpUnknown(Refusal):
    """There is no such step-up, or it is another customer's, another session's or another app's."""

    code = "step_up_unknown"
    status = 404
    message = "There is no such step-up, or none of yours."


class StepUpOver(Refusal):
    """The step-up was finished, has failed or has expired: begin another one."""

    code = "step_up_over"
    status = 409
    message = "This step-up is over. Begin another one."


class StepUpUnreachable(Refusal):
    """Nothing that this customer can prove on this channel leads to what is wanted."""

    code = "unmet_authentication_requirements"
    status = 403
    message = "Nothing that can be proved here is enough for this."


class StepUpElsewhere(Refusal):
    """The app is not one of the house, or holds the session for the customer: it takes no proofs from her."""

    code = "step_up_elsewhere"
    status = 403
    message = "This app cannot take a proof. Send the customer to the authorization endpoint."


class TooManyCodes(Refusal):
    """More codes were asked for than anybody waits for."""

    code = "too_many_codes"
    status = 429
    message = "Too many codes were sent. Wait a few minutes, then begin again."
