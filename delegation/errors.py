"""What this room refuses."""

from kit.refusal import NotAllowed, Refusal


class NotStaff(NotAllowed):
    """The caller is no operator of the role support or admin, or acts for somebody else already."""

    code = "not_staff"
    message = "This is for staff who help customers."


class StaffLevelTooLow(Refusal):
    """The staff member's own session proves less than two factors at this moment (RFC 9470)."""

    code = "insufficient_user_authentication"
    status = 401
    message = "Sign in with your second factor to help a customer."
    wanted = 'acr_values="urn:throughline:2fa"'


class AssistanceClosed(NotAllowed):
    """The policy of the client's channel does not open the way in `assistance`."""

    code = "assistance_closed"
    message = "Customers are not helped by staff on this channel."


class VerificationRequired(NotAllowed):
    """Nothing valid says that the customer is there: no fresh proof, no session handed over."""

    code = "verification_required"
    message = "The customer has to confirm who she is first."


class DelegationEnded(Refusal):
    """The right to act for the customer was taken back, has expired, or never was this caller's."""

    code = "delegation_ended"
    status = 403
    message = "You can no longer act for this customer."


class TooManyLookups(Refusal):
    """One staff member looked up more customers than anybody helps at a time."""

    code = "too_many_lookups"
    status = 429
    message = "You looked up many customers. Wait a minute, then try again."

    def __init__(self, *, retry_after: int = 60) -> None:
        super().__init__()
        self.retry_after = retry_after
