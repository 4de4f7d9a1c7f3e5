"""panva's oidc-provider as the provider upstream: a certified implementation that shares no line with the gateway."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.npm import install
from tests.journeys.people import answer_pages, mailed_code
from tests.journeys.running_demo import ROOT, RunningDemo
from tests.journeys.upstream.gateways import Registered, configure_at, press_button
from tests.journeys.visitor import Page, Visitor

pytestmark = pytest.mark.node

CLIENT_ID, CLIENT_SECRET = "gateway", "a secret: of sorts/with+signs"
VERIFIED: dict[str, Any] = {"email": "vera@people.example", "email_verified": True, "name": "Vera"}
TEXT: dict[str, Any] = {"email": "vic@people.example", "email_verified": "true", "name": "Vic"}
NAMELESS: dict[str, Any] = {}


@pytest.fixture(scope="module")
def panva(demo: RunningDemo) -> Iterator[Registered]:
    """The provider, running and configured."""
    folder = install(ROOT / "tests" / "clients" / "upstream_provider")
    ben = demo.demo["customers"]["ben"]["email"]
    people = {
        "vera": VERIFIED,
        "vic": TEXT,
        "nobody": NAMELESS,
        "ben": {"email": ben, "email_verified": True, "name": "Ben"},
        "mallory": {"email": ben, "email_verified": False, "name": "Ben"},
    }
    environment = os.environ | {
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "REDIRECT_URI": f"{demo.issuer}/accounts/upstream/panva/callback/",
        "PEOPLE": json.dumps(people),
    }
    with subprocess.Popen(
        ["node", "provider.mjs"], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout
            assert program.stderr
            line = program.stdout.readline()
            assert line, program.stderr.read()
            issuer = json.loads(line)["issuer"]
            yield configure_at(demo, slug="panva", issuer=issuer, client_id=CLIENT_ID, secret=CLIENT_SECRET)
        finally:
            program.terminate()


def come_in(demo: RunningDemo, panva: Registered, login: str, visitor: Visitor | None = None) -> tuple[Visitor, Page]:
    """From the sign-in page over the provider's own pages to wherever the visit ends."""
    visitor = visitor or Visitor()
    visitor.open(f"{demo.issuer}/accounts/login/?next=/security/")
    callback = f"{demo.issuer}/accounts/upstream/panva/callback/"
    visitor.open(press_button(visitor, panva), stop_at=callback)
    visitor.submit(visitor.page.form("login", "password"), stop_at=callback, login=login, password="any")
    if not visitor.last_address.startswith(callback):
        visitor.submit(visitor.page.form(action="/interaction/"), stop_at=callback)
    return visitor, visitor.open(visitor.last_address)


def test_a_verified_address_is_an_account_at_once_and_the_same_one_the_next_time(demo: RunningDemo, panva: Registered):
    _, page = come_in(demo, panva, "vera")
    assert page.url == f"{demo.issuer}/security/", page.text
    assert VERIFIED["email"] in page.text
    visitor, page = come_in(demo, panva, "vera")
    assert page.url == f"{demo.issuer}/security/"
    assert visitor.open(f"{demo.issuer}/sessions/").text.count("another provider") >= 2


def test_true_as_a_text_is_not_true_so_the_address_is_proved_here(demo: RunningDemo, panva: Registered):
    visitor, page = come_in(demo, panva, "vic")
    assert page.url == f"{demo.issuer}/accounts/upstream/sign-up/", page.text
    page = visitor.submit(page.form("email"))
    visitor.submit(page.form("code"), code=mailed_code(demo, TEXT["email"]))
    assert TEXT["email"] in visitor.open(f"{demo.issuer}/security/").text
    _, page = come_in(demo, panva, "vic")
    assert page.url == f"{demo.issuer}/security/", "linked from then on"


def test_a_person_without_an_address_is_asked_for_one(demo: RunningDemo, panva: Registered):
    _, page = come_in(demo, panva, "nobody")
    assert page.url == f"{demo.issuer}/accounts/upstream/sign-up/"


def test_an_unverified_address_of_somebody_here_looks_like_any_other(demo: RunningDemo, panva: Registered):
    mallory, page = come_in(demo, panva, "mallory")
    assert page.url == f"{demo.issuer}/accounts/upstream/sign-up/"
    known = mallory.submit(page.form("email"))
    stranger, page = come_in(demo, panva, "nobody")
    unknown = stranger.submit(page.form("email"), email="b.new@example.com")
    assert known.url == unknown.url
    assert known.status == unknown.status
    for page in (known, unknown):
        assert page.form("code")
    _, page = come_in(demo, panva, "mallory")
    assert page.url == f"{demo.issuer}/accounts/upstream/sign-up/", "nothing was linked"


def test_both_sides_verified_still_wait_for_the_owner_here(demo: RunningDemo, panva: Registered):
    visitor, page = come_in(demo, panva, "ben")
    assert page.url == f"{demo.issuer}/accounts/upstream/link/"
    visitor.open(f"{demo.issuer}/accounts/login/?next=/accounts/upstream/link/")
    page = answer_pages(visitor, demo.demo["customers"]["ben"])
    page = visitor.submit(page.form("link"), link="yes")
    assert "opens your account from now on" in page.text
    _, page = come_in(demo, panva, "ben")
    assert page.url == f"{demo.issuer}/security/"


def test_the_link_is_taken_off_again_after_a_fresh_proof(demo: RunningDemo, panva: Registered):
    visitor, _ = come_in(demo, panva, "vera")
    page = visitor.open(f"{demo.issuer}/accounts/upstream/panva/unlink/")
    page = visitor.submit(page.form(action="/unlink/"))
    assert "reauthenticate" in page.url, "she has no password: a code goes to her mailbox"
    page = visitor.submit(page.form(action="/reauthenticate/code/"), send="yes")
    page = visitor.submit(page.form("code"), code=mailed_code(demo, VERIFIED["email"]))
    if page.url.endswith("/unlink/"):
        page = visitor.submit(page.form(action="/unlink/"))
    _, page = come_in(demo, panva, "vera")
    assert page.url == f"{demo.issuer}/accounts/upstream/link/", "no link, and her address has an account"
