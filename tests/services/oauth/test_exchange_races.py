"""Twenty at once, on PostgreSQL: a transfer token and a ticket carry a session over once, nothing breaks."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as HttpClient

from kit.call import CallContext
from oauth.types import GrantType, TokenType
from sessions_hub.flows.handoff import offer_handoff
from sessions_hub.models import Session
from sessions_hub.services import revoke_session
from sessions_hub.types import Via
from tests.actors import ChannelApp, claims_of, make_client, make_customer, open_channel, query_of, sign_in
from tests.exchanges import EVERY_WAY_IN, PHONE, ask_transfer, exchange, follow, make_app, open_site, transfer_token
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 20


@pytest.fixture(autouse=True)
def _row_locks() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture(autouse=True)
def channels(call: CallContext) -> None:
    for slug in ("web", "mobile", "chat"):
        open_channel(call, slug, EVERY_WAY_IN)


@pytest.fixture
def app(call: CallContext, channels: None) -> ChannelApp:
    return make_app(call, "App")


@pytest.fixture
def phone(call: CallContext, channels: None) -> HttpClient:
    return sign_in(make_customer(call), headers=PHONE)


@pytest.fixture
def tokens(app: ChannelApp, phone: HttpClient) -> dict[str, Any]:
    return app.tokens_for(phone)


def apart(app: ChannelApp) -> ChannelApp:
    """The same client as another process of it: its own HTTP connection."""
    return ChannelApp(app.client, app.secret)


def test_twenty_who_press_continue_at_once_let_one_in(call, app, tokens):
    site = make_client(call, name="Site", vendor="shop")
    token = transfer_token(app, tokens, site)
    views = [HttpClient(headers=PHONE) for _ in range(TIMES)]
    pages = [open_site(view, site, token).wsgi_request.path for view in views]

    def go_on(number: int) -> Any:
        return follow(views[number], views[number].post(pages[number], {"session": "continue"}))

    answers, errors = together(TIMES, go_on)

    assert errors == []
    assert {answer.status_code for answer in answers} <= {200, 303}
    won = [answer for answer in answers if answer.status_code == 303 and "code" in query_of(answer["Location"])]
    assert len(won) == 1
    assert Session.objects.filter(via=Via.TRANSFER.value).count() == 1


def test_twenty_presses_on_one_page_let_one_in(call, app, tokens):
    site = make_client(call, name="Site", vendor="shop")
    page = open_site(HttpClient(headers=PHONE), site, transfer_token(app, tokens, site)).wsgi_request.path

    answers, errors = together(TIMES, lambda _: HttpClient(headers=PHONE).post(page, {"session": "continue"}))

    assert errors == []
    assert {answer.status_code for answer in answers} == {303}
    assert Session.objects.filter(via=Via.TRANSFER.value).count() == 1


def test_twenty_redemptions_of_one_ticket_have_one_winner(call, phone):
    desk = make_client(
        call, name="Desk", channel="chat", redirect_uris=(), grant_types=(GrantType.TOKEN_EXCHANGE.value,)
    )
    sid, client_id = phone.session["sid"], desk.client.client_id
    ticket = offer_handoff(sid=sid, via=Via.HANDOFF, channel="chat", client_id=client_id, call=call).ticket

    answers, errors = together(
        TIMES,
        lambda _: exchange(apart(desk), subject_token=ticket, subject_token_type=TokenType.HANDOFF.value),
    )

    assert errors == []
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(lost) == TIMES - 1
    assert {(each.status_code, each.json()["error"]) for each in lost} == {(400, "invalid_request")}
    assert Session.objects.filter(via=Via.HANDOFF.value).count() == 1


def test_an_end_of_the_session_meanwhile_leaves_no_child_alive(call, phone):
    desk = make_client(
        call, name="Desk", channel="chat", redirect_uris=(), grant_types=(GrantType.TOKEN_EXCHANGE.value,)
    )
    sid, client_id = phone.session["sid"], desk.client.client_id
    ticket = offer_handoff(sid=sid, via=Via.HANDOFF, channel="chat", client_id=client_id, call=call).ticket

    def end_or_redeem(number: int) -> Any:
        if number == 0:
            return revoke_session(sid=sid, reason="ended_by_customer", call=call)
        return exchange(apart(desk), subject_token=ticket, subject_token_type=TokenType.HANDOFF.value)

    answers, errors = together(8, end_or_redeem)

    assert errors == []
    for answer in answers:
        if not isinstance(answer, bool) and answer.status_code == 200:
            assert desk.introspect(answer.json()["access_token"]) == {"active": False}
    assert not Session.objects.filter(via=Via.HANDOFF.value, revoked_at=None).exists()


def test_refreshing_and_exchanging_the_same_refresh_token_at_once_breaks_nothing(call, app, tokens):
    site = make_client(call, name="Site", vendor="shop")
    refresh = {"subject_token": tokens["refresh_token"], "subject_token_type": TokenType.REFRESH_TOKEN.value}

    def refresh_or_exchange(number: int) -> Any:
        if number == 0:
            return apart(app).refresh(tokens["refresh_token"])
        return ask_transfer(apart(app), tokens, site, **refresh)

    answers, errors = together(8, refresh_or_exchange)

    assert errors == []
    assert {answer.status_code for answer in answers} <= {200, 400}


def test_twenty_apps_that_join_at_once_are_all_in_the_journey(call, phone):
    first, second = make_app(call, "First"), make_app(call, "Second")
    held = first.tokens_for(phone, scope="openid device_sso")
    fields = {
        "subject_token": held["id_token"],
        "subject_token_type": TokenType.ID_TOKEN.value,
        "actor_token": held["device_secret"],
        "actor_token_type": TokenType.DEVICE_SECRET.value,
    }

    answers, errors = together(TIMES, lambda _: exchange(apart(second), **fields, scope="openid"))

    assert errors == []
    assert {answer.status_code for answer in answers} == {200}
    roots = {Session.objects.get(sid=claims_of(each.json()["id_token"])["sid"]).root for each in answers}
    assert len(roots) == 1
