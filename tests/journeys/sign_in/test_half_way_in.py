"""Whoever is half signed in is nobody: each address that needs a person refuses, whatever was proved so far."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Account
from kit.call import CallContext
from kit.ids import new_secret
from tests.actors import PASSWORD, make_client, query_of
from tests.journeys.sign_in.conftest import ask_for_code, mailed_code

pytestmark = pytest.mark.django_db

ADDRESS = "carla@people.example"


def every_address(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """Every address of the gateway once, with something in the place of each variable part."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        text = str(each.pattern)
        text = re.sub(r"\(\?P<\w+>[^)]*\)|\(\?:[^)]*\)", "x", text) if text.startswith("^") else text
        text = re.sub(r"<int:\w+>", "1", text.strip("^$").replace("\\Z", ""))
        path = before + re.sub(r"<[^>]+>", "x", text)
        if isinstance(each, URLResolver):
            yield from every_address(each.url_patterns, path)
        elif isinstance(each, URLPattern):
            yield path


ADDRESSES = sorted(set(every_address()))


def password_given(ben: Any) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    return browser


def code_asked_for(ben: Any) -> Client:
    return ask_for_code(ben)


def code_given(ben: Any) -> Client:
    browser = ask_for_code(ben)
    browser.post("/accounts/login/code/confirm/", {"code": mailed_code(ben.email)})
    return browser


def reset_asked_for(ben: Any) -> Client:
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": ben.email})
    return browser


def reset_confirmed(ben: Any) -> Client:
    browser = reset_asked_for(ben)
    browser.post("/accounts/password/reset/confirm/", {"code": mailed_code(ben.email)})
    return browser


def signed_up(ben: Any) -> Client:
    browser = Client()
    browser.post("/accounts/signup/", {"email": ADDRESS, "password1": PASSWORD})
    return browser


def address_not_confirmed(ben: Any) -> Client:
    signed_up(ben)
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})
    assert answer["Location"] == "/accounts/confirm-email/"
    return browser


def passkey_not_made(ben: Any) -> Client:
    browser = Client()
    browser.post("/accounts/signup/passkey/", {"email": ADDRESS})
    browser.post("/accounts/confirm-email/", {"code": mailed_code(ADDRESS)})
    assert browser.get("/accounts/2fa/webauthn/signup/").status_code == 200
    return browser


# Each state with the one page that goes on from there.
STATES = {
    password_given: "/accounts/2fa/authenticate/",
    code_asked_for: "/accounts/login/code/confirm/",
    code_given: "/accounts/2fa/authenticate/",
    reset_asked_for: "/accounts/password/reset/confirm/",
    reset_confirmed: "/accounts/password/reset/complete/",
    signed_up: "/accounts/confirm-email/",
    address_not_confirmed: "/accounts/confirm-email/",
    passkey_not_made: "/accounts/2fa/webauthn/signup/",
}
states = pytest.mark.parametrize(
    ("half_way", "own_page"), [pytest.param(*state, id=state[0].__name__) for state in STATES.items()]
)


def needs_a_person(answer: Any) -> bool:
    return answer.status_code in (401, 403, 404, 405) or (
        answer.status_code in (302, 303) and answer["Location"].startswith(("/accounts/login/", "/accounts/signup/"))
    )


def outcome(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get("Location", "")


@cache
def what_a_stranger_is_told(method: str, path: str) -> tuple[int, str] | None:
    """How somebody without any state is refused; None where nobody is needed. The same for all, so asked once."""
    answer = getattr(Client(), method)(path)
    return outcome(answer) if needs_a_person(answer) else None


def test_the_addresses_are_all_there() -> None:
    assert len(ADDRESSES) > 80
    assert {"/security/", "/accounts/2fa/totp/activate/", "/console/", "/admin/", "/api/sessions/"} <= set(ADDRESSES)


@states
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_that_needs_a_person_refuses(ben: Any, half_way: Any, own_page: str, method: str) -> None:
    browser = half_way(ben)
    judged = 0
    for path in ADDRESSES:
        # Signed-up people may go on elsewhere only by starting over; a reset under way leads to its own next page.
        if path in (own_page, "/accounts/password/reset/confirm/", "/accounts/password/reset/complete/"):
            continue
        refused = what_a_stranger_is_told(method, path)
        if refused is None:
            continue
        judged += 1
        answer = getattr(browser, method)(path)
        leads_back = answer.status_code == 302 and answer["Location"] == own_page
        assert leads_back or outcome(answer) == refused, path
        assert "_auth_user_id" not in browser.session, path
    assert judged > 40


@states
def test_no_client_gets_a_code_for_somebody_half_way_in(
    ben: Any, half_way: Any, own_page: str, call: CallContext
) -> None:
    shop = make_client(call)
    browser = half_way(ben)
    silent = browser.get("/oauth/authorize", shop.authorize_parameters(new_secret(), prompt="none"))
    assert query_of(silent["Location"])["error"] == "login_required"
    loud = browser.get("/oauth/authorize", shop.authorize_parameters(new_secret()))
    assert loud["Location"].startswith("/accounts/login/")


@states
def test_the_next_page_of_one_state_is_closed_to_the_others(ben: Any, half_way: Any, own_page: str) -> None:
    browser = half_way(ben)
    for path in set(STATES.values()) - {own_page}:
        if {path, own_page} == {"/accounts/password/reset/confirm/", "/accounts/password/reset/complete/"}:
            continue  # one leads to the other
        answer = browser.get(path)
        assert answer.status_code == 302, path
    assert "_auth_user_id" not in browser.session


def test_a_code_for_one_thing_is_worth_nothing_for_another(ben: Any) -> None:
    browser = code_asked_for(ben)
    code = mailed_code(ben.email)
    browser.post("/accounts/password/reset/", {"email": ben.email})
    browser.post("/accounts/password/reset/confirm/", {"code": code})
    assert browser.get("/accounts/password/reset/complete/").status_code == 302
    assert Account.objects.get(pk=ben.pk).check_password(PASSWORD)
