"""Where operators govern all channels: policies in words, changes by two people, the catalogue, the weakest channel."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assurance.flows.policy_change import propose_draft, simulate_draft
from channel_registry.errors import PolicyInvalid
from channel_registry.queries import get_live_body, get_sources_body, write_policy
from channel_registry.services import (
    approve_draft,
    change_draft,
    draft_policy,
    draft_sources,
    reject_draft,
    rollback_policy,
    rollback_sources,
    withdraw_draft,
)
from channel_registry.types import APPROVERS, AUTHORS, DraftState
from kit.call import CallContext
from kit.http import call_from
from kit.refusal import MalformedInput
from portal import queries
from portal.forms import PolicyForm
from portal.views.console import permitted
from portal.views.readers import caller_of

_readers = permitted("channel_registry.view_policyversion")


def _may(request: HttpRequest) -> dict[str, bool]:
    roles = caller_of(request).roles
    return {"may_write": bool(roles & AUTHORS), "may_decide": bool(roles & APPROVERS)}


@require_safe
@never_cache
@_readers
def console_channels(request: HttpRequest) -> HttpResponse:
    """Every channel with its policy in force, and the ways to what concerns all of them."""
    return render(request, "portal/govern/channels.html", {"channels": queries.list_channel_views()})


@require_safe
@never_cache
@_readers
def console_channel(request: HttpRequest, channel: str) -> HttpResponse:
    """One channel: its policy in plain words, its actions, its changes and versions."""
    return render(request, "portal/govern/channel.html", {**queries.get_channel(channel), **_may(request)})


@require_safe
@never_cache
@_readers
def console_actions(request: HttpRequest) -> HttpResponse:
    """The action catalogue over all channels."""
    return render(request, "portal/govern/actions.html", queries.get_matrix())


@require_safe
@never_cache
@_readers
def console_weakest(request: HttpRequest) -> HttpResponse:
    """The cheapest way to every action, and which channel guards it less than another."""
    return render(request, "portal/govern/weakest.html", queries.list_weakest())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_readers
def console_version(request: HttpRequest, channel: str, number: int) -> HttpResponse:
    """One version: what it says, what it changed; and going back to it."""
    if request.method == "POST":
        version = rollback_policy(channel=channel, number=number, call=call_from(request))
        messages.success(request, f"Version {version.number} is in force. It says what version {number} said.")
        return redirect("portal:console_channel", channel=channel)
    return render(request, "portal/govern/version.html", {**queries.get_version(channel, number), **_may(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_readers
def console_new_change(request: HttpRequest, channel: str) -> HttpResponse:
    """Write a change of a channel's policy, from the one in force on."""
    _demand_author(request)
    text = write_policy(get_live_body(channel))

    def write(text: str, note: str, call: CallContext) -> int:
        return draft_policy(channel=channel, body=text, note=note, call=call).pk

    back = reverse("portal:console_channel", args=[channel])
    return _edit(request, f"the policy of {queries.get_channel_name(channel)}", back, {"text": text}, write)


@require_safe
@never_cache
@_readers
def console_sources(request: HttpRequest) -> HttpResponse:
    """Who is believed about what."""
    return render(request, "portal/govern/sources.html", {**queries.get_sources_page(), **_may(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_readers
def console_new_sources(request: HttpRequest) -> HttpResponse:
    """Write a change of the ranking of the sources."""
    _demand_author(request)

    def write(text: str, note: str, call: CallContext) -> int:
        return draft_sources(body=text, note=note, call=call).pk

    text = write_policy(get_sources_body())
    return _edit(request, "the sources of truth", reverse("portal:console_sources"), {"text": text}, write)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_readers
def console_sources_version(request: HttpRequest, number: int) -> HttpResponse:
    """One version of the ranking; and going back to it."""
    if request.method == "POST":
        version = rollback_sources(number=number, call=call_from(request))
        messages.success(request, f"Version {version.number} is in force. It says what version {number} said.")
        return redirect("portal:console_sources")
    context = {**queries.get_sources_version(number), **_may(request)}
    return render(request, "portal/govern/sources_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_readers
def console_edit_change(request: HttpRequest, draft: int) -> HttpResponse:
    """Write one's own change anew."""
    _demand_author(request)
    change = queries.get_change(draft)

    def write(text: str, note: str, call: CallContext) -> int:
        return change_draft(draft=draft, body=text, note=note, call=call).pk

    about = f"the policy of {change.title}" if change.channel else "the sources of truth"
    back = reverse("portal:console_change", args=[draft])
    return _edit(request, about, back, {"text": change.text, "note": change.note}, write)


def _edit(
    request: HttpRequest,
    about: str,
    back: str,
    initial: dict[str, str],
    write: Callable[[str, str, CallContext], int],
) -> HttpResponse:
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change = write(form.cleaned_data["text"], form.cleaned_data["note"], call_from(request))
            return redirect("portal:console_change", draft=change)
        except PolicyInvalid as error:
            form.refuse(error)
    context = {"form": form, "about": about, "back": back}
    return render(request, "portal/govern/edit.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@_readers
def console_change(request: HttpRequest, draft: int) -> HttpResponse:
    """One change: what it changes, what it would have done to recorded decisions, and who decides it."""
    change = queries.get_change(draft)
    own = change.author == caller_of(request).actor
    may = _may(request)
    context = {
        "change": change,
        "own": own,
        "can_try": change.is_open and (may["may_write"] or may["may_decide"]),
        "can_write": own and may["may_write"] and change.is_open,
        "can_propose": own and may["may_write"] and change.state is DraftState.DRAFT and not change.outdated,
        "can_decide": not own and may["may_decide"] and change.state is DraftState.PROPOSED,
        "is_draft": change.state is DraftState.DRAFT,
    }
    return render(request, "portal/govern/change.html", context)


@require_POST
@never_cache
@_readers
def console_decide_change(request: HttpRequest, draft: int) -> HttpResponse:
    """Simulate, propose, withdraw, approve or reject a change: what the button said."""
    act = _DEEDS.get(request.POST.get("do", ""))
    if act is None:
        raise MalformedInput("Say what to do with the change.")
    messages.success(request, act(request, draft, call_from(request)))
    return redirect("portal:console_change", draft=draft)


def _simulate(request: HttpRequest, draft: int, call: CallContext) -> str:
    found = simulate_draft(draft=draft, call=call)
    return f"{found.judged} recorded decisions were judged again; {found.changed} would change."


def _propose(request: HttpRequest, draft: int, call: CallContext) -> str:
    propose_draft(draft=draft, call=call)
    return "The change waits for somebody else to approve it."


def _withdraw(request: HttpRequest, draft: int, call: CallContext) -> str:
    withdraw_draft(draft=draft, call=call)
    return "The change is withdrawn."


def _approve(request: HttpRequest, draft: int, call: CallContext) -> str:
    approve_draft(draft=draft, digest=request.POST.get("digest", ""), call=call)
    return "Approved. The policy is in force on every node within a second."


def _reject(request: HttpRequest, draft: int, call: CallContext) -> str:
    reject_draft(draft=draft, reason=request.POST.get("reason", ""), call=call)
    return "The change is rejected. Its author sees why."


_DEEDS: dict[str, Callable[[HttpRequest, int, CallContext], str]] = {
    "simulate": _simulate,
    "propose": _propose,
    "withdraw": _withdraw,
    "approve": _approve,
    "reject": _reject,
}


def _demand_author(request: HttpRequest) -> None:
    """Whoever may not write finds no page to write on."""
    if not caller_of(request).roles & AUTHORS:
        raise Http404
