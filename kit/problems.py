"""Every API error as problem+json with a stable code (RFC 9457), whatever raised it."""

from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from kit.http import problem
from kit.refusal import Refusal


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | Response | None:
    """DRF's hook: refusals and DRF's own exceptions become problem+json; anything else stays a 500."""
    if isinstance(error, Refusal):
        return problem(error)
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    code = "invalid" if isinstance(error, ValidationError) else _code(error)
    body = {"type": f"urn:throughline:error:{code}", "status": response.status_code, "code": code}
    if isinstance(error, ValidationError):
        body |= {"title": "Some fields are not right.", "errors": response.data}
    else:
        body |= {"title": str(getattr(error, "detail", "The request cannot be answered."))}
    response.data = body
    response.content_type = "application/problem+json"
    return response


def _code(error: Exception) -> str:
    return str(error.default_code) if isinstance(error, APIException) else "not_found"
