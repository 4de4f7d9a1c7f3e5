"""What a refusal looks like, whatever was wrong."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import Account


def assert_refused(answer: Any, browser: Client) -> None:
    """A page says so; nobody is signed in, and nothing was made."""
    assert 400 <= answer.status_code < 500, answer.content
    assert b"<h1>That didn't work</h1>" in answer.content
    assert "sid" not in browser.session
    assert Account.objects.count() == 0
    assert SocialAccount.objects.count() == 0
