"""The authorization endpoint and the pages a waiting request shows (RFC 6749 section 3.1, OIDC Core 3.1.2)."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.queries import get_account
from channel_registry.types import meets
from kit.http import call_from, keep_journey
from kit.refusal import Refusal
from oauth import browser
from oauth.browser import household_of
from oauth.errors import InteractionGone, InvalidRequest, UnusableAuthorizationRequest
from oauth.flows.authorization import Answer, Ask, begin, resume
from oauth.flows.transfer import Settled, leave_transfer, settle_transfer
from oauth.forms import read_form, read_query
from oauth.types import SCOPES, Prompt, Reply
from oauth.views.answers import private, redirect
from sessions_hub.types import SessionState

_PROMPT_PAGES = {
    Prompt.SIGN_IN: "account_login",
    Prompt.REAUTHENTICATE: "account_reauthenticate",
    Prompt.RAISE_LEVEL: "account_step_up",
}
_REPLIES = {
    ("allow", "yes"): Reply.ALLOW,
    ("allow", "no"): Reply.DENY,
    ("account", "back"): Reply.GO_BACK,
    ("session", "continue"): Reply.CARRY_OVER,
    ("session", "stay"): Reply.STAY,
}
_HINT_KEY = "login_hint"  # the sign-in page looks it up for the request it is on the way to


@csrf_exempt  # a POST from the client's site carries an OIDC request, not an action of ours (Core 3.1.2.1)
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """The authorization endpoint (RFC 6749 section 3.1, OIDC Core 3.1.2)."""
    try:
        parameters = read_form(request) if request.method == "POST" else read_query(request)
        answer = begin(
            parameters=parameters,
            session=_session(request),
            call=call_from(request),
            here=_sessions_here(request),
            device_secret=_device_secret(request),
        )
    except (InvalidRequest, UnusableAuthorizationRequest) as error:
        return _error_page(request, error)
    if isinstance(answer, Ask) and answer.prompt is Prompt.CONTINUE:
        browser.remember(request, answer.request.redirect_uri, journey=answer.request.journey)
        return redirect(reverse("oauth:resume", args=[answer.uid]))  # away from the address that holds the token
    return _follow(request, answer)


@csrf_protect
@require_http_methods(["GET", "POST"])
def resume_authorization(request: HttpRequest, uid: str) -> HttpResponse:
    """A waiting request, visited again after a prompt was met, or with the answer of the consent page."""
    reply = _reply(request)
    try:
        if reply in (Reply.CARRY_OVER, Reply.STAY):
            return _settle(request, uid, reply)
        answer = _resume(request, uid, reply)
        if isinstance(answer, Ask) and answer.prompt is Prompt.SELECT_ACCOUNT and request.method == "POST":
            answer = _change_account(request, answer)
    except (InteractionGone, UnusableAuthorizationRequest) as error:
        return _error_page(request, error)
    return _follow(request, answer)


def _resume(request: HttpRequest, uid: str, reply: Reply | None = None) -> Answer | Ask:
    return resume(
        uid=uid,
        session=_session(request),
        call=call_from(request),
        reply=reply,
        here=_sessions_here(request),
        device_secret=_device_secret(request),
    )


def _settle(request: HttpRequest, uid: str, reply: Reply) -> HttpResponse:
    """Do what was said on the page about a session from an app, then go on with the request as this browser now is."""
    call, session, household = call_from(request), _session(request), household_of(request)
    if reply is Reply.STAY:
        leave_transfer(uid=uid, call=call)
        return redirect(reverse("oauth:resume", args=[uid]))
    settled = settle_transfer(
        uid=uid,
        session=session,
        device_secret=_device_secret(request),
        fresh_device_id=household.device_id(),
        call=call,
    )
    if isinstance(settled, SessionState):
        household.enter(settled)
    elif settled is Settled.SIGN_OUT and session is not None:
        household.leave(session.subject)
    return redirect(reverse("oauth:resume", args=[uid]))


def _change_account(request: HttpRequest, ask: Ask) -> Answer | Ask:
    """Let the account that was chosen be at this browser, or nobody so that another can sign in.

    The page that asks was really shown: only there does an answer about accounts count.
    """
    wanted, household = request.POST.get("account", ""), household_of(request)
    if wanted == "another":
        household.park()
        return _resume(request, ask.uid, Reply.ANOTHER_ACCOUNT)
    chosen = next((each for each in household.list_here() if each.handle == wanted), None)
    if chosen is None:
        return ask  # signed out meanwhile: the page is shown again, without her
    household.switch_to(chosen.state.sid)
    return _resume(request, ask.uid, Reply.THIS_ACCOUNT)


def _reply(request: HttpRequest) -> Reply | None:
    """What was answered on our page; the form's token has been checked, and nothing in a query counts."""
    if request.method != "POST":
        return None
    answers = (_REPLIES.get((name, request.POST.get(name, ""))) for name in ("allow", "account", "session"))
    return next((answer for answer in answers if answer), None)


def _session(request: HttpRequest) -> SessionState | None:
    return getattr(request, "hub_session", None)


def _device_secret(request: HttpRequest) -> str | None:
    return request.COOKIES.get(settings.DEVICE_COOKIE_NAME)


def _sessions_here(request: HttpRequest) -> tuple[SessionState, ...]:
    return household_of(request).list_sessions()


def _follow(request: HttpRequest, answer: Answer | Ask) -> HttpResponse:
    if isinstance(answer, Answer):
        keep_journey(request, "", seconds=0)
        return redirect(answer.location)
    browser.remember(request, answer.request.redirect_uri, journey=answer.request.journey)
    here = reverse("oauth:resume", args=[answer.uid])
    if answer.prompt is Prompt.CONTINUE:
        return _continue_page(request, answer, here)
    if answer.prompt is Prompt.SELECT_ACCOUNT:
        return _account_page(request, answer, here)
    if answer.prompt is Prompt.HELD:
        return _held_page(request, answer, here)
    if answer.session is not None:
        household_of(request).switch_to(answer.session.sid)  # she is the one who is asked
        browser.remember(request, answer.request.redirect_uri, journey=answer.request.journey)
    if answer.prompt is Prompt.CONSENT:
        return _consent_page(request, answer, here)
    if answer.prompt is Prompt.SIGN_IN:
        request.note_visitor()  # type: ignore[attr-defined]  # BrowserSessionMiddleware gave it
        request.session[_HINT_KEY] = {"next": here, "login": answer.request.login_hint}
    return redirect(f"{reverse(_prompt_page(answer))}?{urlencode({'next': here})}")


def _prompt_page(ask: Ask) -> str:
    """The page for a prompt. Where two factors are wanted, the one to be proved again is not the password."""
    wanted = ask.request.essential_acr or ask.request.acr_values
    if ask.prompt is Prompt.REAUTHENTICATE and any(meets(acr, _TWO_FACTORS) for acr in wanted):
        return _PROMPT_PAGES[Prompt.RAISE_LEVEL]
    return _PROMPT_PAGES[ask.prompt]


_TWO_FACTORS = "urn:throughline:2fa"


def _continue_page(request: HttpRequest, ask: Ask, here: str) -> HttpResponse:
    assert ask.transfer is not None  # the prompt says so
    owner = get_account(ask.transfer.session.subject)
    context = {
        "client_name": ask.client.name,
        "action_url": here,
        "owner_name": owner.name,
        "owner_email": owner.email,
        "here_label": _account_label(request) if request.user.is_authenticated else "",
        "collision": ask.transfer.collision.value,
    }
    return private(render(request, "oauth/continue.html", context))


def _consent_page(request: HttpRequest, ask: Ask, here: str) -> HttpResponse:
    context = {
        "client_name": ask.client.name,
        "scopes": [{"name": scope, "meaning": SCOPES[scope]} for scope in ask.request.scopes],
        "action_url": here,
        "account_label": _account_label(request),
    }
    return private(render(request, "oauth/consent.html", context))


def _account_page(request: HttpRequest, ask: Ask, here: str) -> HttpResponse:
    context = {
        "client_name": ask.client.name,
        "action_url": here,
        "accounts": household_of(request).list_here(),
        "expects_another": ask.expects_another,
    }
    return private(render(request, "oauth/select_account.html", context))


def _held_page(request: HttpRequest, ask: Ask, here: str) -> HttpResponse:
    context = {"client_name": ask.client.name, "action_url": here}
    return private(render(request, "oauth/held.html", context, status=403))


def _account_label(request: HttpRequest) -> str:
    return str(request.user.get_short_name())  # type: ignore[union-attr]


def _error_page(request: HttpRequest, error: Refusal) -> HttpResponse:
    context = {"title": error.message, "message": error.detail, "code": error.code}
    return private(render(request, "oauth/error.html", context, status=error.status))
