"""The doors of the device grant: where a device asks, and where its person types the code (RFC 8628)."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from kit import clock
from kit.http import call_from, client_address
from kit.throttle import count, network_of
from oauth import conf
from oauth.errors import InvalidRequest, TooManyDeviceCodes
from oauth.flows.device import answer_device_grant, begin_device_grant, open_device_grant
from oauth.forms import read_form, read_query
from oauth.models import Client
from oauth.queries import has_opened
from oauth.types import SCOPES, Decision, GrantType, Outcome, Parameters
from oauth.views.answers import private, redirect
from oauth.views.clients import check_way_in, client_caller, client_endpoint
from sessions_hub.types import SessionState

_DECISIONS = {"yes": Decision.APPROVED, "no": Decision.DENIED}
_STEP_UP = "account_step_up"


@client_endpoint
def device_authorization(request: HttpRequest, form: Parameters, client: Client) -> HttpResponse:
    """Give a device a code to poll with and one to show (RFC 8628 sections 3.1 and 3.2)."""
    check_way_in(client, GrantType.DEVICE_CODE)
    if retry_after := _count_ask(request, client):
        raise TooManyDeviceCodes(retry_after=retry_after)
    answer = begin_device_grant(
        client=client,
        scope=form.get("scope"),
        acr_values=form.get("acr_values"),
        resource=form.resource,
        call=call_from(request, caller=client_caller(client), channel=client.channel_id),
    )
    page = conf.issuer() + reverse("oauth:device")
    return JsonResponse(
        {
            "device_code": answer.device_code,
            "user_code": answer.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?{urlencode({'user_code': answer.user_code})}",
            "expires_in": answer.expires_in,
            "interval": answer.interval,
        }
    )


def _count_ask(request: HttpRequest, client: Client) -> int:
    key, limit = client.client_id, conf.ASKS_PER_CLIENT
    if not client.is_confidential:  # anybody can speak in its name, so nobody may use its budget up for all
        key, limit = f"{key}|{network_of(client_address(request))}", conf.ASKS_PER_PUBLIC_CLIENT_AND_NETWORK
    return count(
        *("device-asks", key),
        limit=conf.wrong_secrets_limit(limit),
        seconds=conf.ASKS_WINDOW_SECONDS,
        now=clock.now().timestamp(),
    )


@csrf_protect
@require_http_methods(["GET", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """Type the code a device shows, look at what asks there, and say yes or no (section 3.3)."""
    try:
        parameters = read_form(request) if request.method == "POST" else read_query(request)
    except InvalidRequest as error:
        context = {"title": "This is not a code.", "message": error.detail, "code": error.code}
        return private(render(request, "oauth/error.html", context, status=400))
    user_code = parameters.get("user_code")
    session: SessionState | None = getattr(request, "hub_session", None)
    if session is None:
        request.note_visitor()  # type: ignore[attr-defined]  # BrowserSessionMiddleware gave it
        return redirect(f"{reverse('account_login')}?{urlencode({'next': _here(user_code)})}")
    if not user_code:
        return _form(request, missing=request.method == "POST")
    if retry_after := _count_guess(request, user_code, session):
        return _too_many(request, retry_after)
    decision = _DECISIONS.get(parameters.get("answer")) if request.method == "POST" else None
    if decision is None:
        return _look(request, user_code, session)
    return _answer(request, user_code, decision, session)


def _here(user_code: str) -> str:
    page = reverse("oauth:device")
    return f"{page}?{urlencode({'user_code': user_code})}" if user_code else page


def _look(request: HttpRequest, user_code: str, session: SessionState) -> HttpResponse:
    if not _is_a_visit(request):
        return _form(request)
    approval = open_device_grant(user_code=user_code, session=session, call=call_from(request))
    if approval is None:
        return _form(request, wrong=True)
    context = {
        "approval": approval,
        "user_code": user_code,
        "may": [SCOPES[scope] for scope in approval.scopes if scope in SCOPES],
        "account_label": str(request.user.get_short_name()),  # type: ignore[union-attr]
    }
    return private(render(request, "oauth/device_confirm.html", context))


def _answer(request: HttpRequest, user_code: str, decision: Decision, session: SessionState) -> HttpResponse:
    outcome = answer_device_grant(
        user_code=user_code, decision=decision, session=session, call=call_from(request, channel=session.channel)
    )
    if outcome is Outcome.RECORDED:
        done = {"approved": decision is Decision.APPROVED}
        return private(render(request, "oauth/device_done.html", done))
    if outcome is Outcome.STEP_UP:
        return redirect(f"{reverse(_STEP_UP)}?{urlencode({'next': _here(user_code)})}")
    return _look(request, user_code, session)


def _is_a_visit(request: HttpRequest) -> bool:
    """Whether somebody is going to see this page; what merely fetches it must not make the code hers.

    Browsers say so of what they prefetch or embed (Fetch Metadata); what says nothing is taken for a visit.
    """
    fetched_ahead = request.headers.get("Sec-Purpose") or request.headers.get("Purpose") or ""
    return "prefetch" not in fetched_ahead and request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _form(request: HttpRequest, *, wrong: bool = False, missing: bool = False) -> HttpResponse:
    """The page to type a code on. For somebody else's code the answer is the same as for none."""
    context = {"wrong": wrong, "missing": missing}
    return private(render(request, "oauth/device.html", context, status=404 if wrong else 200))


def _count_guess(request: HttpRequest, user_code: str, session: SessionState) -> int:
    """Count a code from somebody who does not hold it yet, before it is looked at; the seconds to wait, or 0.

    What she has opened before costs nothing.
    """
    now = clock.now()
    if has_opened(user_code=user_code, subject=session.subject, now=now):
        return 0
    return max(
        count(
            name,
            key,
            limit=conf.wrong_secrets_limit(limit),
            seconds=conf.GUESSES_WINDOW_SECONDS,
            now=now.timestamp(),
        )
        for name, key, limit in (
            ("user-code-account", session.subject, conf.GUESSES_PER_ACCOUNT),
            ("user-code-device", session.device_id, conf.GUESSES_PER_DEVICE),
            ("user-code-network", network_of(client_address(request)), conf.GUESSES_PER_NETWORK),
        )
    )


def _too_many(request: HttpRequest, retry_after: int) -> HttpResponse:
    response = private(render(request, "429.html", status=429))
    response["Retry-After"] = str(retry_after)
    return response
