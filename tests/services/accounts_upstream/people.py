"""Who is in, what is known of them, and what they do at the pages."""

import re
from typing import Any

from django.test import Client

from audit.models import Event
from notifications.queries import list_messages
from sessions_hub.models import Session
from tests.actors import PASSWORD

CARLA = "carla@people.example"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def who(browser: Client) -> Any:
    """The account that a browser is signed in with, or None."""
    sid = browser.session.get("sid")
    row = Session.objects.filter(sid=sid, revoked_at__isnull=True).select_related("account").first()
    return row.account if row else None


def facts(account: Any) -> list[str]:
    """The types of the facts about an account, in their order."""
    return list(Event.objects.filter(subject=account.sub).order_by("id").values_list("type", flat=True))


def sign_in(browser: Client, email: str = "ana@people.example", password: str = PASSWORD) -> None:
    """Sign in with the password, the first step at least."""
    assert browser.post("/accounts/login/", {"login": email, "password": password}).status_code == 302


def prove_again(browser: Client, password: str = PASSWORD) -> None:
    """Give the password again."""
    answer = browser.post("/accounts/reauthenticate/?next=/security/", {"password": password})
    assert answer.status_code == 302


def mailed_code(email: str) -> str:
    """The code in the newest mail to that address."""
    mail = next(mail for mail in list_messages() if mail.to == email)
    found = re.search(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b", mail.body)
    assert found
    return found[1]


def plain(page: Any, email: str) -> str:
    """The text of a page without what is random, and without the address in it."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page.content.decode())
    local, _, domain = email.partition("@")
    return text.replace(email, "EMAIL").replace(f"{local[:1]}\u2022\u2022\u2022@{domain}", "MASKED")
