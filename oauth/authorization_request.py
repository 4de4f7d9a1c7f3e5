"""From raw parameters to a validated authorization request, by oauthlib and the rules of OIDC Core."""

from functools import lru_cache
from urllib.parse import urlencode

from oauthlib.oauth2.rfc6749.errors import (
    FatalClientError,
    InvalidClientIdError,
    InvalidRedirectURIError,
    MismatchingRedirectURIError,
    MissingClientIdError,
    OAuth2Error,
)

from kit.http import passed_on_id
from oauth import conf
from oauth.errors import InvalidRequest, InvalidTarget, UnusableAuthorizationRequest
from oauth.models import Client
from oauth.queries import read_id_token_hint
from oauth.rules import first_objection, read_claims, readable_hint
from oauth.server import GatewayServer
from oauth.tokens import audience_for
from oauth.types import AuthorizationRequest, Claims, Parameters
from oauth.validator import GatewayValidator


class RedirectedError(Exception):
    """An error that may travel to the client: its redirect URI has been checked (RFC 6749 section 4.1.2.1)."""

    def __init__(self, error: str, description: str, *, redirect_uri: str, state: str | None) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.redirect_uri = redirect_uri
        self.state = state


#: For the people who run the app; the person before the page is told that it is not her doing.
_IN_PLAIN_WORDS: dict[type[FatalClientError], str] = {
    MissingClientIdError: "The request names no client_id.",
    InvalidClientIdError: "The client_id is unknown, or the client is switched off.",
    MismatchingRedirectURIError: "The redirect_uri is not registered for this client. It must be equal byte for byte.",
    InvalidRedirectURIError: "The redirect_uri is not an absolute address.",
}


@lru_cache(maxsize=1)
def _server() -> GatewayServer:
    return GatewayServer(GatewayValidator())


def validate_request(parameters: Parameters) -> tuple[AuthorizationRequest, Client]:
    """The request and its client.

    Raises UnusableAuthorizationRequest where nothing may be redirected, RedirectedError otherwise.
    """
    if not parameters.get("redirect_uri"):
        raise UnusableAuthorizationRequest("The request names no redirect_uri.")
    uri = f"{conf.issuer()}/oauth/authorize?{urlencode(dict(parameters.values))}"
    try:
        scopes, credentials = _server().validate_authorization_request(uri)
    except FatalClientError as error:
        raise UnusableAuthorizationRequest(_IN_PLAIN_WORDS.get(type(error), error.description)) from error
    except OAuth2Error as error:
        raise RedirectedError(
            error.error,
            error.description or "",
            redirect_uri=parameters.get("redirect_uri"),
            state=parameters.get("state") or None,
        ) from error
    client: Client = credentials["request"].client
    return _read(parameters, tuple(dict.fromkeys(scopes)), client), client


def _read(parameters: Parameters, scopes: tuple[str, ...], client: Client) -> AuthorizationRequest:
    redirect_uri, state = parameters.get("redirect_uri"), parameters.get("state") or None
    try:
        audience_for(client, parameters.resource)
        hinted_subject = _hinted_subject(parameters.get("id_token_hint"), client)
    except (InvalidRequest, InvalidTarget) as error:
        raise RedirectedError(error.code, error.detail, redirect_uri=redirect_uri, state=state) from error
    if objection := first_objection(parameters):
        raise RedirectedError(*objection, redirect_uri=redirect_uri, state=state)
    claims = read_claims(parameters.get("claims")) or Claims()
    if claims.subject and hinted_subject not in (None, claims.subject):
        raise RedirectedError(
            "invalid_request", "claims and id_token_hint name two people.", redirect_uri=redirect_uri, state=state
        )
    max_age = parameters.get("max_age")
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scopes=scopes,
        code_challenge=parameters.get("code_challenge"),
        state=state,
        nonce=parameters.get("nonce"),
        prompt=frozenset(parameters.get("prompt").split()),
        max_age=int(max_age) if max_age else None,
        acr_values=tuple(parameters.get("acr_values").split()),
        essential_acr=claims.essential_acr,
        resource=parameters.resource,
        login_hint=readable_hint(parameters.get("login_hint")),
        hinted_subject=hinted_subject or claims.subject,
        journey=passed_on_id(parameters.get("journey")) or "",
    )


def _hinted_subject(hint: str, client: Client) -> str | None:
    if not hint:
        return None
    claims = read_id_token_hint(token=hint)
    if claims["aud"] != client.client_id:
        raise InvalidRequest("id_token_hint was issued to another client.")
    return str(claims["sub"])
