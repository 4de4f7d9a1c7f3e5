"""RFC 6749 section 6, RFC 9700 section 4.14: refresh tokens rotate, and an old one gives everything away."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F

from accounts.types import Method, Proof
from audit.queries import list_events
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel, enable_channel, publish_policy
from kit import clock
from oauth.events import GRANT_REUSED
from oauth.models import Grant
from oauth.services import change_client, disable_client, enable_client
from sessions_hub.models import Session
from sessions_hub.services import add_proofs
from tests.actors import claims_of, make_channel, make_client, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def tokens(ana, shop):
    return shop.tokens_for(sign_in(ana))


def test_a_refresh_gives_new_tokens_of_the_same_session(shop, tokens):
    renewed = shop.refresh(tokens["refresh_token"]).json()

    assert renewed["refresh_token"] != tokens["refresh_token"]
    before, after = claims_of(tokens["access_token"]), claims_of(renewed["access_token"])
    assert {k: before[k] for k in ("sub", "sid", "acr", "auth_time")} == {
        k: after[k] for k in ("sub", "sid", "acr", "auth_time")
    }


def test_a_superseded_token_kills_the_whole_family_and_stands_in_the_security_log(ana, shop, tokens):
    renewed = shop.refresh(tokens["refresh_token"]).json()

    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.refresh(renewed["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.introspect(renewed["access_token"]) == {"active": False}
    assert len(list_events(subject=ana.sub, types=[GRANT_REUSED])) == 1


def test_no_refresh_token_comes_without_offline_access(ana, shop):
    assert "refresh_token" not in shop.tokens_for(sign_in(ana), scope="openid")


def test_a_refresh_may_ask_for_less_but_never_for_more(ana, shop):
    tokens = shop.tokens_for(sign_in(ana), scope="openid email offline_access")

    less = shop.refresh(tokens["refresh_token"], scope="openid").json()
    assert less["scope"] == "openid"
    more = shop.refresh(less["refresh_token"], scope="openid profile")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
    again = shop.refresh(less["refresh_token"]).json()
    assert again["scope"] == "openid email offline_access"


def test_another_client_cannot_use_or_kill_a_refresh_token(call, shop, tokens):
    thief = make_client(call, name="Thief")

    assert thief.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_token_ends_absolutely(shop, tokens):
    Grant.objects.update(refresh_expires_at="2020-01-01T00:00:00Z")

    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_revoking_a_refresh_token_ends_the_grant_and_its_access_tokens(shop, tokens):
    assert shop.post("/oauth/revoke", token=tokens["refresh_token"]).status_code == 200

    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.introspect(tokens["access_token"]) == {"active": False}


def test_nobody_revokes_another_clients_token(call, shop, tokens):
    thief = make_client(call, name="Thief")
    for token in (tokens["refresh_token"], tokens["access_token"]):
        assert thief.post("/oauth/revoke", token=token).status_code == 200

    assert shop.introspect(tokens["access_token"])["active"]
    assert shop.refresh(tokens["refresh_token"]).status_code == 200


def test_codes_and_refresh_tokens_are_stored_as_digests_only(ana, shop):
    code, verifier = shop.code_from(sign_in(ana))
    refresh_token = shop.redeem(code, verifier).json()["refresh_token"]
    row = " ".join(str(value) for value in Grant.objects.values().get().values())

    assert code not in row
    assert not any(half in row for half in refresh_token.split("."))
    assert shop.secret not in shop.client.client_secret


def test_a_refresh_gives_no_more_than_the_client_may_still_have(call, ana):
    shop = make_client(call, resource_servers=("https://orders.example",))
    tokens = shop.tokens_for(sign_in(ana))
    narrower = replace(shop.client.draft, scopes=("openid", "offline_access"), default_scopes=(), resource_servers=())
    change_client(client_id=shop.client.client_id, draft=narrower, call=call)

    renewed = shop.refresh(tokens["refresh_token"]).json()

    assert renewed["scope"] == "openid offline_access"
    assert claims_of(renewed["access_token"])["aud"] == settings.ISSUER_URL


def test_a_resource_that_the_client_lost_is_no_audience_of_its_next_token(call, ana):
    shop = make_client(call, resource_servers=("https://orders.example",))
    tokens = shop.tokens_for(sign_in(ana), resource="https://orders.example")
    narrower = replace(shop.client.draft, resource_servers=())
    change_client(client_id=shop.client.client_id, draft=narrower, call=call)

    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_target"


def test_a_client_that_may_not_stay_connected_any_more_refreshes_nothing(call, shop, tokens):
    narrower = replace(shop.client.draft, scopes=("openid",), default_scopes=("openid",))
    change_client(client_id=shop.client.client_id, draft=narrower, call=call)

    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_switching_a_client_on_again_revives_neither_refresh_tokens_nor_codes(call, ana, shop, tokens):
    code = shop.code_from(sign_in(ana))
    now = replace(call, now=clock.now())
    disable_client(client_id=shop.client.client_id, call=now)
    enable_client(client_id=shop.client.client_id, call=now)

    assert shop.introspect(tokens["refresh_token"]) == {"active": False}
    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.redeem(*code).json()["error"] == "invalid_grant"
    assert "refresh_token" in shop.tokens_for(sign_in(ana)), "what is allowed anew is good"


def test_opening_a_channel_again_revives_neither_refresh_tokens_nor_codes(call, ana, shop, tokens):
    browser = sign_in(ana)
    code = shop.code_from(browser)
    disable_channel(channel="web", call=replace(call, now=clock.now()))
    Grant.objects.update(expires=F("expires") + timedelta(milliseconds=50))  # a node that has not heard yet issues on
    enable_channel(channel="web", call=replace(call, now=clock.now() + timedelta(milliseconds=50)))
    time.sleep(0.05)

    assert shop.introspect(tokens["refresh_token"]) == {"active": False}
    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.redeem(*code).json()["error"] == "invalid_grant"
    assert "refresh_token" in shop.tokens_for(sign_in(ana)), "what is allowed anew is good"


def test_a_client_of_another_channel_is_not_cut_off(call, ana, tokens, shop):
    make_channel(call, "mobile")
    disable_channel(channel="mobile", call=replace(call, now=clock.now()))
    enable_channel(channel="mobile", call=replace(call, now=clock.now()))

    assert shop.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_ends_with_the_grant_in_the_policy(call, shop, tokens):
    publish_policy(channel="web", body={"ways_in": ["authorization_code"]}, call=call)
    forget_policies()

    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "unauthorized_client"


def test_a_session_that_proves_less_than_its_channel_wants_refreshes_nothing_until_it_proves_more(call, ana, shop):
    browser = sign_in(ana)
    tokens = shop.tokens_for(browser)
    lines = len(list_events(subject=ana.sub))
    publish_policy(channel="web", body={"minimum_acr": "urn:throughline:2fa"}, call=call)
    forget_policies()

    refused = shop.refresh(tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert "sign in again" in refused.json()["error_description"]
    assert len(list_events(subject=ana.sub)) == lines

    proved = Proof(method=Method.TOTP, at=clock.now())
    add_proofs(sid=claims_of(tokens["access_token"])["sid"], proofs=[proved], call=replace(call, now=clock.now()))
    assert shop.refresh(tokens["refresh_token"]).status_code == 200, "the refused one was not used up"


def test_a_session_whose_proofs_have_all_decayed_refreshes_nothing(ana, shop, tokens):
    a_month_ago = clock.now() - timedelta(days=31)
    Session.objects.update(evidence=[{"method": "password", "at": a_month_ago.isoformat()}])

    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
