"""The endpoints that authenticated clients call: token, introspection, revocation."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy
from kit import clock
from kit.call import Caller, CallerKind
from kit.http import call_from, client_address
from kit.throttle import count, network_of
from oauth import conf
from oauth.errors import (
    InvalidClient,
    OAuthError,
    TooManyDeviceCodes,
    TooManyWrongSecrets,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from oauth.forms import read_form, require
from oauth.grants import GRANTS
from oauth.models import Client
from oauth.queries import authenticate_client, claimed_client_id, introspect
from oauth.services import revoke_token
from oauth.types import NOT_A_TOKEN, GrantType, Issued, Parameters, Refused, TokenRequest
from oauth.views.answers import open_to_any_origin, preflight

Door = Callable[[HttpRequest], HttpResponse]


def client_endpoint(
    view: Callable[[HttpRequest, Parameters, Client], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A POST endpoint for authenticated clients: reads the form, finds the client, speaks RFC 6749 errors.

    Pages of any site may call it, as public clients in a browser do: cookies play no part in the answer.
    """

    @csrf_exempt
    @require_http_methods(["POST", "OPTIONS"])
    @wraps(view)
    def door(request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            return preflight("POST")
        try:
            form = read_form(request)
            response = view(request, form, _authenticate(request, form))
        except OAuthError as error:
            response = _oauth_error(error.code, error.detail, error.status)
            if isinstance(error, TooManyWrongSecrets | TooManyDeviceCodes):
                response["Retry-After"] = str(error.retry_after)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return open_to_any_origin(response)

    return door


def _authenticate(request: HttpRequest, form: Parameters) -> Client:
    """The client that proved itself. Wrong proofs are counted, over all endpoints and grants together.

    They are counted after the secret was found wrong, so that a right one always passes: nobody can lock a client out
    by guessing in its name, and guessing 256 random bits needs no lock.
    """
    authorization, client_id = request.headers.get("Authorization", ""), form.get("client_id")
    try:
        return authenticate_client(
            authorization=authorization, client_id=client_id, client_secret=form.get("client_secret")
        )
    except InvalidClient as error:
        claimed = claimed_client_id(authorization=authorization, client_id=client_id)
        if retry_after := _count_wrong_secret(request, claimed):
            raise TooManyWrongSecrets(retry_after=retry_after) from error
        raise


def _count_wrong_secret(request: HttpRequest, client_id: str) -> int:
    network, now = network_of(client_address(request)), clock.now().timestamp()
    return max(
        count(
            name,
            key,
            limit=conf.wrong_secrets_limit(limit),
            seconds=conf.WRONG_SECRETS_WINDOW_SECONDS,
            now=now,
        )
        for name, key, limit in (
            ("client-and-network", f"{client_id}|{network}", conf.WRONG_SECRETS_PER_CLIENT),
            ("client-network", network, conf.WRONG_SECRETS_PER_NETWORK),
        )
    )


def _oauth_error(error: str, description: str, status: int = 400) -> HttpResponse:
    response = JsonResponse({"error": error, "error_description": description}, status=status)
    if error == InvalidClient.code:
        response["WWW-Authenticate"] = 'Basic realm="throughline"'
    return response


def client_caller(client: Client) -> Caller:
    """Who calls where a client calls for itself."""
    return Caller(kind=CallerKind.CLIENT, client_id=client.client_id)


@client_endpoint
def token(request: HttpRequest, form: Parameters, client: Client) -> HttpResponse:
    """The token endpoint (RFC 6749 section 3.2): one grant, one deed."""
    grant_type = require(form, "grant_type")
    exchange = GRANTS.get(grant_type)
    if exchange is None:
        raise UnsupportedGrantType
    check_way_in(client, grant_type)
    issued = exchange(
        request=_token_request(form, grant_type),
        client=client,
        call=call_from(request, caller=client_caller(client), channel=client.channel_id),
    )
    if isinstance(issued, Refused):
        return _oauth_error(issued.error, issued.description)
    return JsonResponse(_token_body(issued))


_REQUIRED: dict[str, tuple[str, ...]] = {
    GrantType.AUTHORIZATION_CODE: ("code", "redirect_uri", "code_verifier"),
    GrantType.REFRESH_TOKEN: ("refresh_token",),
    GrantType.TOKEN_EXCHANGE: ("subject_token", "subject_token_type"),
    GrantType.DEVICE_CODE: ("device_code",),
    GrantType.CIBA: ("auth_req_id",),
}


def _token_request(form: Parameters, grant_type: str) -> TokenRequest:
    for name in _REQUIRED.get(grant_type, ()):
        require(form, name)
    return TokenRequest(
        grant_type=grant_type,
        code=form.get("code"),
        redirect_uri=form.get("redirect_uri"),
        code_verifier=form.get("code_verifier"),
        refresh_token=form.get("refresh_token"),
        scope=form.get("scope"),
        resource=form.resource,
        device_code=form.get("device_code"),
        auth_req_id=form.get("auth_req_id"),
        subject_token=form.get("subject_token"),
        subject_token_type=form.get("subject_token_type"),
        actor_token=form.get("actor_token"),
        actor_token_type=form.get("actor_token_type"),
        requested_token_type=form.get("requested_token_type"),
        audience=form.get("audience"),
    )


def check_way_in(client: Client, grant_type: str) -> None:
    """Whether the client is registered for a grant that its channel offers. Raises UnauthorizedClient."""
    try:
        policy = get_policy(client.channel_id)
    except ChannelUnavailable as error:
        raise UnauthorizedClient("The channel of this client is closed.") from error
    if not client.has_grant(grant_type) or GrantType(grant_type).way_in not in policy.grants:
        raise UnauthorizedClient


def _token_body(issued: Issued) -> dict[str, Any]:
    body: dict[str, Any] = {
        "access_token": issued.access_token,
        "token_type": issued.token_type,
        "expires_in": issued.expires_in,
    }
    if issued.token_type != NOT_A_TOKEN:  # RFC 8693 section 2.2.1
        body["scope"] = issued.scope
    if issued.issued_token_type:
        body["issued_token_type"] = issued.issued_token_type
    if issued.device_secret:
        body["device_secret"] = issued.device_secret
    if issued.refresh_token:
        body["refresh_token"] = issued.refresh_token
    if issued.id_token:
        body["id_token"] = issued.id_token
    return body


@client_endpoint
def introspection(request: HttpRequest, form: Parameters, client: Client) -> HttpResponse:
    """Token introspection (RFC 7662), for confidential clients only."""
    if not client.is_confidential:
        raise InvalidClient
    return JsonResponse(introspect(token=require(form, "token"), asking=client, now=call_from(request).now))


@client_endpoint
def revocation(request: HttpRequest, form: Parameters, client: Client) -> HttpResponse:
    """Token revocation (RFC 7009): the answer is the same whether there was something to revoke or not."""
    call = call_from(request, caller=client_caller(client), channel=client.channel_id)
    revoke_token(token=require(form, "token"), client=client, call=call)
    return HttpResponse(status=200)
