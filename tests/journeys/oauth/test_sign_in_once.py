"""A customer signs in once and is known at a second client."""

import pytest
from django.test import Client as HttpClient

from audit.queries import list_events
from sessions_hub.events import SESSION_PROMOTED
from sessions_hub.models import Session
from tests.actors import PASSWORD, claims_of, make_client, make_customer, query_of, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_a_customer_signs_in_once_and_arrives_signed_in_at_a_second_client(call):
    ana = make_customer(call)
    shop = make_client(call)
    help_site = make_client(call, name="Help", redirect_uris=("https://help.example/cb",))
    browser = HttpClient()

    asked = browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43))
    assert asked.status_code == 303
    assert asked["Location"].startswith("/accounts/login/?next=")
    signed_in = browser.post(asked["Location"], {"login": ana.email, "password": PASSWORD})
    assert signed_in.status_code == 302
    arrived = browser.get(signed_in["Location"])
    answer = query_of(arrived["Location"])
    assert answer["state"] == "state-1"
    assert answer["iss"] == "http://localhost:8000"

    tokens = shop.redeem(answer["code"], "v" * 43).json()
    at_help = help_site.tokens_for(browser)

    assert claims_of(tokens["id_token"])["sub"] == ana.sub
    assert claims_of(tokens["id_token"])["nonce"] == "nonce-1"
    assert claims_of(at_help["id_token"])["sid"] == claims_of(tokens["id_token"])["sid"]


def test_userinfo_tells_what_the_granted_scopes_open(call):
    ana = make_customer(call)
    shop = make_client(call)
    browser = sign_in(ana)

    def ask(scope):
        token = shop.tokens_for(browser, scope=scope)["access_token"]
        return shop.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).json()

    assert ask("openid") == {"sub": ana.sub}
    assert ask("openid profile email") == {
        "sub": ana.sub,
        "name": "Ana",
        "email": "ana@people.example",
        "email_verified": True,
    }


def test_signing_out_at_one_client_ends_the_session_for_both(call):
    ana = make_customer(call)
    shop = make_client(call, post_logout_redirect_uris=("https://shop.example/bye",))
    help_site = make_client(call, name="Help", redirect_uris=("https://help.example/cb",))
    browser = sign_in(ana)
    at_shop, at_help = shop.tokens_for(browser), help_site.tokens_for(browser)

    left = browser.get(
        "/oauth/logout",
        {
            "id_token_hint": at_shop["id_token"],
            "post_logout_redirect_uri": "https://shop.example/bye",
            "state": "s",
        },
    )

    assert left["Location"] == "https://shop.example/bye?state=s"
    for tokens, app in ((at_shop, shop), (at_help, help_site)):
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert app.http.get("/oauth/userinfo", headers=bearer).status_code == 401
        assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert "login" in browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43))["Location"]


def test_another_devices_sign_in_leaves_this_sessions_auth_time_as_it_was(call):
    ana = make_customer(call)
    shop = make_client(call)
    laptop = sign_in(ana)
    before = claims_of(shop.tokens_for(laptop)["id_token"])

    phone = sign_in(ana)
    after = claims_of(shop.tokens_for(laptop)["id_token"])

    assert claims_of(shop.tokens_for(phone)["id_token"])["sid"] != before["sid"]
    assert (after["sid"], after["auth_time"]) == (before["sid"], before["auth_time"])


def test_a_visitors_anonymous_session_is_linked_to_who_signs_in_and_to_nobody_after(call):
    ana, ben = make_customer(call), make_customer(call, "ben")
    shop = make_client(call)
    browser = HttpClient()

    asked = browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43))
    anonymous = Session.objects.get(subject_type="device")
    assert anonymous.revoked_at is None
    browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43))
    assert Session.objects.filter(subject_type="device").count() == 1

    browser.post(asked["Location"], {"login": ana.email, "password": PASSWORD})
    of_ana = Session.objects.get(subject=ana.sub)
    anonymous.refresh_from_db()
    assert anonymous.promoted_to == of_ana.sid
    assert of_ana.device_id == anonymous.device_id

    browser.post("/accounts/logout/")
    browser.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    anonymous.refresh_from_db()
    assert anonymous.promoted_to == of_ana.sid
    linked = list_events(subject=ben.sub, types=[SESSION_PROMOTED])
    assert linked == []
