"""What this room refuses."""

from kit.refusal import NotAllowed, Refusal


class SessionEnded(Refusal):
    """The session was revoked, has expired, was idle for too long, or never was."""

    code = "session_ended"
    status = 401
    message = "This session has ended. Sign in again."


class NotHerOwn(NotAllowed):
    """Somebody acts for the customer in this session: nothing comes out of it."""

    code = "session_assisted"
    message = "This can't be done in a session in which somebody acts for the customer."


class HandoffClosed(Refusal):
    """The target channel's policy does not open `handoff`, or there is no such target."""

    code = "handoff_closed"
    status = 403
    message = "No session can be handed over there."


class TooManyHandoffs(Refusal):
    """More tickets were made of one session in a minute than any person goes anywhere."""

    code = "too_many_handoffs"
    status = 429
    message = "This session was handed over many times just now. Wait a minute, then try again."

    def __init__(self, *, retry_after: int = 60) -> None:
        super().__init__()
        self.retry_after = retry_after


class HandoffUnknown(Refusal):
    """There is no such ticket, or it is another client's."""

    code = "handoff_unknown"
    status = 404
    message = "There is no such ticket."


class HandoffExpired(Refusal):
    """The ticket was not redeemed in time."""

    code = "handoff_expired"
    status = 410
    message = "This ticket has expired. Ask for another."


class HandoffReplayed(Refusal):
    """The ticket was redeemed before; the customer has been told."""

    code = "handoff_replayed"
    status = 409
    message = "This ticket was used already."


class HandoffElsewhere(Refusal):
    """The ticket was made for another device; the customer has been told, and it is worth nothing any more."""

    code = "handoff_elsewhere"
    status = 403
    message = "This ticket was made for another device."


class HandoffSessionEnded(Refusal):
    """The session that the ticket carries has ended."""

    code = "handoff_session_ended"
    status = 410
    message = "The session that this ticket carries has ended."


class SignInRefused(Refusal):
    """The account is not active, so that no session can start for it."""

    code = "sign_in_refused"
    status = 403
    message = "This account cannot be used to sign in."
