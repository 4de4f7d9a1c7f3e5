"""For operators: the systems that are told of changes, and how well they follow."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit import clock
from kit.call import CallContext
from kit.http import call_from
from kit.refusal import MalformedInput
from portal import queries
from portal.forms import ConnectionForm
from portal.views.console import permitted
from sync import services
from sync.errors import ConnectionExists, ConnectionInvalid
from sync.flows.verification import send_verification
from sync.queries import get_connection, get_watch

_readers = permitted("sync.view_connection")
_connectors = permitted("sync.add_connection")
_carers = permitted("sync.change_connection")


@require_safe
@never_cache
@_readers
def console_systems(request: HttpRequest) -> HttpResponse:
    """Every connected system, and how it follows."""
    context = {
        "systems": queries.list_system_views(now=clock.now()),
        "may_connect": request.user.has_perm("sync.add_connection"),
    }
    return render(request, "portal/systems/list.html", context)


@require_safe
@never_cache
@_readers
def console_system(request: HttpRequest, slug: str) -> HttpResponse:
    """One connected system: what it is told, how it follows, how far each change has got, what was given up."""
    return _show(request, slug, customer=request.GET.get("customer", "")[:64].strip())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_connectors
def console_connect(request: HttpRequest) -> HttpResponse:
    """Connect a system; its secret is shown this once."""
    form = ConnectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            slug, given = form.cleaned_data["slug"], form.cleaned_data["secret"] or None
            call = call_from(request)
            state, secret = services.create_connection(slug=slug, draft=form.draft(), secret=given, call=call)
            return _show(request, state.slug, secret="" if given else secret, connected=True)
        except ConnectionInvalid as error:
            form.refuse(error)
        except ConnectionExists as error:
            form.add_error("slug", error.detail)
    context = {"form": form, "title": "Connect a system"}
    return render(request, "portal/systems/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_carers
def console_edit_system(request: HttpRequest, slug: str) -> HttpResponse:
    """Change where a connected system is and what it is told."""
    state = get_connection(slug=slug)
    form = ConnectionForm(request.POST or None, state=state.draft)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_connection(slug=slug, draft=form.draft(), call=call_from(request))
            messages.success(request, "It is told so from the next change on.")
            return redirect("portal:console_system", slug=slug)
        except ConnectionInvalid as error:
            form.refuse(error)
    context = {"form": form, "title": f"Change {state.draft.name}", "slug": slug}
    return render(request, "portal/systems/edit.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@_carers
def console_switch_off_system(request: HttpRequest, slug: str) -> HttpResponse:
    """What switching a connected system off would give up, before it is done."""
    state, watch = get_connection(slug=slug), get_watch(slug=slug, now=clock.now())
    return render(request, "portal/systems/off.html", {"state": state, "given_up": watch.total.waiting})


@require_POST
@never_cache
@_carers
def console_care_for_system(request: HttpRequest, slug: str) -> HttpResponse:
    """Test, pause, resume, switch off, or give a new secret: what the button said."""
    asked, call = request.POST.get("do", ""), call_from(request)
    if asked == "test":
        return _show(request, slug, test=send_verification(slug=slug, call=call))
    if asked == "rotate":
        return _rotate(request, slug, call)
    if asked not in _DEEDS:
        raise MalformedInput("Say what to do with the system.")
    act, said = _DEEDS[asked]
    act(slug, call)
    messages.success(request, said)
    return redirect("portal:console_system", slug=slug)


_DEEDS: dict[str, tuple[Callable[[str, CallContext], object], str]] = {
    "pause": (lambda slug, call: services.pause_connection(slug=slug, call=call), "Paused. What happens now waits."),
    "resume": (lambda slug, call: services.resume_connection(slug=slug, call=call), "It is told again."),
    "disable": (
        lambda slug, call: services.disable_connection(slug=slug, call=call),
        "Switched off. It is told nothing any more.",
    ),
    "end_rotation": (
        lambda slug, call: services.end_rotation(slug=slug, call=call),
        "The old secret signs no more.",
    ),
}


def _rotate(request: HttpRequest, slug: str, call: CallContext) -> HttpResponse:
    """A new secret is shown this once; a token that the other side gave is not shown at all."""
    given = request.POST.get("secret") or None
    secret = services.rotate_secret(slug=slug, secret=given, call=call)
    if given is None:
        return _show(request, slug, secret=secret)
    messages.success(request, "The new token is sent from now on.")
    return redirect("portal:console_system", slug=slug)


def _show(request: HttpRequest, slug: str, *, customer: str = "", **shown: object) -> HttpResponse:
    context = {
        **queries.get_system(slug=slug, now=clock.now(), customer=customer),
        **shown,
        "may_care": request.user.has_perm("sync.change_connection"),
        "may_replay": request.user.has_perm("sync.replay_delivery"),
    }
    return render(request, "portal/systems/system.html", context)
