"""allauth's hooks: where people are sent, and what mails say."""

import pytest
from allauth.core.context import request_context
from django.contrib.sessions.backends.base import SessionBase
from django.test import RequestFactory

from accounts.adapter import AccountAdapter, MfaAdapter
from notifications.queries import list_messages


@pytest.fixture
def request_from_elsewhere(settings):
    """A request that names a host of its own choice."""
    settings.ALLOWED_HOSTS = ["*"]
    request = RequestFactory().get("/", HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example")
    request.session = SessionBase()
    with request_context(request):
        yield request


@pytest.mark.parametrize("url", ["/", "/security/", "/oauth/authorize?client_id=shop&scope=openid%20email"])
def test_a_path_of_ours_is_safe(url):
    assert AccountAdapter().is_safe_url(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "security/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "http://localhost:8000/",
        "javascript:alert(1)",
        "/\t/evil.example",
        " //evil.example",
        "\x00/security/",
    ],
)
def test_everything_else_is_not(url, request_from_elsewhere):
    assert not AccountAdapter().is_safe_url(url)


@pytest.mark.django_db
@pytest.mark.parametrize("template", ["account_already_exists", "unknown_account"])
def test_links_in_mails_begin_with_the_issuer_whatever_the_request_says(request_from_elsewhere, settings, template):
    settings.ISSUER_URL = "https://id.example.org"
    context = {
        "request": request_from_elsewhere,
        "signup_url": "http://evil.example/accounts/signup/?a=b",
        "password_reset_url": "http://evil.example/accounts/password/reset/",
    }
    AccountAdapter().send_mail(f"account/email/{template}", "ana@example.com", context)
    [letter] = list_messages()
    assert "evil" not in letter.subject + letter.body
    assert "https://id.example.org/accounts/" in letter.body


def test_the_relying_party_of_passkeys_is_the_issuer(request_from_elsewhere, settings):
    settings.ISSUER_URL = "https://id.example.org"
    assert MfaAdapter().get_public_key_credential_rp_entity() == {"id": "id.example.org", "name": "Throughline"}


def test_the_clients_address_is_the_rightmost_hop_that_is_not_ours(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.7", REMOTE_ADDR="10.0.0.1")
    assert AccountAdapter().get_client_ip(request) == "198.51.100.7"
