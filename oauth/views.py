"""The doors of the protocol desk. OAuth endpoints answer in their RFC's words, people get pages."""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy
from kit.call import Caller, CallerKind
from kit.http import call_from
from oauth import browser_targets, conf
from oauth.client_authentication import authenticate_client
from oauth.errors import (
    InteractionGone,
    InvalidAccessToken,
    InvalidClient,
    InvalidRequest,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnusableAuthorizationRequest,
)
from oauth.flows.authorization import Answer, Ask, begin, resume
from oauth.forms import Parameters, read_form, read_query
from oauth.grants import GRANTS
from oauth.metadata import authorization_server_metadata, published_jwks
from oauth.models import Client
from oauth.queries import get_userinfo, introspect, read_access_token
from oauth.scopes import SCOPES
from oauth.services import revoke_token
from oauth.types import Issued, Prompt, Refused, TokenRequest

View = Callable[..., HttpResponse]
_PROMPT_PAGES = {
    Prompt.SIGN_IN: "account_login",
    Prompt.REAUTHENTICATE: "account_reauthenticate",
    Prompt.RAISE_LEVEL: "mfa_reauthenticate",
}


# --- Authorization ----------------------------------------------------------------------------------------------


@csrf_exempt  # a POST from the client's site carries an OIDC request, not an action of ours (Core 3.1.2.1)
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """The authorization endpoint (RFC 6749 section 3.1, OIDC Core 3.1.2)."""
    try:
        parameters = read_form(request) if request.method == "POST" else read_query(request)
        answer = begin(parameters=parameters, session=_session(request), call=call_from(request))
    except (InvalidRequest, UnusableAuthorizationRequest) as error:
        return _error_page(request, error)
    return _follow(request, answer)


@csrf_protect
@require_http_methods(["GET", "POST"])
def resume_authorization(request: HttpRequest, uid: str) -> HttpResponse:
    """A waiting request, visited again after a prompt was met, or with the answer of the consent page."""
    allow = {"yes": True, "no": False}.get(request.POST.get("allow", "")) if request.method == "POST" else None
    try:
        answer = resume(uid=uid, session=_session(request), call=call_from(request), allow=allow)
    except (InteractionGone, UnusableAuthorizationRequest) as error:
        return _error_page(request, error)
    return _follow(request, answer)


def _session(request: HttpRequest) -> Any:
    return getattr(request, "hub_session", None)


def _follow(request: HttpRequest, answer: Answer | Ask) -> HttpResponse:
    if isinstance(answer, Answer):
        return _redirect(answer.location)
    browser_targets.remember(request, answer.request.redirect_uri)
    here = reverse("oauth:resume", args=[answer.uid])
    if answer.prompt is Prompt.CONSENT:
        return _consent_page(request, answer, here)
    return _redirect(f"{reverse(_PROMPT_PAGES[answer.prompt])}?{urlencode({'next': here})}")


def _consent_page(request: HttpRequest, ask: Ask, here: str) -> HttpResponse:
    context = {
        "client_name": ask.client.name,
        "scopes": [{"name": scope, "meaning": SCOPES[scope]} for scope in ask.request.scopes],
        "action_url": here,
        "account_label": request.user.get_short_name(),  # type: ignore[union-attr]
    }
    return _private(render(request, "oauth/consent.html", context))


def _error_page(request: HttpRequest, error: Any) -> HttpResponse:
    context = {"title": error.message, "message": error.detail, "code": error.code}
    return _private(render(request, "oauth/error.html", context, status=error.status))


def _redirect(location: str) -> HttpResponse:
    response = HttpResponse(status=303)
    response["Location"] = location
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    # Not no-referrer: a browser would post the consent form with `Origin: null`, which the CSRF check refuses.
    response["Referrer-Policy"] = "same-origin"
    return response


# --- Endpoints that clients call ----------------------------------------------------------------------------------


def client_endpoint(view: Callable[[HttpRequest, Parameters, Client], HttpResponse]) -> View:
    """A POST endpoint for authenticated clients: reads the form, finds the client, speaks RFC 6749 errors."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def door(request: HttpRequest) -> HttpResponse:
        try:
            form = read_form(request)
            client = authenticate_client(
                authorization=request.headers.get("Authorization", ""),
                client_id=form.get("client_id"),
                client_secret=form.get("client_secret"),
            )
            response = view(request, form, client)
        except OAuthError as error:
            response = _oauth_error(error.code, error.detail, error.status)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return response

    return door


def _oauth_error(error: str, description: str, status: int = 400) -> HttpResponse:
    response = JsonResponse({"error": error, "error_description": description}, status=status)
    if error == InvalidClient.code:
        response["WWW-Authenticate"] = 'Basic realm="throughline"'
    return response


def _client_caller(client: Client) -> Caller:
    return Caller(kind=CallerKind.CLIENT, client_id=client.client_id)


@client_endpoint
def token(request: HttpRequest, form: Parameters, client: Client) -> HttpResponse:
    """The token endpoint (RFC 6749 section 3.2): one grant, one deed."""
    grant_type = form.require("grant_type")
    exchange = GRANTS.get(grant_type)
    if exchange is None:
        raise UnsupportedGrantType
    _check_way_in(client, grant_type)
    issued = exchange(
        request=_token_request(form, grant_type),
        client=client,
        call=call_from(request, caller=_client_caller(client), channel=client.channel_id),
    )
    if isinstance(issued, Refused):
        return _oauth_error(issued.error, issued.description)
    return JsonResponse(_token_body(issued))


_REQUIRED = {"authorization_code": ("code", "redirect_uri", "code_verifier"), "refresh_token": ("refresh_token",)}


def _token_request(form: Parameters, grant_type: str) -> TokenRequest:
    for name in _REQUIRED.get(grant_type, ()):
        form.require(name)
    return TokenRequest(
        grant_type=grant_type,
        code=form.get("code"),
        redirect_uri=form.get("redirect_uri"),
        code_verifier=form.get("code_verifier"),
        refresh_token=form.get("refresh_token"),
        scope=form.get("scope"),
        resource=form.resource,
    )


def _check_way_in(client: Client, grant_type: str) -> None:
    try:
        policy = get_policy(client.channel_id)
    except ChannelUnavailable as error:
        raise UnauthorizedClient("The channel of this client is closed.") from error
    if not client.has_grant(grant_type) or grant_type not in policy.grants:
        raise UnauthorizedClient


def _token_body(issued: Issued) -> dict[str, Any]:
    body = {name: value for name, value in asdict(issued).items() if value != ""}
    return {**body, "token_type": "Bearer", "scope": issued.scope}


@client_endpoint
def introspection(request: HttpRequest, form: Parameters, client: Client) -> HttpResponse:
    """Token introspection (RFC 7662), for confidential clients only."""
    if not client.is_confidential:
        raise InvalidClient
    return JsonResponse(introspect(token=form.require("token"), asking=client, now=call_from(request).now))


@client_endpoint
def revocation(request: HttpRequest, form: Parameters, client: Client) -> HttpResponse:
    """Token revocation (RFC 7009): the answer is the same whether there was something to revoke or not."""
    call = call_from(request, caller=_client_caller(client), channel=client.channel_id)
    revoke_token(token=form.require("token"), client=client, call=call)
    return HttpResponse(status=200)


# --- Endpoints that carry an access token ----------------------------------------------------------------------------


@csrf_exempt
@require_http_methods(["GET", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """Claims about the customer (OIDC Core 5.3); the token travels in the Authorization header only."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    call = call_from(request)
    try:
        if scheme.lower() != "bearer" or not token:
            return _bearer_error("", 401)
        claims = read_access_token(token=token.strip(), now=call.now, audience=conf.own_audience())
        scopes = frozenset(claims["scope"].split())
        if "openid" not in scopes or "sid" not in claims:
            return _bearer_error('error="insufficient_scope", scope="openid"', 403)
        body = get_userinfo(subject=claims["sub"], scopes=scopes)
    except InvalidAccessToken:
        return _bearer_error('error="invalid_token"', 401)
    return _private(JsonResponse(body))


def _bearer_error(details: str, status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    response["WWW-Authenticate"] = f'Bearer realm="throughline"{", " if details else ""}{details}'
    return _private(response)


# --- Documents ------------------------------------------------------------------------------------------------------


@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """OIDC Discovery and RFC 8414: one document at both addresses."""
    response = JsonResponse(authorization_server_metadata())
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys that tokens verify with (RFC 7517)."""
    response = JsonResponse(published_jwks(), content_type="application/jwk-set+json")
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response
