"""What this room refuses."""

from kit.refusal import Refusal


class ConnectionInvalid(Refusal):
    """What is said about a connected system cannot be; `path` names the field."""

    code = "connection_invalid"
    status = 422
    message = "This cannot be said about a connected system."

    def __init__(self, path: str = "", detail: str = "") -> None:
        super().__init__(f"{path}: {detail}" if path and detail else detail)
        self.path = path


class ConnectionExists(Refusal):
    """There is a connected system of that short name."""

    code = "connection_exists"
    status = 409
    message = "There is a connected system with this short name."


class ConnectionDisabled(Refusal):
    """A connected system that is switched off is neither paused nor tested."""

    code = "connection_disabled"
    status = 409
    message = "The connected system is switched off."
