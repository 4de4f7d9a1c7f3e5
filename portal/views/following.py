"""Where people go afterwards: a path of our own, or where one of our apps begins; never anywhere else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from oauth.queries import is_start_address

_LONGEST = 2000


def following(request: HttpRequest, *, local_only: bool = False) -> str:
    """The `next` of this request if people may be sent there, else nothing."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if len(wanted) > _LONGEST or not wanted.isprintable():
        return ""
    if wanted.startswith("/"):
        return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
    return wanted if not local_only and is_start_address(wanted) else ""


def followed(request: HttpRequest, *, otherwise: str = "portal:home") -> HttpResponse:
    """Send the browser there. To another site by a page: `form-action` allows no form to end up elsewhere."""
    there = following(request)
    if there and not there.startswith("/"):
        return render(request, "portal/go_on.html", {"there": there})
    return redirect(there or otherwise)
