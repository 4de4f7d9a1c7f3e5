"""One trace id for a piece of work, and nothing of it left afterwards."""

import threading

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kit.middleware import TraceMiddleware
from kit.trace import current_trace_id, current_work, note_caller, trace_id_in, traced


def test_work_has_one_trace_id_and_leaves_none_behind():
    assert current_work() is None
    with traced("outer"):
        with traced("inner"):
            assert current_trace_id() == "inner"
        assert current_trace_id() == "outer"
    assert current_work() is None
    assert current_trace_id() != current_trace_id()


def test_whom_the_work_is_done_for_is_kept_with_it_alone():
    note_caller(client="nobody", subject=None)
    with traced("one") as work:
        note_caller(client="shop", subject=None)
        note_caller(client=None, subject="acc_1")
    assert (work.client, work.subject) == ("shop", "acc_1")
    assert current_work() is None


def test_another_thread_does_not_see_it():
    seen = []
    with traced("mine"):
        thread = threading.Thread(target=lambda: seen.append(current_work()))
        thread.start()
        thread.join()
    assert seen == [None]


PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("header", "trace_id"),
    [
        (PARENT, "4bf92f3577b34da6a3ce929d0e0e4736"),
        (f"01{PARENT[2:]}-later-versions-add", "4bf92f3577b34da6a3ce929d0e0e4736"),
        (f"ff{PARENT[2:]}", None),
        (PARENT.upper(), None),
        (PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32), None),
        ("nonsense", None),
        ("", None),
        (None, None),
    ],
)
def test_a_traceparent_is_read_as_w3c_says(header: str | None, trace_id: str | None):
    assert trace_id_in(header) == trace_id


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Request-ID": "abc-1"}, "abc-1"),
        ({"traceparent": PARENT}, "4bf92f3577b34da6a3ce929d0e0e4736"),
        ({"X-Request-ID": "abc-1", "traceparent": PARENT}, "abc-1"),
        ({"X-Request-ID": "not a token", "traceparent": PARENT}, "4bf92f3577b34da6a3ce929d0e0e4736"),
    ],
)
def test_a_request_goes_on_with_the_trace_id_it_came_with(headers: dict[str, str], expected: str):
    seen = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(current_trace_id())
        return HttpResponse()

    response = TraceMiddleware(answer)(RequestFactory().get("/", headers=headers))
    assert seen == [expected]
    assert response["X-Request-ID"] == expected
