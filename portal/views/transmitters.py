"""For operators: whose security events are heard, and what of it looks wrong."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.http import call_from
from kit.refusal import MalformedInput
from portal import queries
from portal.forms import TransmitterForm
from portal.views.console import permitted
from sync.errors import TransmitterInvalid
from sync.queries import export_transmitters
from sync.services import apply_transmitters, release_transmitter

_RELEASES = {
    "keep": (False, "It is heard again. What it has told before stays."),
    "take_back": (True, "It is heard again, and the risks are gone that it had raised since it was last good."),
}


@require_safe
@never_cache
@permitted("sync.view_transmitter")
def console_transmitters(request: HttpRequest) -> HttpResponse:
    """Every transmitter and how it is."""
    context = {
        "transmitters": queries.list_transmitter_views(),
        "may_change": request.user.has_perm("sync.change_transmitter"),
        "may_decide": request.user.has_perm("sync.decide_feedbatch"),
    }
    return render(request, "portal/systems/transmitters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permitted("sync.add_transmitter")
def console_hear(request: HttpRequest) -> HttpResponse:
    """Name somebody whose signals are heard."""
    return _keep(request, TransmitterForm(request.POST or None), "Hear a transmitter")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permitted("sync.change_transmitter")
def console_edit_transmitter(request: HttpRequest, slug: str) -> HttpResponse:
    """Change whose signals are heard, and what they may bring about."""
    entry = export_transmitters()["transmitters"].get(slug)
    if entry is None:
        raise Http404
    return _keep(request, TransmitterForm(request.POST or None, slug=slug, entry=entry), f"Change {entry['name']}")


@require_POST
@never_cache
@permitted("sync.decide_feedbatch")
def console_release_transmitter(request: HttpRequest, slug: str) -> HttpResponse:
    """Hear one again that was cut off, with or without what it had told."""
    if request.POST.get("do", "") not in _RELEASES:
        raise MalformedInput("Say what becomes of what it told.")
    take_back, said = _RELEASES[request.POST["do"]]
    release_transmitter(slug=slug, take_back=take_back, call=call_from(request))
    messages.success(request, said)
    return redirect("portal:console_transmitters")


def _keep(request: HttpRequest, form: TransmitterForm, title: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            apply_transmitters(document=form.document(), call=call_from(request))
            messages.success(request, "Its signals are heard so from now on.")
            return redirect("portal:console_transmitters")
        except TransmitterInvalid as error:
            form.refuse(error)
    context = {"form": form, "title": title}
    return render(request, "portal/systems/transmitter.html", context, status=422 if form.errors else 200)
