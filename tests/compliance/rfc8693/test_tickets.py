"""RFC 8693 from one channel to another: a handoff ticket for tokens of the client it names."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.services import erase_account, suspend_account
from accounts.types import Method, Proof
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel
from kit import clock
from oauth.queries import forget_clients
from oauth.services import disable_client
from oauth.types import GrantType, TokenType
from sessions_hub.flows.handoff import offer_handoff
from sessions_hub.models import Handoff, Session
from sessions_hub.queries import list_live_sessions
from sessions_hub.services import add_proofs, revoke_session
from sessions_hub.types import Via
from tests.actors import claims_of, make_client, open_channel
from tests.compliance.rfc8693.exchanging import refusal
from tests.exchanges import EVERY_WAY_IN, ask_transfer, exchange, make_app, transfer_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def agents_desk(call, channels):
    return make_client(
        call,
        name="Desk",
        channel="chat",
        redirect_uris=(),
        grant_types=(GrantType.TOKEN_EXCHANGE.value, "refresh_token"),
    )


@pytest.fixture
def offer(call, phone, agents_desk):
    def make(**changes: Any) -> str:
        terms = {"sid": phone.session["sid"], "via": Via.HANDOFF, "channel": "chat"}
        terms["client_id"] = agents_desk.client.client_id
        return offer_handoff(**{**terms, **changes}, call=call).ticket

    return make


def redeem(app, ticket, **changes):
    return exchange(app, **{"subject_token": ticket, "subject_token_type": TokenType.HANDOFF.value, **changes})


def test_the_client_it_names_gets_tokens_in_a_child_with_the_same_proof(agents_desk, offer, tokens):
    body = redeem(agents_desk, offer(), scope="openid profile offline_access").json()
    assert body["issued_token_type"] == TokenType.ACCESS_TOKEN
    before, after = claims_of(tokens["id_token"]), claims_of(body["id_token"])
    assert after["sid"] != before["sid"]
    for name in ("sub", "acr", "amr", "auth_time"):
        assert after[name] == before[name]
    child = Session.objects.get(sid=after["sid"])
    assert (child.via, child.channel_id, child.opened_by) == ("handoff", "chat", agents_desk.client.client_id)
    assert agents_desk.refresh(body["refresh_token"]).status_code == 200


def test_it_works_once(agents_desk, offer):
    ticket = offer()
    assert redeem(agents_desk, ticket).status_code == 200
    assert refusal(redeem(agents_desk, ticket)) == (400, "invalid_request")


def test_for_another_client_it_is_nothing_and_stays_good_for_its_own(call, agents_desk, offer):
    other = make_client(call, name="Other", channel="chat", grant_types=agents_desk.client.draft.grant_types)
    ticket = offer()
    assert refusal(redeem(other, ticket)) == (400, "invalid_request")
    assert redeem(agents_desk, ticket).status_code == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"scope": "openid decisions"}, "invalid_scope"),
        ({"audience": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"actor_token": "x", "actor_token_type": TokenType.ACCESS_TOKEN.value}, "invalid_request"),
        ({"requested_token_type": TokenType.SESSION_TRANSFER.value}, "invalid_request"),
        ({"subject_token_type": TokenType.ASSISTANCE.value}, "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_spends_nothing(agents_desk, offer, changes, expected):
    ticket = offer()
    assert refusal(redeem(agents_desk, ticket, **changes)) == (400, expected)
    assert redeem(agents_desk, ticket).status_code == 200


def test_after_a_minute_it_is_expired(agents_desk, offer, time_machine):
    ticket = offer()
    time_machine.move_to(clock.now() + timedelta(seconds=61))
    assert refusal(redeem(agents_desk, ticket)) == (400, "invalid_request")


@pytest.mark.parametrize("ticket", ["x", "\u202e", "a" * 8000])
def test_what_is_no_ticket_is_refused(agents_desk, ticket):
    assert refusal(redeem(agents_desk, ticket)) == (400, "invalid_request")


def test_a_session_transfer_token_is_no_ticket(call, app, tokens, agents_desk):
    site = make_client(call, name="Both", grant_types=("authorization_code", GrantType.TOKEN_EXCHANGE.value))
    assert refusal(redeem(site, transfer_token(app, tokens, site))) == (400, "invalid_request")


def test_a_channel_that_takes_no_sessions_over_redeems_none(call, agents_desk, offer):
    ticket = offer()
    open_channel(call, "chat", [way for way in EVERY_WAY_IN if way != "handoff"])
    assert refusal(redeem(agents_desk, ticket)) == (400, "unauthorized_client")
    assert Handoff.objects.get().redeemed_at is None


def test_a_channel_that_wants_more_than_it_carries_is_not_entered(call, agents_desk, offer, phone):
    open_channel(call, "chat", EVERY_WAY_IN, minimum_acr="urn:throughline:2fa")
    ticket = offer()
    assert refusal(redeem(agents_desk, ticket)) == (400, "invalid_request")
    add_proofs(sid=phone.session["sid"], proofs=[Proof(method=Method.TOTP, at=clock.now())], call=call)
    assert redeem(agents_desk, ticket).status_code == 200


def test_no_refresh_token_where_the_channel_has_none(call, agents_desk, offer):
    open_channel(call, "chat", [way for way in EVERY_WAY_IN if way != "refresh_token"])
    assert "refresh_token" not in redeem(agents_desk, offer(), scope="openid offline_access").json()


def test_a_public_client_redeems_what_names_it(call, offer):
    app = make_app(call, "Pocket", channel="chat")
    assert redeem(app, offer(client_id=app.client.client_id)).status_code == 200
    assert refusal(redeem(app, offer())) == (400, "invalid_request")


def test_what_rests_on_a_partner_is_asked_for_first(call, offer):
    partner = make_client(call, name="Partner", channel="chat", first_party=False, grant_types=tuple(GrantType))
    assert refusal(redeem(partner, offer(client_id=partner.client.client_id))) == (400, "invalid_scope")


ENDS = {
    "suspended": lambda ana, sid, call: suspend_account(sub=ana.sub, reason="fraud", call=call),
    "erased": lambda ana, sid, call: erase_account(sub=ana.sub, reason="asked_for", call=call),
    "session ended": lambda ana, sid, call: revoke_session(sid=sid, reason="ended_by_operator", call=call),
}


@pytest.mark.parametrize("end", ENDS)
def test_nothing_comes_of_what_ended_and_what_came_before_is_dead(call, agents_desk, offer, ana, phone, end):
    before = redeem(agents_desk, offer()).json()
    ticket = offer()
    ENDS[end](ana, phone.session["sid"], replace(call, now=clock.now()))
    assert refusal(redeem(agents_desk, ticket)) == (400, "invalid_request")
    assert agents_desk.introspect(before["access_token"]) == {"active": False}
    assert list_live_sessions(subject=ana.sub, now=clock.now()) == []


def test_a_client_or_channel_that_was_shut_redeems_nothing(call, agents_desk, offer):
    ticket = offer()
    disable_channel(channel="chat", call=call)
    forget_policies()
    assert refusal(redeem(agents_desk, ticket)) == (400, "unauthorized_client")
    disable_client(client_id=agents_desk.client.client_id, call=call)
    forget_clients()
    assert refusal(redeem(agents_desk, ticket)) == (401, "invalid_client")


def test_an_app_that_asks_without_end_is_refused_by_a_code_of_the_protocol(app, site, tokens, settings, monkeypatch):
    settings.RATE_LIMIT_FACTOR = 1
    monkeypatch.setattr("sessions_hub.conf.HANDOFFS_A_MINUTE", 1)
    answers = [ask_transfer(app, tokens, site) for _ in range(4)]  # a minute may end among them
    assert {refusal(each) for each in answers if each.status_code != 200} == {(400, "invalid_request")}
