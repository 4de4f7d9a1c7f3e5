"""Input that no well-behaved caller sends is refused before any view; every answer names its trace."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from kit.middleware import RefusalMiddleware, TraceMiddleware
from kit.refusal import NotAllowed


def answer(request):
    return HttpResponse("seen")


def ask(query: str = "", path: str = "/"):
    return RefusalMiddleware(answer)(RequestFactory().get(path, QUERY_STRING=query))


@pytest.mark.parametrize(
    "query", ["", "a=1&b=%C3%BC", "next=%2Fhome%3Fa%3D1", "a=+", "a=%25", "a=100%", "a=\u00c3\u00bc"]
)
def test_ordinary_queries_pass(query):
    assert ask(query).content == b"seen"


@pytest.mark.parametrize(
    "query",
    [
        "a=%00",
        "%00=a",
        "a=x%00y&b=1",
        "a=\x00",
        "a=%FF",
        "a=%C3",
        "a=%ED%A0%80",  # a lone surrogate
        "a=%C0%80",  # an overlong NUL
        "a=\u00ff",  # the byte FF as it comes, not percent-encoded (WSGI hands bytes over as Latin-1)
    ],
)
def test_a_query_with_nul_or_broken_utf8_is_400(query):
    response = ask(query)
    assert response.status_code == 400
    assert json.loads(response.content)["code"] == "malformed_input"


def test_a_path_with_nul_is_400():
    assert ask(path="/a%00b").status_code == 400


def test_a_path_with_broken_utf8_is_no_server_error():
    assert ask(path="/a%FFb").status_code < 500


def test_a_refusal_that_a_view_let_through_becomes_a_problem():
    response = RefusalMiddleware(answer).process_exception(RequestFactory().get("/"), NotAllowed())
    assert response.status_code == 403
    assert json.loads(response.content)["code"] == "not_allowed"


def test_any_other_error_is_left_to_others():
    assert RefusalMiddleware(answer).process_exception(RequestFactory().get("/"), KeyError("x")) is None


def test_a_passed_on_trace_id_is_kept_and_echoed():
    seen = []

    def look(request: Any) -> HttpResponse:
        seen.append(request.trace_id)
        return HttpResponse()

    response = TraceMiddleware(look)(RequestFactory().get("/", headers={"x-request-id": "trace-1"}))
    assert seen == ["trace-1"]
    assert response["X-Request-ID"] == "trace-1"


@pytest.mark.parametrize("sent", [None, "two words", "x" * 65, "a\r\nSet-Cookie: b=1"])
def test_a_trace_id_that_is_no_plain_token_is_replaced(sent):
    headers = {"x-request-id": sent} if sent else {}
    response = TraceMiddleware(answer)(RequestFactory().get("/", headers=headers))
    assert response["X-Request-ID"] not in ("", sent)
    assert "\n" not in response["X-Request-ID"]
