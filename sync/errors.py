"""What this room refuses."""

from kit.refusal import Refusal
from sync.types import SetFault


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


class SignatureInvalid(Refusal):
    """A delivery's signature is missing, made with another key, over something else, or too long ago."""

    code = "invalid_signature"
    status = 401
    message = "The delivery is not signed, or not by whom this feed belongs to, or not just now."


class StreamsExceeded(Refusal):
    """A client has as many streams as it may have."""

    code = "streams_exceeded"
    status = 409
    message = "You have as many streams as one client may have; delete one first."


class SetRefused(Refusal):
    """A security event token is not taken (RFC 8935 section 2.3); `fault` is the code of its section 2.4."""

    code = "set_refused"
    status = 400
    message = "The security event token is not taken."

    def __init__(self, fault: SetFault, detail: str = "") -> None:
        super().__init__(detail)
        self.fault = fault


class TransmitterInvalid(Refusal):
    """What is said about a transmitter cannot be; `path` names the field."""

    code = "transmitter_invalid"
    status = 422
    message = "This cannot be said about a transmitter."

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path


class KeysUnavailable(Refusal):
    """The keys of a transmitter cannot be fetched just now: its token may come again."""

    code = "keys_unavailable"
    status = 503
    message = "The keys to verify this with cannot be fetched. Try again later."


class FuseBlown(Refusal):
    """A transmitter told so much that somebody has to look first: its token may come again."""

    code = "fuse_blown"
    status = 503
    message = "Nothing is taken until somebody has looked. Try again later."
    retry_after = 600


class VerificationTooSoon(Refusal):
    """A stream is verified every few seconds at most (SSF 1.0 section 8.1.4.2)."""

    code = "verification_too_soon"
    status = 429
    message = "This stream was verified just now."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class ConnectionDisabled(Refusal):
    """A connected system that is switched off is neither paused nor tested."""

    code = "connection_disabled"
    status = 409
    message = "The connected system is switched off."


class FeedUnknown(Refusal):
    """There is no such feed, or it is another client's."""

    code = "feed_unknown"
    status = 404
    message = "There is no such feed, or none of yours."


class FeedClosed(Refusal):
    """An operator switched the feed off."""

    code = "feed_closed"
    status = 409
    message = "This feed is switched off."


class IdempotencyConflict(Refusal):
    """The key was used before, with another body."""

    code = "idempotency_conflict"
    status = 409
    message = "This Idempotency-Key was used before, with another body."


class FeedInvalid(Refusal):
    """A feed, or a document of feeds, says something that it cannot say; `path` names the field."""

    code = "feed_invalid"
    status = 422
    message = "The feed is not right."

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


class BatchSettled(Refusal):
    """The delivery does not wait for a decision any more."""

    code = "batch_settled"
    status = 409
    message = "This delivery does not wait for a decision any more."


class ScimRefused(Refusal):
    """A request of SCIM is not right; `scim_type` is its keyword (RFC 7644 section 3.12)."""

    code = "scim_refused"
    status = 400
    message = "This is not right."

    def __init__(self, scim_type: str = "invalidValue", detail: str = "") -> None:
        super().__init__(detail)
        self.scim_type = scim_type


class ScimTaken(Refusal):
    """A User of this name, or of this external id, is there."""

    code = "scim_taken"
    status = 409
    message = "There is a User with this userName or externalId."
    scim_type = "uniqueness"


class ScimChangedMeanwhile(Refusal):
    """The User is not in the version that was asked for any more."""

    code = "scim_changed_meanwhile"
    status = 412
    message = "The User has changed meanwhile."


class ScimNotOffered(Refusal):
    """A part of SCIM that is not offered here."""

    code = "scim_not_offered"
    status = 501
    message = "This is not offered."
