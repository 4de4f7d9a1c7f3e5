"""Clients hand a customer's session from channel to channel: /api/handoff/ and /api/handoff/redeem/."""

import json
from typing import Any

import pytest

from accounts.services import erase_account, suspend_account
from audit.models import Event
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from oauth.queries import forget_clients
from oauth.services import disable_client
from sessions_hub import queries, services
from sessions_hub.models import Handoff
from tests.actors import ChannelApp, by_now, claims_of, make_channel, make_client, make_customer, sign_in

pytestmark = pytest.mark.django_db
CLIENT_OF_A_CHANNEL = {
    "grant_types": ("authorization_code", "refresh_token", "client_credentials"),
    "scopes": ("openid", "profile", "email", "offline_access", "handoff", "decisions"),
    "default_scopes": ("handoff",),
}


@pytest.fixture
def shop(call) -> ChannelApp:
    return make_client(call, **CLIENT_OF_A_CHANNEL)


def open_channel(call, slug) -> None:
    make_channel(call, slug)
    publish_policy(channel=slug, body={"ways_in": ["client_credentials", "ciba", "handoff"]}, call=call)
    forget_policies()


@pytest.fixture
def desk(call) -> ChannelApp:
    """The contact center, on a channel that takes sessions over."""
    open_channel(call, "contact_center")
    return make_client(call, name="Desk", channel="contact_center", **CLIENT_OF_A_CHANNEL)


@pytest.fixture
def ana(call):
    return make_customer(call)


@pytest.fixture
def sid(shop, ana) -> str:
    """The session in which Ana is at the shop."""
    return str(claims_of(shop.tokens_for(sign_in(ana), scope="openid")["access_token"])["sid"])


def ask(app: ChannelApp, path: str, *, token: str | None = None, **fields: Any) -> Any:
    if token is None:
        token = app.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    body = json.dumps(fields)
    return app.http.post(path, body, content_type="application/json", headers={"Authorization": f"Bearer {token}"})


def offer(app, sid, **fields) -> Any:
    return ask(app, "/api/handoff/", sid=sid, **fields)


def redeem(app, ticket) -> Any:
    return ask(app, "/api/handoff/redeem/", ticket=ticket)


def refusal(answer) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_the_desk_goes_on_with_the_shops_session_and_its_evidence(shop, desk, ana, sid, call):
    given = offer(shop, sid, client_id=desk.client.client_id)
    assert (given.status_code, given["Cache-Control"]) == (201, "no-store")
    assert set(given.json()) == {"ticket", "expires_in", "url"}
    assert (given.json()["expires_in"], given.json()["url"]) == (60, None)

    taken = redeem(desk, given.json()["ticket"])
    assert (taken.status_code, taken["Cache-Control"]) == (200, "no-store")
    facts = taken.json()
    [there] = [state for state in queries.list_live_sessions(subject=ana.sub, now=call.now) if state.sid != sid]
    parent = queries.find_live_session(sid=sid, now=call.now)
    assert facts == {
        "sid": there.sid,
        "root": parent.root,
        "subject": ana.sub,
        "channel": "contact_center",
        "acr": "urn:throughline:1fa",
        "amr": ["pwd"],
        "auth_time": int(parent.level.auth_time.timestamp()),
        "methods": ["password"],
        "valid_until": facts["valid_until"],
    }
    assert there.clients == (desk.client.client_id,)


def test_a_ticket_for_one_client_is_unknown_to_every_other(shop, desk, sid, call):
    other = make_client(call, name="Chat", channel="contact_center", **CLIENT_OF_A_CHANNEL)
    ticket = offer(shop, sid, client_id=desk.client.client_id).json()["ticket"]
    for stranger in (other, shop):
        assert refusal(redeem(stranger, ticket)) == (404, "handoff_unknown")
    assert redeem(desk, ticket).status_code == 200
    assert refusal(redeem(desk, ticket)) == (409, "handoff_replayed")
    assert refusal(redeem(other, ticket)) == (404, "handoff_unknown")  # not even that it was used


def test_a_session_in_which_the_client_takes_no_part_is_not_there(shop, desk, sid, call, ana):
    elsewhere = make_client(call, name="Help", **CLIENT_OF_A_CHANNEL)
    target = desk.client.client_id
    assert refusal(offer(elsewhere, sid, client_id=target)) == (404, "not_found")
    assert refusal(offer(shop, "ses_of_nobody", client_id=target)) == (404, "not_found")
    services.revoke_session(sid=sid, reason="ended", call=call)
    assert refusal(offer(shop, sid, client_id=target)) == (404, "not_found")
    assert not Handoff.objects.exists()


def test_a_resource_server_hands_on_sessions_of_the_clients_it_serves(desk, ana, call):
    api = make_client(call, name="Orders", resource="https://orders.example", **CLIENT_OF_A_CHANNEL)
    served = make_client(call, resource_servers=("https://orders.example",), **CLIENT_OF_A_CHANNEL)
    sid = claims_of(served.tokens_for(sign_in(ana), scope="openid")["access_token"])["sid"]
    assert offer(api, sid, client_id=desk.client.client_id).status_code == 201
    stranger = make_client(call, name="Stock", resource="https://stock.example", **CLIENT_OF_A_CHANNEL)
    assert refusal(offer(stranger, sid, client_id=desk.client.client_id)) == (404, "not_found")


def test_only_a_channel_whose_policy_says_so_takes_sessions_over(shop, desk, sid, call):
    closed = make_client(call, name="Help", **CLIENT_OF_A_CHANNEL)
    assert refusal(offer(shop, sid, client_id=closed.client.client_id)) == (403, "handoff_closed")
    assert refusal(offer(shop, sid, client_id="nobody")) == (403, "handoff_closed")
    assert refusal(offer(shop, sid)) == (403, "handoff_closed")
    ticket = offer(shop, sid, client_id=desk.client.client_id).json()["ticket"]
    publish_policy(channel="contact_center", body={"ways_in": ["client_credentials"]}, call=call)
    forget_policies()
    assert refusal(redeem(desk, ticket)) == (403, "handoff_closed")


def test_a_ticket_for_our_own_pages_comes_with_their_address_and_no_client_redeems_it(shop, sid, call, settings):
    open_channel(call, "web")
    publish_policy(channel="web", body={"ways_in": ["authorization_code", "client_credentials", "handoff"]}, call=call)
    forget_policies()
    given = offer(shop, sid).json()
    assert given["url"] == f"{settings.ISSUER_URL}/handoff/{given['ticket']}/"
    assert refusal(redeem(shop, given["ticket"])) == (404, "handoff_unknown")


def test_what_she_allowed_a_stranger_never_grows_into_our_pages_or_a_client_of_ours(shop, desk, ana, call):
    publish_policy(channel="web", body={"ways_in": ["authorization_code", "client_credentials", "handoff"]}, call=call)
    forget_policies()
    partner = make_client(call, name="Partner", first_party=False, vendor="partner", **CLIENT_OF_A_CHANNEL)
    partners_desk = make_client(
        call,
        name="Partner desk",
        channel="contact_center",
        first_party=False,
        vendor="partner",
        **CLIENT_OF_A_CHANNEL,
    )
    hers = sign_in(ana).session["sid"]
    services.note_participation(sid=hers, client_id=partner.client.client_id, call=call)  # she allowed it a few scopes
    for target in ("", desk.client.client_id, shop.client.client_id):
        assert refusal(offer(partner, hers, client_id=target)) == (403, "handoff_closed")
    assert not Handoff.objects.exists()
    assert offer(partner, hers, client_id=partners_desk.client.client_id).status_code == 201


def test_only_clients_with_the_scope_come_in(shop, desk, sid, ana):
    token = shop.post("/oauth/token", grant_type="client_credentials", scope="decisions").json()["access_token"]
    for path, fields in (("/api/handoff/", {"sid": sid}), ("/api/handoff/redeem/", {"ticket": "x"})):
        answer = ask(shop, path, token=token, **fields)
        assert refusal(answer) == (403, "insufficient_scope")
        assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
        customers = shop.tokens_for(sign_in(ana), scope="openid handoff")["access_token"]
        assert refusal(ask(shop, path, token=customers, **fields)) == (403, "not_allowed")
        assert refusal(ask(shop, path, token="junk", **fields)) == (401, "invalid_token")
        assert shop.http.get(path).status_code == 401


@pytest.mark.parametrize("value", ["\x00", "x" * 10_000, "", None, ["a"], {"a": 1}, "\ud800", "\u202e<b>"])
def test_malformed_values_are_bad_requests(shop, desk, sid, value):
    assert ask(shop, "/api/handoff/", sid=value, client_id=desk.client.client_id).status_code == 400
    assert redeem(desk, value).status_code == 400
    if value not in ("", None):
        assert offer(shop, sid, client_id=value).status_code == 400


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '"x"'])
def test_what_is_no_object_is_a_bad_request(desk, body):
    token = desk.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/api/handoff/", "/api/handoff/redeem/"):
        assert desk.http.post(path, body, content_type="application/json", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("end", "told"),
    [(suspend_account, (410, "handoff_session_ended")), (erase_account, (404, "handoff_unknown"))],  # erased: no traces
)
def test_a_customer_who_is_out_is_out_of_every_ticket(shop, desk, ana, sid, call, end, told):
    ticket = offer(shop, sid, client_id=desk.client.client_id).json()["ticket"]
    end(sub=ana.sub, reason="fraud", call=call)
    assert refusal(redeem(desk, ticket)) == told
    assert refusal(offer(shop, sid, client_id=desk.client.client_id)) == (404, "not_found")


def test_a_customer_who_is_stopped_afterwards_is_out_at_the_other_end_too(shop, desk, ana, sid, call):
    taken = redeem(desk, offer(shop, sid, client_id=desk.client.client_id).json()["ticket"]).json()
    suspend_account(sub=ana.sub, reason="fraud", call=call)
    assert queries.find_live_session(sid=taken["sid"], now=call.now) is None


def test_ending_the_session_at_the_shop_ends_it_at_the_desk(shop, desk, sid, call):
    taken = redeem(desk, offer(shop, sid, client_id=desk.client.client_id).json()["ticket"]).json()
    services.revoke_session(sid=sid, reason="ended", call=call)
    assert queries.find_live_session(sid=taken["sid"], now=call.now) is None


def test_a_disabled_client_redeems_nothing_and_nothing_is_offered_to_it(shop, desk, sid, call):
    ticket = offer(shop, sid, client_id=desk.client.client_id).json()["ticket"]
    token = desk.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    disable_client(client_id=desk.client.client_id, call=by_now(call))
    forget_clients()
    assert refusal(ask(desk, "/api/handoff/redeem/", token=token, ticket=ticket))[0] == 401
    assert refusal(offer(shop, sid, client_id=desk.client.client_id)) == (403, "handoff_closed")


def test_the_journal_knows_who_offered_and_who_redeemed(shop, desk, sid, ana):
    redeem(desk, offer(shop, sid, client_id=desk.client.client_id).json()["ticket"])
    lines = Event.objects.filter(subject=ana.sub, type__in=["handoff.offered", "session.carried_over"])
    assert [(line.type, line.actor, line.client) for line in lines.order_by("id")] == [
        ("handoff.offered", f"client:{shop.client.client_id}", shop.client.client_id),
        ("session.carried_over", f"client:{desk.client.client_id}", desk.client.client_id),
    ]


def test_whoever_asks_for_more_tickets_than_anybody_needs_is_told_when_to_come_again(
    shop, desk, sid, settings, monkeypatch
):
    settings.RATE_LIMIT_FACTOR = 1
    monkeypatch.setattr("sessions_hub.conf.HANDOFFS_A_MINUTE", 2)
    answers = [offer(shop, sid, client_id=desk.client.client_id) for _ in range(6)]  # a minute may end among them
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {refusal(answer) for answer in refused} == {(429, "too_many_handoffs")}
    assert all(0 < int(answer["Retry-After"]) <= 60 for answer in refused)
    assert Handoff.objects.count() == len(answers) - len(refused)
