"""Where operators help customers, and where either side ends it."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

import delegation.services
from delegation.types import STAFF_ROLES, Customer
from kit import clock
from kit.call import CallContext
from kit.http import call_from
from portal import queries
from portal.forms import AssistanceForm, LookupForm
from portal.types import DeskView
from portal.views.console import for_operators
from portal.views.readers import caller_of

View = Callable[..., HttpResponse]


def _for_staff(view: View) -> View:
    """Operators whose role lets them help customers; for the others there is no such page."""

    def guarded(request: HttpRequest, **places: str) -> HttpResponse:
        if not caller_of(request).roles & STAFF_ROLES:
            raise Http404
        return view(request, **places)

    return for_operators(guarded)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_for_staff
def console_customers(request: HttpRequest) -> HttpResponse:
    """Find a customer; below it whom the reader helps now and helped before."""
    desk, call = _desk(request), call_from(request)
    form = LookupForm(request.POST if request.method == "POST" else None)
    missed = False
    if desk and request.method == "POST" and form.is_valid():
        customer = _look_up(form.cleaned_data["login_hint"], desk, call)
        if customer:
            return _show(request, customer, desk, AssistanceForm())
        missed = True
    actor = call.caller.subject or ""
    context = {
        "form": form,
        "desk": desk,
        "missed": missed,
        "running": queries.list_help_by(actor=actor, now=call.now),
        "past": queries.list_past_help_by(actor=actor, now=call.now),
    }
    return render(request, "portal/customers.html", context, status=404 if missed else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_for_staff
def console_customer(request: HttpRequest, sub: str) -> HttpResponse:
    """One customer: what she proved and until when, and acting for her, with a reason."""
    desk, call = _desk(request), call_from(request)
    if desk is None:
        return redirect("portal:console_customers")
    form = AssistanceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        delegation.services.begin_assistance(
            subject=sub, **form.cleaned_data, client_id=desk.client_id, channel=desk.channel, call=call
        )
        messages.success(request, "You act for this customer now. She can see it and end it.")
        return redirect(request.get_full_path())
    customer = _look_up(sub, desk, call)
    if customer is None:
        raise Http404
    return _show(request, customer, desk, form)


@require_POST
@never_cache
@login_required
def end_assistance(request: HttpRequest, id: str) -> HttpResponse:
    """End the help, for the customer or for the one who helps; anybody else finds nothing here."""
    delegation.services.end_assistance(id=id, call=call_from(request))
    if caller_of(request).roles:
        messages.success(request, "You no longer act for this customer.")
        return redirect("portal:console_customers")
    messages.success(request, "The help has ended. Nobody but you works in your account.")
    return redirect("portal:security")


def _show(request: HttpRequest, customer: Customer, desk: DeskView, form: AssistanceForm) -> HttpResponse:
    """Her page; where she was just found, at once, for looking her up again would be a second line in the journal."""
    running = queries.list_help_by(actor=caller_of(request).subject or "", now=clock.now())
    context = {
        "form": form,
        "desk": desk,
        "desks": queries.list_desks(),
        "customer": customer,
        "running": next((each for each in running if each.subject == customer.subject), None),
    }
    return render(request, "portal/customer.html", context)


def _desk(request: HttpRequest) -> DeskView | None:
    """The desk that was chosen, else the first there is."""
    desks = queries.list_desks()
    return next((desk for desk in desks if desk.client_id == request.GET.get("desk")), desks[0] if desks else None)


def _look_up(hint: str, desk: DeskView, call: CallContext) -> Customer | None:
    return delegation.services.look_up_customer(login_hint=hint, channel=desk.channel, call=call)
