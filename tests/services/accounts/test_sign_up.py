"""Signing up and signing in on allauth's pages: what is kept, what is proved, what a stranger can learn."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError
from django.test import Client

from accounts import queries, services
from accounts.adapter import AccountAdapter
from accounts.forms import SignupForm
from accounts.models import Account
from accounts.types import Method, Provenance
from notifications.queries import list_messages
from sessions_hub.queries import list_live_sessions
from tests.services.accounts.conftest import ANAS_PASSWORD

pytestmark = pytest.mark.usefixtures("web")

WRONG = AccountAdapter.error_messages["email_password_mismatch"]


def sign_up(client: Client, **changes):
    values = {"email": "Carla@Example.com", "password1": "under the old oak tree", "name": " Carla "}
    return client.post("/accounts/signup/", values | changes)


def sign_in(client: Client, password: str = ANAS_PASSWORD, email: str = "ana@example.com", **headers):
    return client.post("/accounts/login/", {"login": email, "password": password}, **headers)


def mailed_code() -> str:
    found = re.search(r"\b([A-Z0-9]{4}-?[A-Z0-9]{4})\b", list_messages(1)[0].body)
    assert found
    return found[1]


@pytest.fixture
def carla(client):
    """Someone who has just signed up and verified her address."""
    sign_up(client)
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    return Account.objects.with_email("carla@example.com").get()


def test_a_sign_up_makes_account_address_identifier_and_facts(client, facts):
    assert sign_up(client).status_code == 302
    carla = Account.objects.with_email("CARLA@example.com").get()
    assert (carla.name, carla.kind) == ("Carla", "customer")
    [identifier] = queries.list_identifiers(carla)
    assert (identifier.level, identifier.provenance) == (1, Provenance.SIGN_UP)
    assert facts(carla)[:2] == ["account.created", "identifier.added"]
    assert not list_live_sessions(subject=carla.sub, now=carla.created_at)


def test_the_mailed_code_verifies_the_address_and_is_all_that_sign_up_proves(carla, client, call):
    [identifier] = queries.list_identifiers(carla)
    assert identifier.level == 2
    assert "account_authentication_methods" not in client.session  # allauth notes nothing: see accounts.rules
    [session] = list_live_sessions(subject=carla.sub, now=call.now)
    assert (session.level.acr, session.level.amr) == ("urn:throughline:1fa", ("otp",))


def test_an_address_that_has_an_account_is_not_told_apart(ana, client):
    known = sign_up(client, email="ANA@example.com")
    unknown = sign_up(Client(), email="nobody@example.com")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert Account.objects.with_email("ana@example.com").count() == 1
    for_ana = next(letter for letter in list_messages() if letter.to == "ana@example.com")
    assert f"{settings.ISSUER_URL}/accounts/password/reset/" in for_ana.body


def test_two_sign_ups_in_the_same_moment_end_in_one_account_and_no_error(ana, client, monkeypatch):
    def lose_the_race(form, request):
        raise IntegrityError

    monkeypatch.setattr(SignupForm, "_save_in_one", lose_the_race)
    assert sign_up(client, email="dora@example.com").status_code == 302
    assert not Account.objects.with_email("dora@example.com").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "A" * 10_000),
        ("name", "Car\x00la"),
        ("name", "Car\nla"),
        ("name", "\u202eCarla"),
        ("name", "https://evil.example"),
        ("email", "a" * 10_000 + "@example.com"),
        ("email", "a" * 290 + "@example.com"),
        ("email", "car\x00la@example.com"),
        ("email", '"car;la"@example.com'),
        ("password1", "under the old oak tree\x00"),
        ("password1", "short"),
    ],
)
def test_what_cannot_be_kept_is_an_error_beside_its_field(client, field, value):
    answer = sign_up(client, **{field: value})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert not Account.objects.exists()


def test_a_password_of_sixty_four_and_more_characters_is_welcome(client):
    assert sign_up(client, password1="ü" * 100 + "x").status_code == 302


def test_an_inactive_account_hears_what_a_wrong_password_hears(ana, call, client):
    wrong = sign_in(client, "not her password").context["form"].errors.as_json()
    assert WRONG in wrong
    for end in (services.suspend_account, services.close_account, services.erase_account):
        end(sub=ana.sub, reason="x", call=call)
        stopped = sign_in(Client())
        assert stopped.status_code == 200
        assert stopped.context["form"].errors.as_json() == wrong


def test_an_account_stopped_during_its_sign_in_does_not_get_in(carla, call):
    client = Client()
    EmailAddress.objects.update(verified=False)
    sign_in(client, "under the old oak tree", "carla@example.com")
    services.suspend_account(sub=carla.sub, reason="x", call=call)
    answer = client.post("/accounts/confirm-email/", {"code": mailed_code()}, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/"
    assert "_auth_user_id" not in client.session
    assert not list_live_sessions(subject=carla.sub, now=call.now)


def test_a_sign_in_proves_the_password(ana, call, client):
    assert sign_in(client).status_code == 302
    [session] = list_live_sessions(subject=ana.sub, now=call.now)
    assert session.level.amr == ("pwd",)


def test_failures_are_counted_by_login_whatever_host_the_client_names(ana, settings, client):
    settings.PROOF_RATE_LIMITS = settings.PROOF_RATE_LIMITS | {"account_and_network": "2/5m/key"}
    answers = [sign_in(Client(), "wrong", HTTP_HOST=host) for host in ("localhost", "127.0.0.1", "localhost")]
    assert "Too many tries" in str(answers[-1].context["form"].errors)


def test_a_right_password_does_not_wash_failures_away_and_a_stopped_account_is_counted_too(ana, settings, call):
    settings.PROOF_RATE_LIMITS = settings.PROOF_RATE_LIMITS | {"account_and_network": "2/5m/key"}
    services.suspend_account(sub=ana.sub, reason="x", call=call)
    answers = [sign_in(Client()) for _ in range(3)]
    assert "Too many tries" in str(answers[-1].context["form"].errors)


def test_an_address_somebody_else_only_claims_goes_to_whoever_proves_it(ben, client, settings):
    settings.ACCOUNT_FORMS = settings.ACCOUNT_FORMS | {
        "confirm_email_verification_code": "accounts.forms.ConfirmAddressForm"
    }
    sign_up(client)
    EmailAddress.objects.create(user=ben, email="carla@example.com", verified=False)  # while her mail is on its way
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert not EmailAddress.objects.filter(user=ben, email="carla@example.com").exists()
    carla = Account.objects.with_email("carla@example.com").get()
    assert queries.list_identifiers(carla)[0].level == 2
    assert "_auth_user_id" in client.session


def test_an_address_somebody_else_has_proved_stays_theirs(ben, client, settings):
    settings.ACCOUNT_FORMS = settings.ACCOUNT_FORMS | {
        "confirm_email_verification_code": "accounts.forms.ConfirmAddressForm"
    }
    sign_up(client)
    EmailAddress.objects.create(user=ben, email="carla@example.com", verified=True)
    assert client.post("/accounts/confirm-email/", {"code": mailed_code()}).status_code == 200
    assert client.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_replaced_by_a_mailed_code_and_written_down(ana, client, facts):
    client.post("/accounts/password/reset/", {"email": "ana@example.com"})
    client.post("/accounts/password/reset/confirm/", {"code": mailed_code()})
    client.post("/accounts/password/reset/complete/", {"password1": "over the hills", "password2": "over the hills"})
    new = "over the hills and far away"
    client.post("/accounts/password/reset/complete/", {"password1": new, "password2": new})
    assert facts(ana)[-1] == "password.reset"
    assert "_auth_user_id" not in client.session
    assert sign_in(Client(), new).status_code == 302


def test_a_changed_address_takes_identifier_and_login_along(ana, client, facts, call):
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": ANAS_PASSWORD})
    client.post("/accounts/email/", {"action_add": "", "email": "ana@new.example"})
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert [each.value for each in queries.list_identifiers(ana)] == ["ana@new.example"]
    assert queries.get_account(ana.sub).email == "ana@new.example"
    assert facts(ana).count("profile.changed") == 1
    assert {letter.to for letter in list_messages(2)} == {"ana@example.com", "ana@new.example"}
    [session] = list_live_sessions(subject=ana.sub, now=call.now)
    assert session.level.amr == ("pwd",)  # one more verified address is no second factor


def test_proofs_are_named_as_sessions_know_them():
    assert {method.value for method in Method} == {
        "password",
        "email_code",
        "totp",
        "recovery_code",
        "passkey",
        "passkey_uv",
        "passkey_hardware",
        "federated",
    }


@pytest.mark.parametrize("email", ["a" * 290 + "@example.com", "ana\x00@example.com", '"a;na"@example.com'])
def test_a_forgotten_password_of_an_impossible_address_is_an_error_beside_the_field(client, email):
    answer = client.post("/accounts/password/reset/", {"email": email})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["email"]


@pytest.mark.parametrize(
    "fields",
    [
        {"login": "ana@example.com", "password": "\x00" * 20},
        {"login": "ana\x00@example.com", "password": "x"},
        {"login": "a" * 10_000 + "@example.com", "password": "x"},
        {"login": "ana@example.com", "password": "x" * 10_000},
        {"login": ["ana@example.com", "ben@example.com"], "password": ["x", "y"]},
    ],
)
def test_junk_at_sign_in_is_an_error_on_the_page_and_never_a_fault(ana, client, fields):
    assert client.post("/accounts/login/", fields).status_code == 200
