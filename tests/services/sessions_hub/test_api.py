"""GET /api/sessions/: a customer's own sessions, for their own token."""

import pytest
from rest_framework.test import APIRequestFactory, force_authenticate

from accounts.types import Method
from kit import clock
from kit.call import Caller, CallerKind
from sessions_hub import services
from sessions_hub.api import SessionListView

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def ask(user, caller):
    request = APIRequestFactory().get("/api/sessions/")
    force_authenticate(request, user=user, token=caller)
    return SessionListView.as_view()(request)


def token_of(account, sid=None):
    return Caller(kind=CallerKind.CLIENT, client_id="shop", subject=account.sub, sid=sid)


def test_a_customer_sees_her_own_sessions_and_which_one_asks(desk, ana, ben, phone):
    here = desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    there = desk.sign_in(ana, device=phone, seconds=-30)
    ended = desk.sign_in(ana)
    services.revoke_session(sid=ended.sid, reason="ended", call=desk.call)
    desk.sign_in(ben)
    services.note_participation(sid=here.sid, client_id="shop", call=desk.call)

    answer = ask(ana, token_of(ana, here.sid))

    assert answer.status_code == 200
    assert [session["sid"] for session in answer.data] == [here.sid, there.sid]
    assert answer.data[0] == {
        "sid": here.sid,
        "root": here.root,
        "channel": "web",
        "client": "shop",
        "device": "Firefox on Linux",
        "place": "",
        "acr": "urn:throughline:2fa",
        "amr": ["mfa", "otp", "pwd"],
        "auth_time": int(desk.call.now.timestamp()),
        "last_seen": desk.call.now.isoformat(),
        "current": True,
    }
    assert (answer.data[1]["client"], answer.data[1]["current"]) == ("", False)


def test_a_clients_own_token_sees_nobodys_sessions(desk, ana):
    desk.sign_in(ana)
    answer = ask(ana, Caller(kind=CallerKind.CLIENT, client_id="orders_api"))
    assert answer.status_code == 403
    assert b"not_allowed" in answer.content


def test_what_is_no_caller_is_nobody(ana):
    assert ask(ana, "a token of another kind").status_code == 403


def test_a_session_that_proved_nothing_has_no_auth_time(desk, ana):
    services.start_session(
        account_id=ana.pk, subject=ana.sub, device_id=desk.device, channel="web", proofs=(), call=desk.call
    )
    assert clock.now() > desk.call.now
    assert ask(ana, token_of(ana)).data[0]["auth_time"] is None
