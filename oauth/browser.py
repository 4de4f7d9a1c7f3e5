"""What a browser's request brings along: who is signed in there, and where its form posts may end up.

Chromium applies `form-action` to the whole redirect chain of a form post, so signing in on our page and landing
at the client needs the client's origin in the policy. Only redirect URIs that were checked get in.
"""

from typing import cast
from urllib.parse import urlsplit

from django.http import HttpRequest

from kit.http import keep_journey
from oauth import conf
from sessions_hub.types import Household

_KEY = "redirect_targets"
_MOST = 5


def household_of(request: HttpRequest) -> Household:
    """The accounts that are signed in in this browser."""
    return cast(Household, request.household)  # type: ignore[attr-defined]  # BrowserSessionMiddleware gave it


def remember(request: HttpRequest, redirect_uri: str, *, journey: str = "") -> None:
    """Let the pages of this browser session post towards a checked redirect URI, as part of a journey if there is one.

    What is proved there is then known to belong to it, until the request that waits is gone.
    """
    keep_journey(request, journey, seconds=conf.INTERACTION_SECONDS)
    targets = [target for target in request.session.get(_KEY, []) if target != source_of(redirect_uri)]
    request.session[_KEY] = [*targets, source_of(redirect_uri)][-_MOST:]


def targets_of(request: HttpRequest) -> list[str]:
    """The sources to add to `form-action` for this browser session."""
    return list(request.session.get(_KEY, []))


def source_of(redirect_uri: str) -> str:
    """The CSP source of a redirect URI: its origin, or its scheme for a native app's own scheme."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
