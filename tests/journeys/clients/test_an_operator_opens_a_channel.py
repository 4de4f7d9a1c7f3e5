"""Operators open a channel: one makes it and writes its policy, another approves; a customer signs in to its client."""

import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Page, Visitor

REDIRECT_URI = "https://kiosk.example/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # of this verifier: RFC 7636, appendix B


@pytest.fixture(scope="module")
def author(demo: RunningDemo) -> Visitor:
    """The demo's author at the admin, signed in with two factors."""
    return _signed_in(demo, "author")


@pytest.fixture(scope="module")
def approver(demo: RunningDemo) -> Visitor:
    """The demo's approver, in a browser of her own."""
    return _signed_in(demo, "approver")


def _signed_in(demo: RunningDemo, operator: str) -> Visitor:
    visitor = Visitor()
    visitor.open(f"{demo.issuer}/admin/")
    page = answer_pages(visitor, demo.demo["operators"][operator])
    assert page.url == f"{demo.issuer}/admin/", page.text
    return visitor


def _add(visitor: Visitor, demo: RunningDemo, what: str, **values: str) -> Page:
    page = visitor.open(f"{demo.issuer}/admin/{what}/add/")
    page = visitor.submit(page.form(*list(values)[:1]), **values)
    assert "Please correct" not in page.text, page.text
    return page


def _email_that_ben_shows(demo: RunningDemo, client_id: str, secret: str) -> str:
    """What the new client learns after ben has signed in to it and allowed it."""
    visitor = Visitor()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid email",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    visitor.open(f"{demo.issuer}/oauth/authorize?{urlencode(asked)}", stop_at=REDIRECT_URI)
    answer_pages(visitor, demo.demo["customers"]["ben"], stop_at=REDIRECT_URI)
    answer = parse_qs(urlsplit(visitor.last_address).query)
    assert "code" in answer, answer
    redeemed = {
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    token = f"{demo.issuer}/oauth/token"
    tokens = requests.post(token, data=redeemed, auth=(client_id, secret), timeout=10).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    person = requests.get(f"{demo.issuer}/oauth/userinfo", headers=bearer, timeout=10).json()
    return str(person["email"])


def test_from_an_empty_form_to_a_signed_in_customer(demo: RunningDemo, author: Visitor, approver: Visitor):
    _add(author, demo, "channel_registry/channel", slug="kiosk", name="Kiosk", enabled="on")
    policy = "minimum_acr: urn:throughline:1fa\nsession: {idle: 10m, absolute: 1h}"
    page = author.open(f"{demo.issuer}/console/channels/kiosk/change/")
    page = author.submit(page.form("text"), text=policy, note="a first policy")
    change = page.url
    author.submit(page.form("do"), do="propose")
    page = approver.open(change)
    approver.submit(page.form("digest", "do"), do="approve")
    assert "version 1" in author.open(f"{demo.issuer}/admin/channel_registry/channel/").text
    page = _add(
        author,
        demo,
        "oauth/client",
        name="Kiosk in the hall",
        channel="kiosk",
        client_type="confidential",
        application_type="web",
        redirect_uris=REDIRECT_URI,
        grant_types="authorization_code refresh_token",
        scopes="openid profile email",
        default_scopes="openid",
    )
    shown = re.search(r"Secret of (\S+), shown this once: (\S+)", page.text)
    assert shown, page.text
    time.sleep(1.0)  # by then every process knows the policy that was approved
    assert _email_that_ben_shows(demo, *shown.groups()) == demo.demo["customers"]["ben"]["email"]


def test_a_customer_does_not_get_into_the_admin(demo: RunningDemo):
    visitor = Visitor()
    visitor.open(f"{demo.issuer}/admin/")
    page = answer_pages(visitor, demo.demo["customers"]["ben"])
    assert page.status in (403, 404)
    assert "Raw data" not in page.text
