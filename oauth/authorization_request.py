"""From raw parameters to a validated authorization request, by oauthlib and the rules of OIDC Core."""

from functools import lru_cache
from urllib.parse import urlencode

from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from oauth import conf
from oauth.errors import InvalidTarget, UnusableAuthorizationRequest
from oauth.forms import Parameters
from oauth.models import Client
from oauth.server import GatewayServer
from oauth.tokens import audience_for
from oauth.types import AuthorizationRequest
from oauth.validator import GatewayValidator

_KNOWN_PROMPTS = {"none", "login", "consent", "select_account"}
_NOT_OFFERED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}


class RedirectedError(Exception):
    """An error that may travel to the client: its redirect URI has been checked (RFC 6749 section 4.1.2.1)."""

    def __init__(self, error: str, description: str, *, redirect_uri: str, state: str | None) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.redirect_uri = redirect_uri
        self.state = state


@lru_cache(maxsize=1)
def _server() -> GatewayServer:
    return GatewayServer(GatewayValidator())


def validate_request(parameters: Parameters) -> tuple[AuthorizationRequest, Client]:
    """The request and its client.

    Raises UnusableAuthorizationRequest where nothing may be redirected, RedirectedError otherwise.
    """
    if not parameters.get("redirect_uri"):
        raise UnusableAuthorizationRequest("The app named no address to return to.")
    uri = f"{conf.issuer()}/oauth/authorize?{urlencode(dict(parameters.values))}"
    try:
        scopes, credentials = _server().validate_authorization_request(uri)
    except FatalClientError as error:
        raise UnusableAuthorizationRequest(error.description) from error
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
    def refuse(error: str, description: str) -> RedirectedError:
        return RedirectedError(
            error,
            description,
            redirect_uri=parameters.get("redirect_uri"),
            state=parameters.get("state") or None,
        )

    for name, code in _NOT_OFFERED.items():
        if parameters.get(name):
            raise refuse(code, f"The parameter {name} is not offered.")
    if parameters.get("response_mode") not in ("", "query"):
        raise refuse("invalid_request", "response_mode must be query.")
    prompt = frozenset(parameters.get("prompt").split())
    if not prompt <= _KNOWN_PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise refuse("invalid_request", "prompt holds an unknown value, or none beside another.")
    max_age = parameters.get("max_age")
    if max_age and not (max_age.isascii() and max_age.isdigit() and len(max_age) <= 9):
        raise refuse("invalid_request", "max_age must be a number of seconds.")
    if len(parameters.get("nonce")) > 255:
        raise refuse("invalid_request", "nonce is too long.")
    try:
        audience_for(client, parameters.resource)
    except InvalidTarget as error:
        raise refuse(error.code, error.message) from error
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=parameters.get("redirect_uri"),
        scopes=scopes,
        code_challenge=parameters.get("code_challenge"),
        state=parameters.get("state") or None,
        nonce=parameters.get("nonce"),
        prompt=prompt,
        max_age=int(max_age) if max_age else None,
        acr_values=tuple(parameters.get("acr_values").split()),
        resource=parameters.resource,
    )
