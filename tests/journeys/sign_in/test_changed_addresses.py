"""Another login address: asked for after a fresh proof, told to the old mailbox, and taken back from there."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from accounts.models import Account, EmailChange
from accounts.queries import get_account, list_identifiers
from accounts.services import enroll_totp, erase_account
from audit.queries import list_events
from kit import clock
from kit.call import CallContext
from notifications.queries import list_messages
from tests.actors import PASSWORD, make_client, make_customer, sign_in
from tests.journeys.sign_in.conftest import SECRET, amr_of, is_signed_in, letters_to, mailed_code

pytestmark = pytest.mark.django_db

NEW = "ana@new.example"


def change(browser: Client, new: str = NEW) -> None:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/email/", {"action_add": "", "email": new})
    browser.post("/accounts/confirm-email/", {"code": mailed_code(new)})


def undo_path(address: str = "ana@people.example") -> str:
    letter = next(each for each in list_messages() if each.to == address and "was changed" in each.subject)
    found = re.search(re.escape(settings.ISSUER_URL) + r"(/accounts/email/undo/\S+)", letter.body)
    assert found, letter.body
    return found[1]


def undo(path: str) -> Any:
    return Client().post(path)


def test_an_address_changes_after_a_fresh_proof_only(ana: Any) -> None:
    browser = sign_in(ana)
    answer = browser.post("/accounts/email/", {"action_add": "", "email": NEW})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not letters_to(NEW)


def test_with_a_second_factor_the_password_is_not_enough_to_change_the_address(
    ben: Any, app_code: Callable[[], str]
) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": app_code()})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = browser.post("/accounts/email/", {"action_add": "", "email": "ben@new.example"})
    assert answer["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_the_old_mailbox_hears_of_it_with_a_link_to_take_it_back(ana: Any) -> None:
    change(sign_in(ana))
    assert letters_to("ana@people.example")[0] == "Your email address was changed"
    page = Client().get(undo_path()).content.decode()
    assert "ana@people.example" in page
    assert NEW in page


def test_the_secret_and_both_addresses_are_not_in_the_table(ana: Any) -> None:
    change(sign_in(ana))
    row = EmailChange.objects.get()
    assert undo_path().split("/")[-2] not in row.undo_digest
    assert b"example" not in bytes(row.addresses)


def test_looking_at_the_link_changes_nothing(ana: Any) -> None:
    change(sign_in(ana))
    path = undo_path()
    for browser in (Client(), sign_in(get_account(ana.sub))):
        assert browser.get(path).status_code == 200
        assert browser.head(path).status_code == 200
    assert get_account(ana.sub).email == NEW


def test_taking_it_back_restores_the_address_ends_everything_and_gives_nobody_a_session(
    ana: Any, call: CallContext
) -> None:
    shop = make_client(call)
    thief = sign_in(ana)
    tokens = shop.tokens_for(thief)
    change(thief)
    browser = Client()
    assert browser.post(undo_path()).status_code == 200
    account = get_account(ana.sub)
    assert (account.email, account.has_usable_password()) == ("ana@people.example", False)
    assert [row.email for row in EmailAddress.objects.filter(user=account)] == ["ana@people.example"]
    [identifier] = list_identifiers(account)
    assert (identifier.value, identifier.level) == ("ana@people.example", 2)
    assert amr_of(account) == []
    assert not is_signed_in(thief)
    assert not is_signed_in(browser)
    assert shop.introspect(tokens["access_token"]) == {"active": False}
    assert letters_to(NEW)[0] == letters_to("ana@people.example")[0] == "A change of your email address was undone"
    assert [line.type for line in list_events(subject=ana.sub)].count("email_change.undone") == 1


def test_the_owner_gets_back_in_with_a_code_and_a_new_password(ana: Any) -> None:
    change(sign_in(ana))
    undo(undo_path())
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "ana@people.example"})
    browser.post("/accounts/password/reset/confirm/", {"code": mailed_code("ana@people.example")})
    fields = {"password1": "a wholly new sentence", "password2": "a wholly new sentence"}
    browser.post("/accounts/password/reset/complete/", fields)
    assert is_signed_in(sign_in(get_account(ana.sub), password="a wholly new sentence"))


def test_a_link_works_once(ana: Any) -> None:
    change(sign_in(ana))
    path = undo_path()
    assert undo(path).status_code == 200
    assert undo(path).status_code == 404
    assert Client().get(path).status_code == 404


def test_a_link_works_for_a_week(ana: Any) -> None:
    change(sign_in(ana))
    with time_machine.travel(clock.now().timestamp() + 7 * 24 * 3600 + 1):
        assert undo(undo_path()).status_code == 404
    assert get_account(ana.sub).email == NEW


@pytest.mark.parametrize("secret", ["nothing", "A" * 10_000, "%00", "%F0%9F%92%A9"])
def test_a_made_up_link_takes_nothing_back(ana: Any, secret: str) -> None:
    for answer in (Client().get(f"/accounts/email/undo/{secret}/"), Client().post(f"/accounts/email/undo/{secret}/")):
        assert answer.status_code in (400, 404)


def test_taking_back_an_older_change_takes_the_newer_ones_along(ana: Any) -> None:
    browser = sign_in(ana)
    change(browser)
    first = undo_path()
    change(browser, "ana@third.example")
    second = undo_path(NEW)
    assert undo(first).status_code == 200
    assert get_account(ana.sub).email == "ana@people.example"
    assert undo(second).status_code == 404


def test_what_was_added_since_goes_and_what_was_there_before_stays(ana: Any, ben: Any, call: CallContext) -> None:
    thief = sign_in(ana)
    change(thief)
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    undo(undo_path())
    assert not Authenticator.objects.filter(user=ana).exists()
    assert Authenticator.objects.filter(user=ben).exists()


def test_an_address_that_somebody_else_has_proved_meanwhile_is_not_taken_from_them(ana: Any, call: CallContext) -> None:
    change(sign_in(ana))
    path = undo_path()
    dora = make_customer(call, "dora")
    EmailAddress.objects.filter(user=dora).update(email="ana@people.example")
    assert undo(path).status_code == 404
    assert get_account(ana.sub).email == NEW


def test_an_erased_account_cannot_be_taken_back(ana: Any, call: CallContext) -> None:
    change(sign_in(ana))
    path = undo_path()
    erase_account(sub=ana.sub, reason="asked", call=call)
    assert undo(path).status_code == 404
    assert not EmailChange.objects.exists()


def test_an_address_that_was_never_proved_hears_nothing_and_can_take_nothing_back(ana: Any, call: CallContext) -> None:
    Client().post("/accounts/signup/", {"email": "typo@people.example", "password1": PASSWORD})
    carla = Account.objects.get(email="typo@people.example")
    EmailAddress.objects.create(user=carla, email="carla@people.example")
    browser = Client()
    browser.post("/accounts/login/code/", {"email": "carla@people.example"})
    browser.post("/accounts/login/code/confirm/", {"code": mailed_code("carla@people.example")})
    assert get_account(carla.sub).email == "carla@people.example"
    assert not EmailChange.objects.exists()
    assert "Your email address was changed" not in letters_to("typo@people.example")
