"""A customer's own pages: who she is, how she is protected, what she allows."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import ProfileInvalid
from accounts.services import change_name
from kit import clock
from kit.http import call_from
from oauth.services import withdraw_allowance
from portal import queries
from portal.forms import DetailsForm
from portal.views.readers import reader_of


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Who you are and how you are protected; for a stranger what this is, and the two ways in."""
    if not request.user.is_authenticated:
        return render(request, "portal/welcome.html")
    subject, sid = reader_of(request)
    context = {
        "devices": queries.list_devices(subject=subject, current_sid=sid, now=clock.now()),
        "summary": queries.get_security_summary(subject=subject),
        "consents": queries.get_consents(subject=subject, now=clock.now()),
        "can_continue_elsewhere": queries.can_continue_elsewhere(),
    }
    return render(request, "portal/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def details(request: HttpRequest) -> HttpResponse:
    """How you want to be called."""
    subject, _ = reader_of(request)
    form = DetailsForm(request.POST or None, initial={"name": getattr(request.user, "name", "")})
    if request.method == "POST" and form.is_valid():
        try:
            account = change_name(sub=subject, name=form.cleaned_data["name"], call=call_from(request))
            messages.success(request, f"We call you {account.name} now." if account.name else "Your name is gone.")
            return redirect("portal:home")
        except ProfileInvalid as error:
            form.add_error("name", error.detail)
    return render(request, "portal/details.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@never_cache
@login_required
def apps(request: HttpRequest) -> HttpResponse:
    """The apps you allow, and what each of them may do."""
    subject, _ = reader_of(request)
    return render(request, "portal/apps.html", {"apps": queries.list_apps(subject=subject)})


@require_POST
@never_cache
@login_required
def withdraw_app(request: HttpRequest) -> HttpResponse:
    """Take back what you allowed an app: one click, as it was one click to allow it."""
    subject, _ = reader_of(request)
    client_id = request.POST.get("client_id", "")
    app = next((each for each in queries.list_apps(subject=subject) if each.client_id == client_id), None)
    if app is None:
        raise Http404
    withdraw_allowance(subject=subject, client_id=client_id, call=call_from(request))
    messages.success(request, f"{app.name} has no access any more. It has to ask you again.")
    return redirect("portal:apps")


@require_safe
@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """How your account is protected, and what happened to it lately."""
    subject, _ = reader_of(request)
    context = {
        "summary": queries.get_security_summary(subject=subject),
        "activity": queries.list_activity(subject=subject, now=clock.now()),
        "ways": queries.list_ways_upstream(subject=subject, channel=queries.CHANNEL),
    }
    return render(request, "portal/security.html", context)


@require_safe
@never_cache
@login_required
def not_me(request: HttpRequest) -> HttpResponse:
    """What to do when something in the list was not you: two steps, in their order."""
    return render(request, "portal/not_me.html")
