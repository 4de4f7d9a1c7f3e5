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
