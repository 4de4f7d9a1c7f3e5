"""Whether an address has an account cannot be seen: not in words, statuses, redirects, cookies, or the work done."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.hashers import PasswordHasher
from accounts.models import Account
from accounts.services import enroll_totp, register_account, suspend_account
from accounts.types import Kind
from kit.call import CallContext
from notifications.models import Message
from tests.actors import PASSWORD, make_customer
from tests.journeys.sign_in.conftest import SECRET

pytestmark = pytest.mark.django_db

UNKNOWN = "nobody@people.example"


@pytest.fixture
def people(ana: Any, call: CallContext) -> dict[str, str]:
    """Accounts of every kind, by what they are; the address of each."""
    two_step, stopped = make_customer(call, "dora"), make_customer(call, "emil")
    enroll_totp(sub=two_step.sub, secret=SECRET, call=call)
    suspend_account(sub=stopped.sub, reason="x", call=call)
    without = register_account(
        email="frida@people.example", password=None, name="", kind=Kind.CUSTOMER, email_verified=True, call=call
    )
    unproved = register_account(
        email="gita@people.example", password=PASSWORD, name="", kind=Kind.CUSTOMER, email_verified=False, call=call
    )
    return {
        "customer": ana.email,
        "two_step": two_step.email,
        "stopped": stopped.email,
        "no_password": without.email,
        "unproved": unproved.email,
    }


KINDS = ("customer", "two_step", "stopped", "no_password", "unproved")

# What is done, one request after the other; {} is the address.
WAYS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "password": [("/accounts/login/", {"login": "{}", "password": "something else entirely"})],
    "sign up": [("/accounts/signup/", {"email": "{}", "password1": "a sentence of her own choosing"})],
    "sign up, wrong code": [
        ("/accounts/signup/", {"email": "{}", "password1": "a sentence of her own choosing"}),
        ("/accounts/confirm-email/", {"code": "WRNG-CODE"}),
    ],
    "sign up, new code": [
        ("/accounts/signup/", {"email": "{}", "password1": "a sentence of her own choosing"}),
        ("/accounts/confirm-email/", {"action": "resend"}),
    ],
    "sign up by passkey": [("/accounts/signup/passkey/", {"email": "{}"})],
    "code": [("/accounts/login/code/", {"email": "{}"})],
    "code, wrong": [
        ("/accounts/login/code/", {"email": "{}"}),
        ("/accounts/login/code/confirm/", {"code": "WRNG-CODE"}),
    ],
    "code, new": [("/accounts/login/code/", {"email": "{}"}), ("/accounts/login/code/confirm/", {"action": "resend"})],
    "code, five wrong": [
        ("/accounts/login/code/", {"email": "{}"}),
        *[("/accounts/login/code/confirm/", {"code": "WRNG-CODE"})] * 5,
    ],
    "reset": [("/accounts/password/reset/", {"email": "{}"})],
    "reset, wrong code": [
        ("/accounts/password/reset/", {"email": "{}"}),
        ("/accounts/password/reset/confirm/", {"code": "WRNG-CODE"}),
    ],
    "reset, five wrong": [
        ("/accounts/password/reset/", {"email": "{}"}),
        *[("/accounts/password/reset/confirm/", {"code": "WRNG-CODE"})] * 5,
    ],
}


def seen(address: str, way: str) -> Iterator[tuple[Any, ...]]:
    """All that somebody at a browser can see of each step."""
    browser = Client()
    for path, fields in WAYS[way]:
        values = {name: value.format(address) for name, value in fields.items()}
        answer = browser.post(path, values, follow=True)
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())
        text = text.replace(address, "ADDRESS").replace(f"{address[0]}•••", "•••")
        yield (
            answer.status_code,
            answer.redirect_chain,
            text,
            sorted(browser.cookies),
            sorted(name for name in answer.headers if name != "X-Request-ID"),
        )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_looks_the_same(people: dict[str, str], way: str, kind: str) -> None:
    assert list(seen(people[kind], way)) == list(seen(UNKNOWN, way))


@pytest.mark.parametrize("way", ["password", "sign up", "code", "reset"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_costly_work_is_the_same(
    people: dict[str, str], way: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes and mails are what takes time; how long a test takes would say less."""
    hashes: list[str] = []
    encode = PasswordHasher.encode

    def count(self: PasswordHasher, password: str, salt: str) -> str:
        hashes.append("hashed")
        return str(encode(self, password, salt))

    def verify(self: PasswordHasher, password: str, encoded: str) -> bool:
        hashes.append("hashed")
        return False

    monkeypatch.setattr(PasswordHasher, "encode", count)
    monkeypatch.setattr(PasswordHasher, "verify", verify)
    get_hasher.cache_clear() if hasattr(get_hasher, "cache_clear") else None
    costs = []
    for address in (people[kind], UNKNOWN):
        hashes.clear()
        before = Message.objects.count()
        list(seen(address, way))
        costs.append((len(hashes), Message.objects.count() - before))
    assert costs[0] == costs[1]


def test_a_sign_up_for_a_taken_address_does_the_work_of_a_new_one_and_keeps_nothing(
    people: dict[str, str],
) -> None:
    accounts, counts = Account.objects.count(), []
    for address in (people["customer"], UNKNOWN):
        with CaptureQueriesContext(connection) as captured:
            Client().post("/accounts/signup/", {"email": address, "password1": PASSWORD})
        counts.append(sum(query["sql"].startswith("INSERT") for query in captured.captured_queries))
    assert counts[0] == counts[1]
    assert Account.objects.count() == accounts + 1


def test_what_a_browser_is_asked_for_a_passkey_names_nobody(people: dict[str, str]) -> None:
    for address in (*people.values(), UNKNOWN):
        browser = Client(headers={"Accept": "application/json"})
        answer = browser.get("/accounts/2fa/webauthn/login/", {"email": address, "login": address})
        options = answer.json()["request_options"]["publicKey"]
        assert options.pop("challenge")
        assert options == {"rpId": "localhost", "userVerification": "required", "allowCredentials": []} | {
            name: options[name] for name in options if name in ("timeout", "hints")
        }
