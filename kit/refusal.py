"""What a deed raises when it refuses: a state of affairs with a stable wire code."""

from typing import ClassVar


class Refusal(Exception):
    """Base of every refusal. Nothing was changed when one is raised.

    Subclasses in a room's `errors.py` name the state of affairs and write out `code` (stable, on the wire),
    `status` (HTTP) and `message` (one sentence for a person, without personal data).
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    message: ClassVar[str] = "This cannot be done."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.message)
        self.detail = detail or self.message


class NotFound(Refusal):
    """No such thing, or none that this caller may know of."""

    code = "not_found"
    status = 404
    message = "There is nothing here, or nothing you may see."


class NotAllowed(Refusal):
    """The caller is known but may not do this."""

    code = "not_allowed"
    status = 403
    message = "You may not do this."


class InsufficientScope(Refusal):
    """The access token does not carry the scope that this door asks for (RFC 6750 section 3.1)."""

    code = "insufficient_scope"
    status = 403
    message = "Your access token lacks the scope for this."


class MalformedInput(Refusal):
    """A value that no well-behaved caller sends: NUL bytes, wrong shape, too long; `line` says where in a text."""

    code = "malformed_input"
    status = 400
    message = "A value in the request is malformed."

    def __init__(self, detail: str = "", line: int | None = None) -> None:
        super().__init__(detail)
        self.line = line


class Unavailable(Refusal):
    """The database cannot be reached, or does not answer in time: nothing is known, so nothing is permitted."""

    code = "unavailable"
    status = 503
    message = "This cannot be answered at the moment. Try again."
    retry_after: ClassVar[int] = 2
