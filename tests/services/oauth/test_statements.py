"""What a request asks of the database: every further statement is paid for thousands of times a second.

Counted on a process that has answered before, without the once-a-second looks at keys, policies, clients and
revocations, which no request pays for.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.actors import ChannelApp, make_client, make_customer, sign_in
from tests.services.consent.conftest import fill_catalog

pytestmark = pytest.mark.django_db(transaction=True)
TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def shop(call) -> ChannelApp:
    return make_client(
        call,
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        scopes=("openid", "profile", "email", "offline_access", "decisions"),
        default_scopes=("decisions",),
        resource="https://orders.example",
        resource_servers=("https://orders.example",),
    )


@pytest.fixture
def browser(call, shop):
    return sign_in(make_customer(call))


@contextmanager
def asked() -> Iterator[list[str]]:
    """The statements that were executed: their first word and table."""
    statements: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield statements
    statements += [_short(each["sql"]) for each in captured.captured_queries]


def _short(sql: str) -> str:
    words = sql.replace('"', "").split()
    if words[0] in TRANSACTIONS:
        return words[0]
    if words[0] == "SELECT":
        return f"SELECT {words[-words[::-1].index('FROM')]}"
    return " ".join(words[:3] if words[0] == "INSERT" else words[:2])


def test_a_clients_own_token_costs_one_journal_line_and_no_transaction_around_it(shop):
    shop.post("/oauth/token", grant_type="client_credentials")
    with asked() as statements:
        assert shop.post("/oauth/token", grant_type="client_credentials").status_code == 200
    assert statements == ["INSERT INTO audit_event"]


def test_introspection_of_an_access_token_asks_nothing(shop, browser):
    token = shop.tokens_for(browser)["access_token"]
    shop.introspect(token)
    with asked() as statements:
        assert shop.introspect(token)["active"] is True
    assert statements == []


def test_userinfo_asks_once(shop, browser):
    bearer = {"Authorization": f"Bearer {shop.tokens_for(browser)['access_token']}"}
    shop.http.get("/oauth/userinfo", headers=bearer)
    with asked() as statements:
        assert shop.http.get("/oauth/userinfo", headers=bearer).json()["email_verified"] is True
    assert statements == ["SELECT accounts_account"]


def test_userinfo_for_a_purpose_asks_once_more(call, browser):
    fill_catalog(call)
    app = make_client(call, purpose="personalization", scopes=("openid", "profile", "email"))
    token = app.tokens_for(browser, scope="openid profile email")["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    app.http.get("/oauth/userinfo?purpose=service", headers=bearer)
    with asked() as statements:
        assert set(app.http.get("/oauth/userinfo?purpose=service", headers=bearer).json()) == {"sub"}
    states = ["SELECT consent_effectivestate"]
    assert statements[0] == "SELECT accounts_account"
    assert len(statements) == 2 or statements[2:] == states


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/oauth/jwks"])
def test_documents_ask_nothing(shop, path):
    shop.http.get(path)
    with asked() as statements:
        assert shop.http.get(path).status_code == 200
    assert statements == []


def test_a_code_costs_the_browsers_session_and_three_rows(shop, browser):
    shop.code_from(browser)
    with asked() as statements:
        shop.code_from(browser)
    assert statements == [
        "SELECT django_session",
        "SELECT sessions_hub_session",
        "BEGIN",
        "SELECT assurance_riskflag",
        "INSERT INTO oauth_grant",
        "SELECT sessions_hub_session",
        "INSERT INTO sessions_hub_participation",
        "INSERT INTO audit_event",
        "COMMIT",
    ]


def test_a_code_is_redeemed_with_one_lock_one_change_and_one_journal_line(shop, browser):
    shop.tokens_for(browser)
    code, verifier = shop.code_from(browser)
    with asked() as statements:
        assert shop.redeem(code, verifier).status_code == 200
    assert statements == [
        "BEGIN",
        "SELECT oauth_grant",
        "SELECT sessions_hub_session",
        "SELECT assurance_riskflag",
        "UPDATE oauth_grant",
        "INSERT INTO audit_event",
        "COMMIT",
    ]


def test_a_refresh_costs_one_lock_one_change_and_one_journal_line(shop, browser):
    tokens = shop.refresh(shop.tokens_for(browser)["refresh_token"]).json()
    with asked() as statements:
        assert shop.refresh(tokens["refresh_token"]).status_code == 200
    assert statements == [
        "BEGIN",
        "SELECT oauth_grant",
        "SELECT sessions_hub_session",
        "SELECT assurance_riskflag",
        "UPDATE oauth_grant",
        "INSERT INTO audit_event",
        "COMMIT",
    ]
