"""A page per client for operators: what is registered, its addresses, configuration to copy, and never a secret."""

from html import unescape

import pytest
from django.test import Client as HttpClient

from accounts.types import Role
from oauth.services import disable_client
from tests.actors import make_client, make_customer, sign_in
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db
MAY = {Role.ADMIN, Role.AUDITOR, Role.AUTHOR, Role.APPROVER}


@pytest.fixture
def shop(call):
    return make_client(call, resource_servers=("https://orders.example",))


def pages(shop):
    return ("/console/clients/", f"/console/clients/{shop.client.client_id}/")


@pytest.mark.parametrize("role", Role)
def test_operators_whose_role_sees_clients_see_the_pages_and_the_others_do_not(call, shop, role):
    browser, _ = sign_in_operator(role, call)
    seen = [browser.get(page).status_code for page in pages(shop)]
    assert seen == ([200, 200] if role in MAY else [404, 404])
    assert (b"Connect a client" in browser.get("/console/").content) == (role in MAY)


def test_customers_and_strangers_do_not(call, shop):
    for page in pages(shop):
        assert sign_in(make_customer(call, page.strip("/").rpartition("/")[2].lower()[:8])).get(page).status_code == 404
        assert HttpClient().get(page)["Location"].startswith("/accounts/login/")


def test_the_page_holds_what_a_developer_needs_and_no_secret(call, shop, client):
    browser, _ = sign_in_operator(Role.AUDITOR, call)
    listed, page = (unescape(browser.get(address).content.decode()) for address in pages(shop))
    metadata = client.get("/.well-known/openid-configuration").json()
    assert shop.client.client_id in listed
    for needed in (
        *("http://localhost:8000", shop.client.client_id, "https://shop.example/cb", "https://orders.example"),
        *("openid profile email offline_access", metadata["token_endpoint"], metadata["jwks_uri"]),
        *("Flask and Authlib", "openid-client", "Spring Security", "Auth.js", "mod_auth_openidc", "oauth2-proxy"),
    ):
        assert needed in page, needed
    for secret in (shop.secret, shop.client.client_secret):
        assert secret not in page
        assert secret not in listed


def test_a_client_that_is_switched_off_says_so(call, shop):
    disable_client(client_id=shop.client.client_id, call=call)
    browser, _ = sign_in_operator(Role.AUDITOR, call)
    for page in pages(shop):
        assert b"Switched off" in browser.get(page).content


def test_an_unknown_client_is_nothing(call, shop):
    browser, _ = sign_in_operator(Role.AUDITOR, call)
    answer = browser.get("/console/clients/nobody/", headers={"Accept": "text/html"})
    assert answer.status_code == 404


def test_a_registration_with_markup_is_shown_as_typed(call):
    shop = make_client(call, name="<b>Shop</b>", redirect_uris=("https://shop.example/</pre><script>x</script>",))
    browser, _ = sign_in_operator(Role.AUDITOR, call)
    assert b"<script>x" not in browser.get(pages(shop)[1]).content
