"""Who looks at a page, and what that takes."""

from typing import cast

from django.http import HttpRequest

from channel_registry.types import meets
from kit.call import Caller
from portal.types import OPERATOR_ACR
from sessions_hub.types import Household


def reader_of(request: HttpRequest) -> tuple[str, str | None]:
    """Who reads, and in which session."""
    caller = caller_of(request)
    return caller.subject or "", caller.sid


def has_proved_enough(request: HttpRequest) -> bool:
    """Whether an operator's session is good enough for the pages of operators."""
    return meets(caller_of(request).acr or "0", OPERATOR_ACR)


def household_of(request: HttpRequest) -> Household:
    """The accounts that are signed in in this browser."""
    return cast(Household, request.household)  # type: ignore[attr-defined]  # the browser middleware gave it


def caller_of(request: HttpRequest) -> Caller:
    """Who the browser's session stands for."""
    return cast(Caller, request.caller)  # type: ignore[attr-defined]  # the browser middleware sets it
