"""What a person changes about her account and what the journal says of it happen together, or not at all."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.events import PASSWORD_CHANGED, PASSWORD_RESET
from accounts.services import enroll_totp
from audit import journal
from audit.queries import list_events
from audit.types import EventType
from kit.call import CallContext
from notifications.queries import list_messages
from tests.actors import PASSWORD, make_channel, make_customer, sign_in
from tests.journeys.people import totp

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


def test_whoever_gave_the_old_password_does_not_finish_signing_in_after_it_changed(ana: Any, call: CallContext) -> None:
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    thief = sign_in(ana)  # the password is right, the code is still asked for
    ana.set_password(OTHER_PASSWORD)
    ana.save()
    thief.post("/accounts/2fa/authenticate/", {"code": totp(SECRET)})
    assert thief.get("/security/").status_code == 302
