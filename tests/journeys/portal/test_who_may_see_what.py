from typing import Any

import pytest
from django.test import Client

from accounts.services import register_operator, suspend_account
from accounts.types import Role
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel
from kit.call import CallContext
from sessions_hub.queries import list_live_sessions
from tests.actors import PASSWORD, make_channel, make_customer, sign_in
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db

PERSONAL = ("/", "/details/", "/sessions/", "/sessions/end-others/", "/security/", "/security/not-me/")
SOMEWHERE_ELSE = "198.51.100.7"


@pytest.fixture(autouse=True)
def web(db: None, call: CallContext) -> None:
    make_channel(call)


@pytest.fixture
def ana(call: CallContext) -> Any:
    return make_customer(call, "ana")


@pytest.fixture
def ben(call: CallContext) -> Any:
    return make_customer(call, "ben")


@pytest.fixture
def vera(call: CallContext) -> Any:
    return register_operator(
        email="vera@operators.example", password=PASSWORD, name="Vera", roles=[Role.AUDITOR], call=call
    )


def _only_sid(account: Any, call: CallContext) -> str:
    (state,) = list_live_sessions(subject=account.sub, now=call.now)
    return state.sid


@pytest.mark.parametrize("path", PERSONAL)
def test_a_personal_page_is_kept_by_no_cache(ana: Any, path: str) -> None:
    response = sign_in(ana).get(path)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_no_cache_keeps_a_page_of_the_library_that_shows_a_secret(ana: Any) -> None:
    browser = sign_in(ana)
    activate = "/accounts/2fa/totp/activate/"
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": activate})
    response = browser.get(activate)
    assert b"authenticator_secret" in response.content
    assert "no-store" in response["Cache-Control"]


def test_a_refusal_is_a_page_for_a_person_and_a_problem_for_a_program(ana: Any, call: CallContext) -> None:
    disable_channel(channel="web", call=call)
    forget_policies()
    fields = {"login": ana.email, "password": PASSWORD}
    page = Client().post("/accounts/login/", fields, headers={"Accept": "text/html"})
    problem = Client().post("/accounts/login/", fields)
    assert page.status_code == problem.status_code
    assert page.status_code == 403
    assert b"portal/style.css" in page.content
    assert problem["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", PERSONAL[1:])
def test_a_stranger_is_asked_to_sign_in_first(path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=")


def test_the_start_page_tells_a_stranger_the_two_ways_in() -> None:
    response = Client().get("/")
    assert b"/accounts/login/" in response.content
    assert b"/accounts/signup/" in response.content


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_ends_the_session_of_somebody_else(ana: Any, ben: Any, call: CallContext, method: str) -> None:
    sign_in(ana)
    response = getattr(sign_in(ben), method)(f"/sessions/{_only_sid(ana, call)}/end/")
    assert response.status_code == 404
    assert _only_sid(ana, call), "hers still lives"


def test_ending_an_own_session_signs_that_device_out_at_once(ana: Any, call: CallContext) -> None:
    phone = sign_in(ana)
    sid = _only_sid(ana, call)
    laptop = sign_in(ana)
    assert laptop.get(f"/sessions/{sid}/end/").status_code == 200
    assert phone.get("/security/").status_code == 200, "a look at the question ends nothing"
    laptop.post(f"/sessions/{sid}/end/")
    assert phone.get("/security/").status_code == 302
    assert laptop.get("/security/").status_code == 200


def test_this_device_goes_through_the_ordinary_sign_out(ana: Any, call: CallContext) -> None:
    browser = sign_in(ana)
    assert browser.post(f"/sessions/{_only_sid(ana, call)}/end/")["Location"] == "/accounts/logout/"


def test_everywhere_else_means_everywhere_but_here(ana: Any) -> None:
    phone, tablet, laptop = sign_in(ana), sign_in(ana), sign_in(ana)
    laptop.post("/sessions/end-others/")
    assert [browser.get("/security/").status_code for browser in (phone, tablet, laptop)] == [302, 302, 200]


@pytest.mark.parametrize("path", ["/console/", "/console/design/"])
def test_the_console_does_not_exist_for_customers(ana: Any, path: str) -> None:
    assert sign_in(ana).get(path, REMOTE_ADDR=SOMEWHERE_ELSE).status_code == 404


@pytest.mark.parametrize("path", ["/console/", "/console/design/"])
def test_operators_see_the_console_from_anywhere(call: CallContext, path: str) -> None:
    browser, _ = sign_in_operator(Role.AUDITOR, call)
    assert browser.get(path, REMOTE_ADDR=SOMEWHERE_ELSE).status_code == 200


def test_an_operator_with_a_password_alone_is_asked_for_the_second_factor_before_the_console(vera: Any) -> None:
    response = sign_in(vera).get("/console/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/2fa/reauthenticate/?next=/console/"


def test_a_password_alone_does_not_open_the_design_page_to_an_operator_elsewhere(vera: Any) -> None:
    assert sign_in(vera).get("/console/design/", REMOTE_ADDR=SOMEWHERE_ELSE).status_code == 404


def test_the_design_page_is_open_on_this_very_machine_only() -> None:
    assert Client().get("/console/design/").status_code == 200
    assert Client().get("/console/design/", REMOTE_ADDR=SOMEWHERE_ELSE).status_code == 404


@pytest.mark.parametrize("mode", ["test", "production"])
def test_the_outbox_exists_in_the_demo_alone(settings: Any, mode: str) -> None:
    settings.MODE = mode
    assert Client().get("/outbox/").status_code == 404


def test_the_outbox_is_shown_to_this_very_machine_alone(settings: Any) -> None:
    settings.MODE = "embedded"
    assert Client().get("/outbox/").status_code == 200
    assert Client().get("/outbox/", REMOTE_ADDR=SOMEWHERE_ELSE).status_code == 404
    settings.TRUSTED_PROXY_COUNT = 1
    assert Client().get("/outbox/", headers={"X-Forwarded-For": f"127.0.0.1, {SOMEWHERE_ELSE}"}).status_code == 404


def test_a_suspended_customer_is_signed_out_on_every_page(ana: Any, call: CallContext) -> None:
    browser = sign_in(ana)
    suspend_account(sub=ana.sub, reason="fraud", call=call)
    assert browser.get("/security/").status_code == 302
    assert b"Create account" in browser.get("/").content


def test_an_unknown_address_is_answered_in_the_same_design() -> None:
    response = Client().get("/nothing-here/")
    assert response.status_code == 404
    assert b"portal/style.css" in response.content


def test_a_form_without_its_token_is_explained() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a", "password": "b"})
    assert response.status_code == 403
    assert b"Please send that once more" in response.content
