"""Answers that several doors give: pages that no cache keeps, and where the browser goes next."""

from django.http import HttpResponse


def private(response: HttpResponse) -> HttpResponse:
    """Keep an answer out of every cache, and its address out of the next site's logs."""
    response["Cache-Control"] = "no-store"
    # Not no-referrer: a browser would post the consent form with `Origin: null`, which the CSRF check refuses.
    response["Referrer-Policy"] = "same-origin"
    return response


def open_to_any_origin(response: HttpResponse) -> HttpResponse:
    """Let a page of any site read the answer: it was given for what the request carries, never for a cookie."""
    response["Access-Control-Allow-Origin"] = "*"
    return response


def preflight(*methods: str) -> HttpResponse:
    """What a browser asks before a page of another site sends a token or a secret along (Fetch, CORS preflight)."""
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = ", ".join(methods)
    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    response["Access-Control-Max-Age"] = "86400"
    return open_to_any_origin(response)


def redirect(location: str) -> HttpResponse:
    """Send the browser on with a GET, to whatever scheme the client registered."""
    response = HttpResponse(status=303)
    response["Location"] = location
    return private(response)
