"""What the protocol desk refuses, in the words of its RFCs."""

from typing import ClassVar

from kit.refusal import Refusal


class OAuthError(Refusal):
    """Base of refusals that speak RFC 6749 section 5.2: `error` and `error_description`."""

    code: ClassVar[str] = "invalid_request"

    @property
    def error(self) -> str:
        """The wire value of `error`."""
        return self.code


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated or malformed (RFC 6749 section 5.2)."""

    code = "invalid_request"
    message = "The request is missing a parameter, repeats one, or is malformed."


class InvalidClient(OAuthError):
    """The client is unknown, disabled, or did not prove itself (RFC 6749 section 5.2)."""

    code = "invalid_client"
    status = 401
    message = "The client is unknown or did not prove itself."


class TooManyWrongSecrets(OAuthError):
    """A client, or a whole network, failed to prove itself too often; a right secret is not held up by this."""

    code = "temporarily_unavailable"
    status = 429
    message = "Too many wrong client authentications from here. Check the client's secret and try again later."

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class InvalidGrant(OAuthError):
    """The code or refresh token is not valid, or not for this client (RFC 6749 section 5.2)."""

    code = "invalid_grant"
    message = "The code or token is invalid, expired, revoked, or was issued to another client."


class UnauthorizedClient(OAuthError):
    """The client is not registered for this grant, or its channel does not offer it."""

    code = "unauthorized_client"
    message = "This client may not use this grant."


class UnsupportedGrantType(OAuthError):
    """The grant is not one of those the gateway offers."""

    code = "unsupported_grant_type"
    message = "This grant type is not offered."


class InvalidScope(OAuthError):
    """A scope is unknown or more than this client may have."""

    code = "invalid_scope"
    message = "A requested scope is unknown or not granted to this client."


class InvalidTarget(OAuthError):
    """A requested resource is not an audience of this client (RFC 8707)."""

    code = "invalid_target"
    message = "A requested resource is unknown or not open to this client."


class InvalidBindingMessage(OAuthError):
    """A binding message that cannot be shown to a person as it is (CIBA Core section 13)."""

    code = "invalid_binding_message"
    message = "A binding message is one line of 1 to 100 printable characters, without anything that changes its order."


class TooManyQuestions(OAuthError):
    """A customer, or this client, has been asked too often, or she said that it was not her (CIBA Core section 13)."""

    code = "access_denied"
    status = 403
    message = "Too many questions wait or were asked lately. Ask again later, or in another way."


class TooManyDeviceCodes(OAuthError):
    """A client asks for more device codes than anybody could type."""

    code = "slow_down"
    status = 429
    message = "This client asks for too many codes. Try again later."

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class ApprovalGone(Refusal):
    """The request has been answered, has expired, belongs to somebody else, or never was."""

    code = "approval_gone"
    status = 404
    message = "There is no such request, or it has been answered or has expired."


class WrongNumber(Refusal):
    """The number is not the one that the other side shows."""

    code = "wrong_number"
    status = 422
    message = "That is not the number that the other side shows."


class CannotApproveHere(Refusal):
    """The session or app that answers is not one that may say yes for the customer."""

    code = "cannot_approve_here"
    status = 403
    message = "This session or app cannot answer for the customer."


class StepUpNeeded(Refusal):
    """What the session has proved is not enough for this answer; told as a challenge of RFC 9470."""

    code = "step_up_needed"
    status = 401
    message = "A stronger proof is needed for this."


class UnusableAuthorizationRequest(Refusal):
    """Nobody to send an answer to: the client or its redirect URI cannot be trusted, so nothing is redirected."""

    code = "authorization_request_unusable"
    message = "The app that sent you here made a request we cannot answer."


class InteractionGone(Refusal):
    """The waiting authorization request has expired, was already finished, or never existed."""

    code = "interaction_gone"
    status = 404
    message = "This sign-in request has expired or was already used."


class InvalidAccessToken(Refusal):
    """The access token is missing, malformed, expired, revoked, or meant for someone else (RFC 6750)."""

    code = "invalid_token"
    status = 401
    message = "The access token is missing or no longer valid."


class ClientInvalid(Refusal):
    """A client registration that contradicts itself; the detail names the field."""

    code = "client_invalid"
    status = 422
    message = "The client registration is not valid."
