"""RFC 8693 section 1.1, delegation: a staff member's token for an assistance she began, and what it may not do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.services import erase_account, suspend_account
from accounts.types import Method, Role
from assurance.services import clear_risk, raise_risk
from assurance.types import RiskKind
from audit.models import Event
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel
from keyring.queries import sign_jwt
from kit import clock
from oauth.queries import forget_clients
from oauth.services import disable_client
from oauth.types import GrantType, TokenType
from sessions_hub.services import lower_sessions_resting_on, revoke_session
from tests.actors import claims_of, make_client, open_channel
from tests.compliance.rfc8693.exchanging import refusal
from tests.exchanges import EVERY_WAY_IN, ask_transfer, exchange
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db
INVALID = (400, "invalid_request")
SCOPES = ("openid", "profile", "email", "offline_access", "decisions", "consent.write", "handoff")


def make_desk(call, **changes):
    draft = {
        "name": "Desk",
        "channel": "contact_center",
        "redirect_uris": ("https://desk.example/cb",),
        "grant_types": ("authorization_code", "refresh_token", GrantType.TOKEN_EXCHANGE.value),
        "scopes": SCOPES,
        "default_scopes": ("openid", "profile"),
    }
    return make_client(call, **{**draft, **changes})


@pytest.fixture
def desk(call):
    open_channel(call, "contact_center", EVERY_WAY_IN, session={"verified": "30m"})
    return make_desk(call)


@pytest.fixture
def sam(call, desk):
    """A staff member: his browser, and how the journal names him."""
    return sign_in_operator(Role.SUPPORT, call)


@pytest.fixture
def staff_tokens(desk, sam):
    return desk.tokens_for(sam[0], scope="openid")


@pytest.fixture
def assistance(desk, staff_tokens, ana, phone):
    """Ana signed in a moment ago; Sam began to act for her."""
    begun = desk.http.post(
        "/api/assistance/",
        {"subject": ana.sub, "reason": "order"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {staff_tokens['access_token']}"},
    )
    assert begun.status_code == 201, begun.content
    return begun.json()


def ask(app, assistance, staff_tokens, **changes):
    fields: dict[str, Any] = {
        "subject_token": assistance["assistance"],
        "subject_token_type": TokenType.ASSISTANCE.value,
        "actor_token": staff_tokens["access_token"],
        "actor_token_type": TokenType.ACCESS_TOKEN.value,
    }
    return exchange(app, **{**fields, **changes})


def test_the_token_says_for_whom_and_who_acts_and_nothing_comes_with_it(desk, assistance, staff_tokens, ana, sam):
    body = ask(desk, assistance, staff_tokens).json()
    assert set(body) == {"access_token", "issued_token_type", "token_type", "expires_in", "scope"}
    assert body["issued_token_type"] == TokenType.ACCESS_TOKEN
    claims = claims_of(body["access_token"])
    assert claims["sub"] == ana.sub
    assert claims["act"] == {"sub": sam[1].removeprefix("account:")}
    assert claims["sid"] == assistance["sid"]
    assert claims["exp"] - claims["iat"] == body["expires_in"] <= 300


def test_whom_the_judge_holds_back_staff_gets_no_token_for(call, desk, assistance, staff_tokens, ana):
    flags = [raise_risk(subject=ana.sub, kind=kind, source="crm", call=call) for kind in RiskKind]
    answer = ask(desk, assistance, staff_tokens)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    for flag in flags:
        clear_risk(flag_id=flag, call=call)
    assert ask(desk, assistance, staff_tokens).status_code == 200


def test_act_stands_in_introspection_too(desk, assistance, staff_tokens, sam):
    told = desk.introspect(ask(desk, assistance, staff_tokens).json()["access_token"])
    assert told["active"]
    assert told["act"] == {"sub": sam[1].removeprefix("account:")}


def test_level_methods_and_time_are_the_customers(desk, assistance, staff_tokens, tokens):
    claims, hers = claims_of(ask(desk, assistance, staff_tokens).json()["access_token"]), claims_of(tokens["id_token"])
    assert {name: claims[name] for name in ("acr", "amr", "auth_time")} == {
        name: hers[name] for name in ("acr", "amr", "auth_time")
    }


def test_the_journal_names_both(desk, assistance, staff_tokens, ana, sam):
    ask(desk, assistance, staff_tokens)
    line = Event.objects.filter(type="token.issued").order_by("-pk").first()
    assert line is not None
    assert (line.subject, line.actor) == (ana.sub, sam[1])


def test_what_lasts_moves_on_or_binds_her_is_left_out(desk, assistance, staff_tokens):
    body = ask(desk, assistance, staff_tokens, scope=" ".join(SCOPES)).json()
    assert set(body["scope"].split()) == {"openid", "profile", "email", "decisions"}


@pytest.mark.parametrize("scope", ["offline_access", "handoff consent.write", "explain", "nothing"])
def test_when_nothing_is_left_or_more_is_asked_it_is_refused(desk, assistance, staff_tokens, scope):
    assert refusal(ask(desk, assistance, staff_tokens, scope=scope)) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "changes",
    [
        {"actor_token": None, "actor_token_type": None},
        {"actor_token": "x"},
        {"actor_token_type": TokenType.ID_TOKEN.value},
        {"subject_token": "dlg_nothing"},
        {"subject_token": "\u202e"},
        {"subject_token": "a" * 8000},
        {"subject_token_type": TokenType.HANDOFF.value},
        {"requested_token_type": TokenType.REFRESH_TOKEN.value},
        {"requested_token_type": TokenType.SESSION_TRANSFER.value},
    ],
    ids=str,
)
def test_what_is_malformed_or_of_another_kind_is_refused(desk, assistance, staff_tokens, changes):
    assert refusal(ask(desk, assistance, staff_tokens, **changes)) == INVALID


def test_the_id_token_of_staff_is_no_access_token(desk, assistance, staff_tokens):
    assert refusal(ask(desk, assistance, staff_tokens, actor_token=staff_tokens["id_token"])) == INVALID


def test_another_target_is_refused(desk, assistance, staff_tokens):
    assert refusal(ask(desk, assistance, staff_tokens, audience="https://else.example")) == (400, "invalid_target")


def test_a_colleague_the_customer_or_another_desk_cannot_use_it(call, desk, assistance, staff_tokens, phone):
    colleague = desk.tokens_for(sign_in_operator(Role.ADMIN, call)[0], scope="openid")
    assert refusal(ask(desk, assistance, colleague)) == INVALID
    hers = desk.tokens_for(phone, scope="openid")
    assert refusal(ask(desk, assistance, hers)) == INVALID
    other = make_desk(call, name="Other desk")
    assert refusal(ask(other, assistance, staff_tokens)) == INVALID


def test_an_assisted_token_is_exchanged_no_further(desk, site, assistance, staff_tokens):
    assisted = ask(desk, assistance, staff_tokens).json()
    assert refusal(ask_transfer(desk, assisted, site)) == INVALID
    assert refusal(ask(desk, assistance, assisted)) == INVALID


@pytest.mark.parametrize("claim", ["act", "may_act"])
@pytest.mark.parametrize(("depth", "exchanged"), [(3, True), (4, False)])
def test_a_chain_of_more_than_three_is_refused(app, site, tokens, claim, depth, exchanged):
    chain: dict[str, Any] = {"sub": "agent_0"}
    for number in range(1, depth):
        chain = {"sub": f"agent_{number}", "act": chain}
    deep = sign_jwt({**claims_of(tokens["access_token"]), claim: chain}, typ="at+jwt")
    answer = ask_transfer(app, {"access_token": deep}, site)
    if claim == "may_act" and exchanged:
        assert answer.status_code == 200
        return
    assert refusal(answer) == INVALID
    assert ("Too many" in answer.json()["error_description"]) is not exchanged


def test_it_lives_no_longer_than_the_assistance(desk, assistance, staff_tokens, time_machine):
    hour = clock.now() + timedelta(hours=1)
    time_machine.move_to(hour - timedelta(minutes=58))
    assert refusal(ask(desk, assistance, staff_tokens, scope="openid profile nothing")) == (400, "invalid_scope")
    body = ask(desk, assistance, staff_tokens).json()
    assert claims_of(body["access_token"])["exp"] <= int(hour.timestamp())


def end(desk, assistance, staff_tokens):
    bearer = {"Authorization": f"Bearer {staff_tokens['access_token']}"}
    assert desk.http.delete(f"/api/assistance/{assistance['assistance']}/", headers=bearer).status_code == 204


ENDS = {
    "ended by staff": lambda d, a, t, ana, sam, sid, call: end(d, a, t),
    "customer suspended": lambda d, a, t, ana, sam, sid, call: suspend_account(sub=ana.sub, reason="x", call=call),
    "customer erased": lambda d, a, t, ana, sam, sid, call: erase_account(sub=ana.sub, reason="x", call=call),
    "staff suspended": lambda d, a, t, ana, sam, sid, call: suspend_account(
        sub=sam[1].removeprefix("account:"), reason="x", call=call
    ),
    "staff signed out": lambda d, a, t, ana, sam, sid, call: revoke_session(
        sid=sam[0].session["sid"], reason="signed_out", call=call
    ),
    "her session ended": lambda d, a, t, ana, sam, sid, call: revoke_session(sid=sid, reason="x", call=call),
    "assisted session ended": lambda d, a, t, ana, sam, sid, call: revoke_session(sid=a["sid"], reason="x", call=call),
}


@pytest.mark.parametrize("end_of", ENDS)
def test_nothing_comes_of_what_ended_and_what_came_before_is_dead(
    call, desk, assistance, staff_tokens, ana, sam, phone, end_of
):
    token = ask(desk, assistance, staff_tokens).json()["access_token"]
    assert desk.introspect(token)["active"]
    now = replace(call, now=clock.now())
    ENDS[end_of](desk, assistance, staff_tokens, ana, sam, phone.session["sid"], now)
    assert desk.introspect(token) == {"active": False}
    assert refusal(ask(desk, assistance, staff_tokens)) == INVALID


def test_staff_whose_own_session_proves_less_by_now_get_no_further_token(desk, assistance, staff_tokens, sam, call):
    assert ask(desk, assistance, staff_tokens).status_code == 200
    lower_sessions_resting_on(subject=sam[1].removeprefix("account:"), methods={Method.TOTP}, call=call)
    fresh = desk.tokens_for(sam[0], scope="openid")
    assert claims_of(fresh["access_token"])["acr"] == "urn:throughline:1fa"
    assert refusal(ask(desk, assistance, fresh)) == INVALID


def test_the_way_in_must_be_open_and_the_client_and_channel_stand(call, desk, assistance, staff_tokens):
    for missing in ("assistance", "token_exchange"):
        open_channel(call, "contact_center", [way for way in EVERY_WAY_IN if way != missing])
        assert refusal(ask(desk, assistance, staff_tokens)) == (400, "unauthorized_client")
    open_channel(call, "contact_center", EVERY_WAY_IN)
    token = ask(desk, assistance, staff_tokens).json()["access_token"]
    disable_channel(channel="contact_center", call=replace(call, now=clock.now()))
    forget_policies()
    assert refusal(ask(desk, assistance, staff_tokens)) == (400, "unauthorized_client")
    bearer = {"Authorization": f"Bearer {token}"}
    assert desk.http.get("/oauth/userinfo", headers=bearer).status_code == 401
    disable_client(client_id=desk.client.client_id, call=call)
    forget_clients()
    assert refusal(ask(desk, assistance, staff_tokens)) == (401, "invalid_client")
