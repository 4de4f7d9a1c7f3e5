"""An operator signs in to the admin with two factors and creates a channel and a client."""

import re

import pytest
from django.conf import settings
from django.test import Client as HttpClient

from accounts.models import Account
from accounts.services import enroll_totp, register_operator
from accounts.types import Role
from audit.queries import list_events
from tests.actors import PASSWORD, claims_of, make_channel, make_client, make_customer, post_form, sign_in
from tests.journeys.people import totp

pytestmark = pytest.mark.django_db
OTHER_PASSWORD = "another horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def operator(call, *roles):
    account = register_operator(
        email=f"{'-'.join(roles)}@operators.example", password=PASSWORD, name="Olu", roles=roles, call=call
    )
    enroll_totp(sub=account.sub, secret=SECRET, call=call)
    return account


def signed_in_operator(account):
    browser = HttpClient()
    asked = browser.get("/admin/", follow=True)
    login_page = asked.redirect_chain[-1][0]
    assert login_page.startswith("/accounts/login/?next=")
    browser.post(login_page, {"login": account.email, "password": PASSWORD})
    answered = browser.post("/accounts/2fa/authenticate/", {"code": totp(SECRET)})
    assert answered.status_code == 302, answered.content
    return browser


@pytest.fixture
def admin(call):
    make_channel(call)
    return signed_in_operator(operator(call, Role.ADMIN))


def saved(response):
    assert response.status_code == 302, re.findall(r"errorlist[^>]*>(.*?)</ul>", response.content.decode(), re.DOTALL)
    return response


def test_a_channel_and_a_client_are_made_in_the_admin(call, admin):
    saved(admin.post("/admin/channel_registry/channel/add/", {"slug": "store", "name": "Store", "enabled": "on"}))
    registered = admin.post(
        "/admin/oauth/client/add/",
        {
            "name": "Till",
            "channel": "store",
            "client_type": "confidential",
            "application_type": "web",
            "redirect_uris": "https://till.example/cb",
            "grant_types": "authorization_code refresh_token client_credentials",
            "scopes": "openid profile decisions",
            "default_scopes": "openid decisions",
        },
        follow=True,
    )
    shown = re.search(r"Secret of (cli_\S+), shown this once: ([\w-]+)", registered.content.decode())
    assert shown, registered.content.decode()[:3000]
    make_client(call)  # the first signing key

    fields = {"grant_type": "client_credentials", "client_id": shown[1], "client_secret": shown[2]}
    issued = post_form(HttpClient(), "/oauth/token", fields).json()
    assert claims_of(issued["access_token"])["scope"] == "decisions"
    assert shown[2] not in admin.get("/admin/oauth/client/").content.decode()


def test_every_change_stands_in_the_journal_under_the_operators_name(call, admin):
    admin.post("/admin/channel_registry/channel/add/", {"slug": "store", "name": "Store", "enabled": "on"})
    written = [event for event in list_events(subject="") if event.type == "channel.created"]
    assert {event.actor.split(":")[0] for event in written if event.payload.get("channel") == "store"} == {"account"}


def test_a_client_that_contradicts_itself_is_refused_beside_its_field(admin):
    answered = admin.post(
        "/admin/oauth/client/add/",
        {
            "name": "Till",
            "channel": "web",
            "client_type": "public",
            "application_type": "web",
            "redirect_uris": "http://till.example/cb",
            "grant_types": "client_credentials",
            "scopes": "openid",
        },
    )
    assert answered.status_code == 200
    assert b"client_credentials needs a confidential client" in answered.content


def test_an_operator_with_one_factor_only_is_asked_for_the_second(call):
    make_channel(call)
    account = operator(call, Role.AUDITOR)
    browser = signed_in_operator(account)
    assert browser.get("/admin/").status_code == 200
    plain = register_operator(
        email="plain@operators.example", password=PASSWORD, name="P", roles=[Role.ADMIN], call=call
    )
    with_password = sign_in(plain)
    asked = with_password.get("/admin/", follow=True)
    assert asked.redirect_chain[1][0].startswith("/accounts/step-up/")


def test_a_customer_finds_no_admin_at_all(call):
    make_channel(call)
    assert sign_in(make_customer(call)).get("/admin/", follow=True).status_code == 404
    assert sign_in(make_customer(call, "ben")).get("/console/").status_code == 404


def test_an_auditor_looks_and_changes_nothing(call):
    make_channel(call)
    auditor = signed_in_operator(operator(call, Role.AUDITOR))
    for page in ("channel_registry/channel", "oauth/client", "accounts/account", "audit/event"):
        assert auditor.get(f"/admin/{page}/").status_code == 200, page
    refused = auditor.post("/admin/channel_registry/channel/add/", {"slug": "store", "name": "Store"})
    assert refused.status_code == 403


def test_an_operator_changes_the_password_where_the_journal_hears_of_it(admin):
    fields = {"old_password": PASSWORD, "new_password1": OTHER_PASSWORD, "new_password2": OTHER_PASSWORD}
    for sent in (admin.get("/admin/password_change/"), admin.post("/admin/password_change/", fields)):
        assert sent.status_code == 302
        assert sent["Location"] == "/accounts/password/change/"
    assert Account.objects.get(email="admin@operators.example").check_password(PASSWORD)


def test_a_clients_secret_travels_in_no_cookie(admin):
    fields = {
        "name": "Till",
        "channel": "web",
        "client_type": "confidential",
        "application_type": "web",
        "redirect_uris": "https://till.example/cb",
        "grant_types": "authorization_code",
        "scopes": "openid",
    }
    answered = saved(admin.post("/admin/oauth/client/add/", fields))
    assert set(answered.cookies) <= {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}


@pytest.mark.parametrize("uri", ["https://[till.example/cb", "http://localhost:99999/cb"])
def test_an_address_that_no_browser_could_follow_is_refused_beside_its_field(admin, uri):
    fields = {
        "name": "Till",
        "channel": "web",
        "client_type": "confidential",
        "application_type": "web",
        "redirect_uris": uri,
        "grant_types": "authorization_code",
        "scopes": "openid",
    }
    answered = admin.post("/admin/oauth/client/add/", fields)
    assert answered.status_code == 200
    assert b"is not an address" in answered.content
