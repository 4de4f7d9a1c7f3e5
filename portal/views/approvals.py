"""Requests that wait for the customer: a client on another channel asks whether it is she."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kit import clock
from kit.http import call_from
from oauth.flows.backchannel import answer_customer
from oauth.queries import find_approval, list_approvals
from oauth.types import SCOPES, Decision, Outcome
from sessions_hub.types import SessionState

_DECISIONS = {"yes": Decision.APPROVED, "no": Decision.DENIED, "not_me": Decision.DISOWNED}
_PROVE_FIRST = {Outcome.STEP_UP: "account_step_up", Outcome.STALE: "account_reauthenticate"}
_WRONG_NUMBER = "That isn't the number on the other side. Look again: after three wrong ones we take it for a no."


@require_safe
@never_cache
@login_required
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for an answer."""
    waiting = list_approvals(session=_session(request), now=clock.now())
    return render(request, "portal/approvals.html", {"approvals": waiting})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def approval(request: HttpRequest, ref: str) -> HttpResponse:
    """One request, and the answer to it. Looking at it changes nothing."""
    decision = _DECISIONS.get(request.POST.get("answer", "")) if request.method == "POST" else None
    if decision is None:
        return _page(request, ref)
    session = _session(request)
    outcome = answer_customer(
        ref=ref,
        decision=decision,
        number=request.POST.get("number", ""),
        session=session,
        call=call_from(request, channel=session.channel),
    )
    return _after(request, ref, decision, outcome)


def _after(request: HttpRequest, ref: str, decision: Decision, outcome: Outcome | None) -> HttpResponse:
    if outcome is None:
        raise Http404
    if outcome in _PROVE_FIRST:
        here = urlencode({"next": reverse("portal:approval", args=[ref])})
        return redirect(f"{reverse(_PROVE_FIRST[outcome])}?{here}")
    if outcome is Outcome.WRONG_NUMBER:
        return _page(request, ref, problem=_WRONG_NUMBER)
    if outcome is Outcome.WRONG_TOO_OFTEN:
        messages.warning(request, "Three wrong numbers: we took that for a no. If it was you, ask them to try again.")
        return redirect("portal:approvals")
    if outcome is not Outcome.RECORDED:
        return _page(request, ref)
    if decision is Decision.DISOWNED:
        messages.success(request, "Nobody was let in, and they can't ask you again today.")
        return redirect("portal:not_me")
    yes = decision is Decision.APPROVED
    messages.success(request, "Thank you. The other side knows that it is you." if yes else "Nobody was let in.")
    return redirect("portal:approvals")


def _page(request: HttpRequest, ref: str, *, problem: str = "") -> HttpResponse:
    waiting = find_approval(ref=ref, session=_session(request), now=clock.now())
    if waiting is None:
        raise Http404
    may = [SCOPES[scope] for scope in waiting.scopes if scope in SCOPES]
    return render(request, "portal/approval.html", {"approval": waiting, "may": may, "problem": problem})


def _session(request: HttpRequest) -> SessionState:
    session: SessionState | None = getattr(request, "hub_session", None)
    if session is None:
        raise Http404
    return session
