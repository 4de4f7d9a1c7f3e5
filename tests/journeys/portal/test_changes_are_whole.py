"""What a person changes about her account and what the journal says of it happen together, or not at all."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.events import (
    AUTHENTICATOR_ADDED,
    AUTHENTICATOR_REMOVED,
    AUTHENTICATOR_REPLACED,
    PASSWORD_CHANGED,
    PASSWORD_RESET,
)
from accounts.queries import list_authenticators
from accounts.services import enroll_totp
from accounts.types import Method
from audit import journal
from audit.queries import list_events
from audit.types import EventType
from kit.call import CallContext
from notifications.queries import list_messages
from tests.actors import PASSWORD, make_channel, make_customer, sign_in
from tests.journeys.people import totp
from tests.journeys.sign_in.software_key import SoftwareKey

pytestmark = pytest.mark.django_db(transaction=True)

OTHER_PASSWORD = "another horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ana(call: CallContext) -> Any:
    cache.clear()  # a one-time code works once over all tests
    make_channel(call)
    return make_customer(call)


@pytest.fixture
def fail_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let whatever reacts to a fact fail, as a database that goes away does."""

    def break_it(type: EventType) -> None:
        def fail(line: journal.Line) -> None:
            raise RuntimeError("nothing reacts")

        monkeypatch.setattr(journal, "_reactions", lambda: {type.name: (fail,)})

    return break_it


def proved_again(account: Any) -> Client:
    browser = sign_in(account)
    browser.raise_request_exception = False
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/security/"})
    return browser


def test_a_password_stays_when_its_change_cannot_be_written_down(ana: Any, fail_at: Any) -> None:
    browser = proved_again(ana)
    fail_at(PASSWORD_CHANGED)
    fields = {"oldpassword": PASSWORD, "password1": OTHER_PASSWORD, "password2": OTHER_PASSWORD}
    assert browser.post("/accounts/password/change/", fields).status_code == 500
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)
    assert not list_events(subject=ana.sub, types=[PASSWORD_CHANGED])


def test_a_forgotten_password_stays_when_its_reset_cannot_be_written_down(ana: Any, fail_at: Any) -> None:
    browser = Client(raise_request_exception=False)
    browser.post("/accounts/password/reset/", {"email": ana.email})
    code = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", list_messages(1)[0].body)
    assert code is not None
    browser.post("/accounts/password/reset/confirm/", {"code": code[0]})
    fail_at(PASSWORD_RESET)
    fields = {"password1": OTHER_PASSWORD, "password2": OTHER_PASSWORD}
    assert browser.post("/accounts/password/reset/complete/", fields).status_code == 500
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


# --- Second factors: allauth speaks of them after the commit only ----------------------------------------------


def methods_of(account: Any) -> set[Method]:
    return {each.method for each in list_authenticators(account)}


def letters_to(account: Any) -> list[str]:
    return [letter.subject for letter in list_messages() if letter.to == account.email]


def proved_by_code(account: Any, call: CallContext) -> Client:
    enroll_totp(sub=account.sub, secret=SECRET, call=call)
    browser = sign_in(account)
    for page in ("authenticate", "reauthenticate"):
        browser.post(f"/accounts/2fa/{page}/", {"code": totp(SECRET)})
        cache.clear()
    browser.raise_request_exception = False
    return browser


def activate_app(browser: Client) -> Any:
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    return browser.post("/accounts/2fa/totp/activate/", {"code": totp(secret)})


def add_passkey(browser: Client) -> Any:
    options = browser.get("/accounts/2fa/webauthn/add/").context["js_data"]["creation_options"]
    fields = {"credential": SoftwareKey().register(options), "passwordless": "on"}
    return browser.post("/accounts/2fa/webauthn/add/", fields)


def remove_passkey(browser: Client, account: Any) -> Any:
    [key] = account.authenticator_set.filter(type="webauthn")
    return browser.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")


@pytest.mark.parametrize("enroll", [activate_app, add_passkey])
def test_a_second_factor_is_not_there_when_it_cannot_be_written_down(ana: Any, fail_at: Any, enroll: Any) -> None:
    browser = proved_again(ana)
    fail_at(AUTHENTICATOR_ADDED)
    assert enroll(browser).status_code == 500
    assert not methods_of(ana)
    assert not list_events(subject=ana.sub, types=[AUTHENTICATOR_ADDED])
    assert not letters_to(ana), "nobody is told of what did not happen"


@pytest.mark.parametrize(("enroll", "method"), [(activate_app, Method.TOTP), (add_passkey, Method.PASSKEY)])
def test_a_second_factor_and_its_recovery_codes_are_each_written_down_once(
    ana: Any, enroll: Any, method: Method
) -> None:
    assert enroll(proved_again(ana)).status_code == 302
    lines = list_events(subject=ana.sub, types=[AUTHENTICATOR_ADDED])
    assert sorted(line.payload["method"] for line in lines) == sorted([method, Method.RECOVERY_CODE])
    assert len(letters_to(ana)) == 1


def test_an_app_stays_when_its_removal_cannot_be_written_down(ana: Any, fail_at: Any, call: CallContext) -> None:
    browser = proved_by_code(ana, call)
    fail_at(AUTHENTICATOR_REMOVED)
    assert browser.post("/accounts/2fa/totp/deactivate/").status_code == 500
    assert methods_of(ana) == {Method.TOTP}


def test_a_passkey_stays_when_its_removal_cannot_be_written_down(ana: Any, fail_at: Any) -> None:
    browser = proved_again(ana)
    add_passkey(browser)
    fail_at(AUTHENTICATOR_REMOVED)
    assert remove_passkey(browser, ana).status_code == 500
    assert Method.PASSKEY in methods_of(ana)


def test_recovery_codes_stay_when_the_new_ones_cannot_be_written_down(
    ana: Any, fail_at: Any, call: CallContext
) -> None:
    browser = proved_by_code(ana, call)
    browser.post("/accounts/2fa/recovery-codes/generate/")
    shown = browser.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    fail_at(AUTHENTICATOR_REPLACED)
    assert browser.post("/accounts/2fa/recovery-codes/generate/").status_code == 500
    kept = ana.authenticator_set.get(type="recovery_codes").wrap()
    assert kept.validate_code(shown[0])


def test_whoever_gave_the_old_password_does_not_finish_signing_in_after_it_changed(ana: Any, call: CallContext) -> None:
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    thief = sign_in(ana)  # the password is right, the code is still asked for
    ana.set_password(OTHER_PASSWORD)
    ana.save()
    thief.post("/accounts/2fa/authenticate/", {"code": totp(SECRET)})
    assert thief.get("/security/").status_code == 302
