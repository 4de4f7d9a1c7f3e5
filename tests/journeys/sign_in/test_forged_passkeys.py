"""Passkeys: which answers are believed. The ceremonies themselves are proved in a real browser."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.services import suspend_account
from kit import clock
from kit.call import CallContext
from sessions_hub.queries import list_live_sessions
from tests.actors import PASSWORD, make_customer, sign_in
from tests.journeys.sign_in.conftest import amr_of, is_signed_in
from tests.journeys.sign_in.software_key import SoftwareKey, text

pytestmark = pytest.mark.django_db

ADD, SIGN_IN = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/"


@pytest.fixture(autouse=True)
def issuer(settings: Any) -> None:
    settings.ISSUER_URL = "http://localhost:8000"


def add(browser: Client, key: SoftwareKey, **client_data: Any) -> Any:
    options = browser.get(ADD).context["js_data"]["creation_options"]
    fields = {"name": "A key", "passwordless": "on", "credential": key.register(options, **client_data)}
    return browser.post(ADD, fields)


@pytest.fixture
def browser(ana: Any) -> Client:
    """Ana's browser, in which she has just proved again."""
    browser = sign_in(ana)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


@pytest.fixture
def key(browser: Client) -> SoftwareKey:
    key = SoftwareKey()
    assert add(browser, key).status_code == 302
    return key


def request_options(browser: Client) -> dict[str, Any]:
    return dict(browser.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"])


def try_with(answer: str, browser: Client | None = None) -> Client:
    browser = browser or Client()
    assert browser.post(SIGN_IN, {"credential": answer}).status_code == 302
    return browser


def test_a_passkey_signs_its_owner_in_at_the_level_it_proves(key: SoftwareKey, ana: Any) -> None:
    browser = Client()
    try_with(key.sign(request_options(browser)), browser)
    assert is_signed_in(browser)
    assert ("mfa", "pop", "user") in amr_of(ana)


def test_the_owner_is_named_by_subject_and_never_by_a_row(key: SoftwareKey, ana: Any) -> None:
    assert key.owner == text(ana.sub.encode())


@pytest.mark.parametrize(
    "client_data",
    [
        {"origin": "http://localhost:9000"},
        {"origin": "https://localhost:8000"},
        {"origin": "http://evil.localhost:8000"},
        {"origin": "http://localhost:8000.evil.example"},
        {"origin": "null"},
        {"origin": None},
        {"origin": ["http://localhost:8000"]},
        {"crossOrigin": True},
        {"challenge": text(b"another challenge of thirty-two b")},
        {"type": "webauthn.create"},
    ],
)
def test_an_answer_from_elsewhere_signs_nobody_in(key: SoftwareKey, client_data: dict[str, Any]) -> None:
    browser = Client()
    try_with(key.sign(request_options(browser), **client_data), browser)
    assert not is_signed_in(browser)


@pytest.mark.parametrize("client_data", [{"origin": "http://localhost:9000"}, {"crossOrigin": True}])
def test_an_answer_from_elsewhere_adds_nothing(browser: Client, client_data: dict[str, Any]) -> None:
    assert add(browser, SoftwareKey(), **client_data).status_code == 200
    assert not Authenticator.objects.exists()


def test_a_key_that_did_not_verify_its_holder_is_not_enough_alone(browser: Client, key: SoftwareKey) -> None:
    stranger = Client()
    try_with(key.sign(request_options(stranger), verified=False), stranger)
    assert not is_signed_in(stranger)
    assert add(browser, SoftwareKey(), verified=False).status_code == 200


def test_a_key_for_another_party_is_worth_nothing(key: SoftwareKey) -> None:
    browser = Client()
    key.rp_id = "evil.example"
    try_with(key.sign(request_options(browser)), browser)
    assert not is_signed_in(browser)


def test_an_answer_is_judged_against_the_keys_of_whom_it_names(key: SoftwareKey, call: CallContext) -> None:
    dora = make_customer(call, "dora")
    for owner in (text(dora.sub.encode()), text(b"acc_nobody"), text(b"1"), text(b"\xff"), "", None, 5):
        browser = Client()
        key.owner = owner  # type: ignore[assignment]
        try_with(key.sign(request_options(browser)), browser)
        assert not is_signed_in(browser)


def test_a_wrong_signature_signs_nobody_in(key: SoftwareKey) -> None:
    other = SoftwareKey(owner=key.owner, id=key.id)
    browser = Client()
    try_with(other.sign(request_options(browser)), browser)
    assert not is_signed_in(browser)


def test_a_challenge_is_good_for_one_answer_right_or_wrong(key: SoftwareKey) -> None:
    browser = Client()
    answer = key.sign(request_options(browser))
    try_with('{"id": "x"}', browser)
    try_with(answer, browser)
    assert not is_signed_in(browser)

    fresh = key.sign(request_options(browser))
    try_with(fresh, browser)
    assert is_signed_in(browser)
    browser.post("/accounts/logout/")
    try_with(fresh, browser)
    assert not is_signed_in(browser)


def test_a_challenge_of_one_browser_is_nothing_in_another(key: SoftwareKey) -> None:
    asked, other = Client(), Client()
    request_options(other)
    try_with(key.sign(request_options(asked)), other)
    assert not is_signed_in(other)


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "null",
        "[]",
        "5",
        '"x"',
        "{}",
        "{",
        '{"response": 5}',
        '{"id": "x", "rawId": "x", "response": {}}',
        '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30", "signature": "x"}}',
        json.dumps({"id": "\x00", "rawId": "\x00", "response": {"clientDataJSON": "!", "attestationObject": "!"}}),
        json.dumps({"id": "eA", "rawId": "eA", "response": {"clientDataJSON": "e30", "attestationObject": "oA"}}),
        '{"a":' * 500 + "1" + "}" * 500,
        "x" * 10_000,
        "\x00",
    ],
)
def test_junk_is_a_wrong_answer_and_never_a_fault(browser: Client, key: SoftwareKey, junk: str) -> None:
    stranger = Client()
    request_options(stranger)
    assert stranger.post(SIGN_IN, {"credential": junk}).status_code == 302
    browser.get(ADD)
    assert browser.post(ADD, {"name": "x", "credential": junk}).status_code == 200
    half_way = Client()
    half_way.post("/accounts/login/", {"login": "ana@people.example", "password": PASSWORD})
    half_way.get("/accounts/2fa/authenticate/")
    assert half_way.post("/accounts/2fa/authenticate/", {"credential": junk}).status_code == 200
    browser.get("/accounts/2fa/webauthn/reauthenticate/")
    assert browser.post("/accounts/2fa/webauthn/reauthenticate/", {"credential": junk}).status_code == 302
    assert not is_signed_in(stranger)
    assert not is_signed_in(half_way)


def test_after_a_wrong_answer_the_page_asks_anew_and_takes_the_right_one(browser: Client) -> None:
    page = browser.get(ADD)
    page = browser.post(ADD, {"name": "x", "passwordless": "on", "credential": "{}"})
    assert page.status_code == 200
    options = page.context["js_data"]["creation_options"]
    fields = {"name": "x", "passwordless": "on", "credential": SoftwareKey().register(options)}
    assert browser.post(ADD, fields).status_code == 302


def test_the_passkey_of_a_stopped_account_opens_nothing(key: SoftwareKey, ana: Any, call: CallContext) -> None:
    suspend_account(sub=ana.sub, reason="x", call=call)
    browser = Client()
    try_with(key.sign(request_options(browser)), browser)
    assert not is_signed_in(browser)


def test_the_last_passkey_stays_while_the_password_is_missing(browser: Client, key: SoftwareKey, ana: Any) -> None:
    ana.set_unusable_password()
    ana.save(update_fields=["password"])
    browser = Client()
    try_with(key.sign(request_options(browser)), browser)
    path = "/accounts/2fa/webauthn/reauthenticate/"
    options = browser.get(path).context["js_data"]["request_options"]
    browser.post(path, {"credential": key.sign(options)})
    passkey = Authenticator.objects.get(user=ana, type="webauthn")
    browser.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    assert Authenticator.objects.filter(pk=passkey.pk).exists()
    assert add(browser, SoftwareKey()).status_code == 302
    browser.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    assert not Authenticator.objects.filter(pk=passkey.pk).exists()
    assert is_signed_in(browser), "the session that removed one of two passkeys goes on"


def test_somebody_elses_passkey_cannot_be_seen_renamed_or_removed(key: SoftwareKey, call: CallContext) -> None:
    passkey = Authenticator.objects.get(type="webauthn")
    dora = sign_in(make_customer(call, "dora"))
    dora.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for path in ("edit", "remove"):
        for method in (dora.get, dora.post):
            assert method(f"/accounts/2fa/webauthn/keys/{passkey.pk}/{path}/", {"name": "x"}).status_code == 404


def test_a_removed_passkey_lowers_every_session_that_rests_on_it(browser: Client, key: SoftwareKey, ana: Any) -> None:
    elsewhere = Client()
    try_with(key.sign(request_options(elsewhere)), elsewhere)
    assert is_signed_in(elsewhere)
    passkey = Authenticator.objects.get(user=ana, type="webauthn")
    browser.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")
    assert not is_signed_in(elsewhere)
    [left] = list_live_sessions(subject=ana.sub, now=clock.now())
    assert left.level.amr == ("pwd",)
