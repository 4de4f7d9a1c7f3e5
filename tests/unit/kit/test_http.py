"""What a door takes from a request, and what it does not believe."""

import json
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from kit.call import ANONYMOUS, Caller, CallerKind
from kit.http import call_from, client_address, passed_on_id, problem
from kit.refusal import NotFound


def request_through(*hops: str, peer: str = "10.0.0.1") -> WSGIRequest:
    """A request whose proxies wrote `hops` from left to right, arriving from `peer`."""
    headers = {"x-forwarded-for": ", ".join(hops)} if hops else {}
    return RequestFactory(REMOTE_ADDR=peer).get("/", headers=headers)


def test_without_proxies_of_ours_the_peer_is_the_client_whatever_it_claims(settings):
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_address(request_through("1.2.3.4", peer="198.51.100.7")) == "198.51.100.7"


@pytest.mark.parametrize(
    ("trusted", "hops", "address"),
    [
        (1, ["203.0.113.9"], "203.0.113.9"),
        (1, ["1.1.1.1", "2.2.2.2", "203.0.113.9"], "203.0.113.9"),  # the left ones are the client's own claim
        (2, ["1.1.1.1", "203.0.113.9", "10.0.0.2"], "203.0.113.9"),
        (2, ["203.0.113.9"], "10.0.0.1"),  # fewer hops than proxies: it came past them
        (1, [], "10.0.0.1"),
        (1, ["2001:db8::1"], "2001:db8::1"),
    ],
)
def test_behind_proxies_the_client_is_the_rightmost_hop_that_is_not_one_of_ours(settings, trusted, hops, address):
    settings.TRUSTED_PROXY_COUNT = trusted
    assert client_address(request_through(*hops)) == address


def test_empty_hops_do_not_shift_the_count(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(request_through("1.1.1.1", "", "203.0.113.9", "")) == "203.0.113.9"


def test_a_peer_without_an_address_is_none(settings):
    settings.TRUSTED_PROXY_COUNT = 0
    assert client_address(request_through(peer="")) is None


@pytest.mark.parametrize("value", ["a", "req-1", "urn:uuid:1.2_3", "x" * 64])
def test_a_plain_short_id_is_passed_on(value):
    assert passed_on_id(value) == value


@pytest.mark.parametrize(
    "value", [None, "", "x" * 65, "a b", "a\nb", "a\n", "a\x00", "<script>", "ü", "a/b", "a,b", "%0a", '"']
)
def test_any_other_id_is_not_passed_on(value):
    assert passed_on_id(value) is None


@given(st.text(max_size=70))
def test_what_is_passed_on_is_safe_in_a_header_and_in_a_log(value):
    passed_on = passed_on_id(value)
    assert passed_on is None or (passed_on.isascii() and passed_on.isprintable() and " " not in passed_on)


def test_the_call_of_a_request_says_who_when_and_through_what(settings):
    settings.TRUSTED_PROXY_COUNT = 0
    request: Any = RequestFactory(REMOTE_ADDR="198.51.100.7").get(
        "/", headers={"x-journey-id": "j-1", "user-agent": "Browser\x00 " + "x" * 400}
    )
    request.caller = Caller(kind=CallerKind.BROWSER, subject="ana")
    request.trace_id = "t-1"
    call = call_from(request, channel="web")
    assert (call.caller.subject, call.trace_id, call.journey, call.channel) == ("ana", "t-1", "j-1", "web")
    assert call.address == "198.51.100.7"
    assert len(call.user_agent) == 300
    assert "\x00" not in call.user_agent, "no database can store it"
    assert call.now.utcoffset().total_seconds() == 0


def test_a_request_nobody_authenticated_is_an_anonymous_call_with_a_trace_of_its_own():
    call = call_from(RequestFactory().get("/", headers={"x-journey-id": "two words"}))
    assert call.caller is ANONYMOUS
    assert call.trace_id
    assert call.journey is None


def test_a_refusal_becomes_a_problem_with_its_stable_code():
    response = problem(NotFound("No such session."), sid="s-1")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content) == {
        "type": "urn:throughline:error:not_found",
        "title": NotFound.message,
        "status": 404,
        "code": "not_found",
        "detail": "No such session.",
        "sid": "s-1",
    }
