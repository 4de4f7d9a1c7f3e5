"""Several people at one browser: each is asked for by name, and nobody's pages turn into somebody else's."""

import re
from typing import Any

import pytest

from tests.journeys.examples.steps import pages_that_asked, press, sign_in_at
from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor


@pytest.fixture
def ben(demo: RunningDemo) -> dict[str, Any]:
    """Who came second."""
    return dict(demo.demo["customers"]["ben"])


@pytest.fixture
def browser(demo: RunningDemo, ben: dict[str, Any]) -> Visitor:
    """The tablet in the kitchen: the household signed in at the shop, then Ben beside it at the gateway."""
    visitor = Visitor()
    assert sign_in_at(visitor, demo, "shop", demo.demo["customers"]["household"]).has("sub")
    visitor.open(f"{demo.issuer}/switch/")
    press(visitor, "/switch/another/")
    answer_pages(visitor, ben)
    visitor.trail.clear()
    return visitor


def test_both_are_in_and_the_shop_still_knows_whom_it_knew(demo: RunningDemo, browser: Visitor, ben: dict[str, Any]):
    names = browser.open(f"{demo.issuer}/switch/").text
    assert "The Willows" in names
    assert ben["name"] in names
    assert browser.open(f"{demo.site('shop')}/").at("email") == demo.demo["customers"]["household"]["email"]


def test_a_site_that_asks_for_nobody_in_particular_lets_them_choose(
    demo: RunningDemo, browser: Visitor, ben: dict[str, Any]
):
    assert browser.open(f"{demo.site('help')}/").url == f"{demo.site('help')}/?guest"
    browser.open(f"{demo.site('help')}/sign-in")
    (handle,) = re.findall(rf'value="([^"]+)">\s*<span[^>]*>Continue as [^<]*{ben["name"]}', browser.page.response.text)
    page = browser.submit(browser.page.form("account"), account=handle)
    assert page.at("email") == ben["email"]
    assert pages_that_asked(browser) == []


def test_signing_one_out_leaves_the_other_in(demo: RunningDemo, browser: Visitor, ben: dict[str, Any]):
    page = browser.open(f"{demo.issuer}/switch/")
    (forget_ben,) = re.findall(
        rf'href="(/switch/forget/[^"]+)">Sign out<span[^>]*> [^<]*{ben["name"]}', page.response.text
    )
    browser.open(f"{demo.issuer}{forget_ben}")
    press(browser, "/switch/forget/")
    left = browser.open(f"{demo.issuer}/switch/").text
    assert "The Willows" in left
    assert ben["name"] not in left
    assert browser.open(f"{demo.site('shop')}/").has("sub")


def test_one_persons_sessions_are_not_on_the_others_page(demo: RunningDemo, browser: Visitor, ben: dict[str, Any]):
    bens = browser.open(f"{demo.issuer}/sessions/")
    assert ben["name"] in browser.open(f"{demo.issuer}/").text
    assert "The Willows" not in bens.text
