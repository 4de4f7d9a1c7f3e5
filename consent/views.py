"""Pages behind links in mails. A mail scanner follows every link, so opening one changes nothing."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import conf, services
from consent.errors import UndoInvalid, UnsubscribeInvalid
from consent.queries import find_purpose, read_undo, read_unsubscribe
from kit import clock
from kit.http import call_from

_LONGEST_FORM = 1024


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leave a mailing: by the mail reader's own button (RFC 8058), which posts, or by the one on this page.

    The token alone decides, never a cookie, so a form of any site may post here; who holds no token gets nowhere.
    """
    try:
        _, id, _ = read_unsubscribe(token)
    except UnsubscribeInvalid as refusal:
        return render(request, "consent/link_gone.html", {"message": refusal.message}, status=refusal.status)
    purpose = find_purpose(id)
    about = {"title": purpose.text("title") if purpose else id, "token": token}
    if request.method != "POST":
        return render(request, "consent/unsubscribe.html", about)
    if not _is_one_click(request):
        return HttpResponseBadRequest("List-Unsubscribe=One-Click is missing.", content_type="text/plain")
    services.unsubscribe(token=token, call=call_from(request))
    return render(request, "consent/unsubscribed.html", about)


def _is_one_click(request: HttpRequest) -> bool:
    """Whether the body says what RFC 8058 section 3.1 has it say, as a form of either kind."""
    if len(request.body) > _LONGEST_FORM:
        return False
    name, _, value = conf.ONE_CLICK.partition("=")
    return request.POST.getlist(name) == [value]


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Take back a withdrawal that nobody proved was hers, from the mail about it."""
    try:
        if request.method == "POST":
            services.undo_withdrawal(token=token, call=call_from(request))
            return render(request, "consent/undone.html")
        read_undo(token, now=clock.now())
    except UndoInvalid as refusal:
        return render(request, "consent/link_gone.html", {"message": refusal.message}, status=refusal.status)
    return render(request, "consent/undo.html")
