"""Answers that several doors give: pages that no cache keeps, and where the browser goes next."""

from django.http import HttpResponse


def private(response: HttpResponse) -> HttpResponse:
    """Keep an answer out of every cache, and its address out of the next site's logs."""
    response["Cache-Control"] = "no-store"
    # Not no-referrer: a browser would post the consent form with `Origin: null`, which the CSRF check refuses.
    response["Referrer-Policy"] = "same-origin"
    return response


def redirect(location: str) -> HttpResponse:
    """Send the browser on with a GET, to whatever scheme the client registered."""
    response = HttpResponse(status=303)
    response["Location"] = location
    return private(response)
