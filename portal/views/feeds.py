"""Where operators look after inbound feeds, and see what is believed of a person and why."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit import clock
from kit.http import call_from
from kit.refusal import MalformedInput
from portal import queries
from portal.forms import DocumentForm
from portal.views.console import permitted
from sync.errors import FeedInvalid
from sync.queries import plan_feeds
from sync.services import apply_feeds, discard_batch, release_batch

_DEEDS = {
    "release": (release_batch, "It is applied, and what waited behind it is looked at in its turn."),
    "discard": (discard_batch, "It is gone, and what waited behind it is looked at in its turn."),
}


@require_safe
@never_cache
@permitted("sync.view_feed")
def console_feeds(request: HttpRequest) -> HttpResponse:
    """Every feed and how it is."""
    context = {
        "feeds": queries.list_feed_views(clock.now()),
        "may_change": request.user.has_perm("sync.change_feed"),
    }
    return render(request, "portal/feeds/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permitted("sync.change_feed")
def console_feeds_file(request: HttpRequest) -> HttpResponse:
    """Feeds as text, as `manage.py feeds` takes it: what it would change is shown, then made so."""
    form = DocumentForm(request.POST or None, initial={"text": queries.get_feeds_text()})
    changes: list[str] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            document = form.document()
            if request.POST.get("do") == "apply":
                count = len(apply_feeds(document=document, call=call_from(request)))
                messages.success(request, f"{count} feed{'' if count == 1 else 's'} changed.")
                return redirect("portal:console_feeds")
            changes = plan_feeds(document)
        except (FeedInvalid, MalformedInput) as error:
            form.add_error("text", error.detail)
    context = {"form": form, "changes": changes}
    return render(request, "portal/feeds/file.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@permitted("sync.view_feed")
def console_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """One feed: its fuse, its deliveries, and those that wait for somebody to decide."""
    context = queries.get_feed_page(slug, clock.now())
    return render(request, "portal/feeds/feed.html", {**context, "may_decide": _may_decide(request)})


@require_POST
@never_cache
@permitted("sync.decide_feedbatch")
def console_decide_batch(request: HttpRequest, slug: str) -> HttpResponse:
    """Release or discard a delivery that was set aside."""
    deed, said = _DEEDS.get(request.POST.get("do", ""), (None, ""))
    if deed is None:
        raise MalformedInput("Say what to do with the delivery.")
    deed(feed=slug, ref=request.POST.get("ref", "").replace("\x00", ""), call=call_from(request))
    messages.success(request, said)
    return redirect("portal:console_feed", slug=slug)


@require_safe
@never_cache
@permitted("resolution.view_conflict")
def console_conflicts(request: HttpRequest) -> HttpResponse:
    """Where sources disagree, counted by who is believed and why."""
    return render(request, "portal/feeds/conflicts.html", queries.get_conflicts_page())


@require_safe
@never_cache
@permitted("resolution.view_sourcerecord")
def console_attributes(request: HttpRequest, sub: str) -> HttpResponse:
    """What is believed of a customer, with where it comes from and why."""
    use = request.GET.get("use", "history")
    return render(request, "portal/feeds/attributes.html", queries.get_attributes_page(sub, use))


def _may_decide(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("sync.decide_feedbatch"))
