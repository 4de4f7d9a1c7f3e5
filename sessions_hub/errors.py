"""What this room refuses."""

from kit.refusal import Refusal


class SessionEnded(Refusal):
    """The session was revoked, has expired, was idle for too long, or never was."""

    code = "session_ended"
    status = 401
    message = "This session has ended. Sign in again."


class SignInRefused(Refusal):
    """The account is not active, so that no session can start for it."""

    code = "sign_in_refused"
    status = 403
    message = "This account cannot be used to sign in."
