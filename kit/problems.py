"""Every API error as problem+json with a stable code (RFC 9457), whatever raised it."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from kit.http import problem
from kit.refusal import InsufficientScope, MalformedInput, NotAllowed, NotFound, Refusal, Unavailable

log = logging.getLogger(__name__)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | Response | None:
    """DRF's hook: refusals and DRF's own exceptions become problem+json; anything else stays a 500.

    So does a database that is away: 503, whatever was asked, and the caller hears when to come again.
    """
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = NotAllowed()
    elif isinstance(error, RequestDataTooBig):
        error = MalformedInput("The body is too long.")
    elif isinstance(error, OperationalError | InterfaceError):
        log.error("the database cannot be reached or does not answer", exc_info=error)
        error = Unavailable()
    if isinstance(error, Refusal):
        return _challenge(problem(error), error, context)
    response = drf_exception_handler(error, context)
    if response is None or not isinstance(error, APIException):
        return response
    code = "invalid" if isinstance(error, ValidationError) else str(error.default_code)
    body = {"type": f"urn:throughline:error:{code}", "status": response.status_code, "code": code}
    if isinstance(error, ValidationError):
        body |= {"title": "Some fields are not right.", "errors": response.data}
    else:
        body |= {"title": str(error.default_detail), "detail": str(error.detail)}
    response.data = body
    response.content_type = "application/problem+json"
    return response


def _challenge(response: HttpResponse, refusal: Refusal, context: dict[str, Any]) -> HttpResponse:
    """Say beside a 401, and where a scope is missing, which proof is wanted and what was wrong (RFC 6750 section 3).

    Beside a 429: after how many seconds to come again.
    """
    is_about_the_token = response.status_code == 401 or isinstance(refusal, InsufficientScope)
    if is_about_the_token and (wanted := context["view"].get_authenticate_header(context["request"])):
        more = getattr(refusal, "wanted", "")  # what would be enough (RFC 9470 section 3)
        response["WWW-Authenticate"] = ", ".join(filter(None, (wanted, f'error="{refusal.code}"', more)))
    if retry_after := getattr(refusal, "retry_after", 0):
        response["Retry-After"] = str(retry_after)
    return response
