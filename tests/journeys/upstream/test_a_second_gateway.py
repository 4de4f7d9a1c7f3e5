"""Signing in at one gateway through another, both of them real processes on real sockets, no line of code shared."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.people import answer_pages, sign_up
from tests.journeys.running_demo import RunningDemo
from tests.journeys.upstream.gateways import Registered, come_in_through, press_button
from tests.journeys.visitor import Visitor

ZOE = {"email": "zoe@people.example", "password": "a lighthouse in the fog"}


@pytest.fixture(scope="module")
def zoe(upstream: RunningDemo) -> dict[str, Any]:
    """Somebody who has an account at the provider and none here."""
    sign_up(Visitor(), upstream, **ZOE, name="Zoe")
    return ZOE


def visit(demo: RunningDemo, path: str = "/accounts/login/?next=/security/") -> Visitor:
    visitor = Visitor()
    visitor.open(f"{demo.issuer}{path}")
    return visitor


def test_a_stranger_signs_up_through_the_provider_on_her_way_to_a_site(
    demo: RunningDemo, cousin: Registered, zoe: dict[str, Any]
):
    visitor = Visitor()
    visitor.open(f"{demo.site('shop')}/sign-in")
    page = come_in_through(visitor, cousin, zoe)
    assert page.url.startswith(demo.site("shop")), page.text
    assert page.status == 200
    page = visitor.open(f"{demo.issuer}/security/")
    assert zoe["email"] in page.text
    assert "Linked" in page.text


def test_she_comes_back_to_the_same_account_from_another_browser(
    demo: RunningDemo, cousin: Registered, zoe: dict[str, Any]
):
    first, second = visit(demo), visit(demo)
    come_in_through(first, cousin, zoe)
    page = come_in_through(second, cousin, zoe)
    assert page.url == f"{demo.issuer}/security/"
    page = second.open(f"{demo.issuer}/sessions/")
    assert page.text.count("another provider") >= 2, page.text


def test_the_owner_of_an_address_that_both_know_proves_it_here_before_the_two_are_linked(
    demo: RunningDemo, upstream: RunningDemo, cousin: Registered
):
    visitor = visit(demo)
    page = come_in_through(visitor, cousin, upstream.demo["customers"]["ben"])
    assert page.url == f"{demo.issuer}/accounts/upstream/link/"
    assert "You have an account here" in page.text
    visitor.open(f"{demo.issuer}/accounts/login/?next=/accounts/upstream/link/")
    page = answer_pages(visitor, demo.demo["customers"]["ben"])
    page = visitor.submit(page.form("link"), link="yes")
    assert page.url == f"{demo.issuer}/security/"
    assert "opens your account from now on" in page.text
    again = visit(demo)
    page = come_in_through(again, cousin, upstream.demo["customers"]["ben"])
    assert page.url == f"{demo.issuer}/security/"
    assert demo.demo["customers"]["ben"]["email"] in page.text


def test_whoever_cannot_prove_the_account_here_links_nothing(
    demo: RunningDemo, upstream: RunningDemo, cousin: Registered
):
    visitor = visit(demo)
    household = upstream.demo["customers"]["household"]
    page = come_in_through(visitor, cousin, household)
    assert page.url == f"{demo.issuer}/accounts/upstream/link/"
    visitor.open(f"{demo.issuer}/accounts/login/?next=/accounts/upstream/link/")
    visitor.submit(visitor.page.form("login", "password"), login=household["email"], password="not the one here")
    assert "don't match" in visitor.page.text
    page = visitor.open(f"{demo.issuer}/accounts/upstream/link/")
    assert "Link it" not in page.text
    again = visit(demo)
    page = come_in_through(again, cousin, household)
    assert page.url == f"{demo.issuer}/accounts/upstream/link/", "still not linked"


def test_a_response_caught_in_one_browser_is_worth_nothing_in_another(
    demo: RunningDemo, cousin: Registered, zoe: dict[str, Any]
):
    zoes, mallory = visit(demo), visit(demo)
    there = press_button(zoes, cousin)
    callback = f"{demo.issuer}/accounts/upstream/cousin/callback/"
    zoes.open(there, stop_at=callback)
    answer_pages(zoes, zoe, stop_at=callback)
    page = mallory.open(zoes.last_address)
    assert page.status == 400
    assert "That didn't work" in page.text
    press_button(visit(demo), cousin)
    assert parse_qs(urlsplit(zoes.last_address).query)["iss"]
    assert zoes.open(zoes.last_address).url == f"{demo.issuer}/security/"
    assert zoes.open(zoes.trail[-2] if "callback" in zoes.trail[-2] else zoes.trail[-3]).status == 400, "it works once"


def test_a_provider_that_the_operator_switches_off_is_dead_within_a_second(
    demo: RunningDemo, cousin: Registered, zoe: dict[str, Any]
):
    visitor, late = visit(demo), visit(demo)
    assert come_in_through(visitor, cousin, zoe).url == f"{demo.issuer}/security/"
    there = press_button(late, cousin)
    callback = f"{demo.issuer}/accounts/upstream/cousin/callback/"
    late.open(there, stop_at=callback)
    answer_pages(late, zoe, stop_at=callback)
    cousin.switch(on=False)
    try:
        time.sleep(1)
        assert visitor.open(f"{demo.issuer}/security/").form("login", "password")
        assert late.open(late.last_address).status == 404
        assert "Cousin" not in Visitor().open(f"{demo.issuer}/accounts/login/").text
    finally:
        cousin.switch(on=True)
    assert "Continue with Cousin" in Visitor().open(f"{demo.issuer}/accounts/login/").text
