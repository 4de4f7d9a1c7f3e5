"""The door for signing out from a client's site (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kit.ids import new_id
from oauth import browser
from oauth.browser import household_of
from oauth.errors import InvalidRequest
from oauth.forms import read_form, read_query
from oauth.models import Client
from oauth.queries import find_client, read_id_token_hint
from oauth.types import Parameters
from oauth.views.answers import private, redirect
from sessions_hub.types import AccountHere

_CARRIED = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A sign-out request after its hint was checked: who asks, about which session, and where to go then."""

    client: Client | None
    hinted_sid: str | None
    return_to: str | None


@csrf_exempt  # the confirmation is ours and is checked below; the first POST comes from the client's site
@require_http_methods(["GET", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """End a session of this browser: at once the one that the hint names, else, after the person said so, hers or all.

    Of several people who are signed in here the others stay so. Nothing is redirected unless the address is registered
    for the client, byte for byte.
    """
    try:
        parameters = read_form(request) if request.method == "POST" else read_query(request)
        asked = _read(parameters)
    except InvalidRequest as error:
        context = {"title": "You are not signed out.", "message": error.detail, "code": error.code}
        return private(render(request, "oauth/error.html", context, status=400))
    household = household_of(request)
    here = household.list_here()
    hinted = [each.subject for each in household.list_sessions() if each.sid == asked.hinted_sid]
    leaving = hinted or _confirmed(request, parameters, here)
    for subject in leaving:
        household.leave(subject)
    if leaving or not here:
        return _leave(request, asked)
    if request.method == "POST" and parameters.get("allow") == "no":
        return private(render(request, "oauth/signed_out.html", {"still_signed_in": True}))
    return _ask(request, parameters, asked, here)


def _read(parameters: Parameters) -> LogoutRequest:
    claims = _read_hint(parameters.get("id_token_hint"))
    client_id = parameters.get("client_id") or claims.get("aud", "")
    if claims and claims["aud"] != client_id:
        raise InvalidRequest("The app that asks is not the one you were signed in to.")
    client = find_client(client_id=client_id)
    target = parameters.get("post_logout_redirect_uri")
    if target and (client is None or target not in client.post_logout_redirect_uri_list):
        raise InvalidRequest("The app wants you to go to an address that it has not registered.")
    return LogoutRequest(client, claims.get("sid"), _with_state(target, parameters.get("state")))


def _read_hint(hint: str) -> dict[str, Any]:
    """The claims of one of our ID tokens; an expired one is still a good hint (section 2)."""
    if not hint:
        return {}
    try:
        return read_id_token_hint(token=hint)
    except InvalidRequest as error:
        raise InvalidRequest("The app sent a sign-out request that is not ours.") from error


def _with_state(target: str, state: str) -> str | None:
    if not target:
        return None
    if not state:
        return target
    return f"{target}{'&' if urlsplit(target).query else '?'}{urlencode({'state': state})}"


def _confirmed(request: HttpRequest, parameters: Parameters, here: Sequence[AccountHere]) -> list[str]:
    """Whom the person said yes for on our page: the form carries the nonce that only our page of this session knew."""
    expected = request.session.get("logout_nonce")
    if request.method != "POST" or not expected or parameters.get("nonce") != expected:
        return []
    if parameters.get("allow") == "all":
        return [each.state.subject for each in here]
    return [each.state.subject for each in here if each.current] if parameters.get("allow") == "yes" else []


def _ask(
    request: HttpRequest, parameters: Parameters, asked: LogoutRequest, here: Sequence[AccountHere]
) -> HttpResponse:
    nonce = request.session.setdefault("logout_nonce", new_id())
    if asked.return_to:
        browser.remember(request, asked.return_to)
    context = {
        "client_name": asked.client.name if asked.client else None,
        "fields": {name: value for name in _CARRIED if (value := parameters.get(name))} | {"nonce": nonce},
        "action_url": reverse("oauth:logout"),
        "accounts": here,
        "current": next((each for each in here if each.current), None),
    }
    return private(render(request, "oauth/sign_out.html", context))


def _leave(request: HttpRequest, asked: LogoutRequest) -> HttpResponse:
    if asked.return_to is None:
        return private(render(request, "oauth/signed_out.html"))
    return redirect(asked.return_to)
