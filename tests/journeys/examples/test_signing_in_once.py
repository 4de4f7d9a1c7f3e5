"""A customer signs in once and is known at a second site; she signs out once and is gone from both."""

import pytest

from tests.journeys.people import answer_pages, open_within_a_second, sign_up
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Page, Visitor

pytestmark = pytest.mark.sqlite
SIGN_IN_PAGES = ("/accounts/login/", "/accounts/reauthenticate/", "/accounts/2fa/")


def _asked(trail: list[str]) -> list[str]:
    return [url for url in trail if any(page in url for page in SIGN_IN_PAGES)]


def _sign_out_at(visitor: Visitor, address: str) -> Page:
    page = visitor.open(f"{address}/")
    visitor.submit(page.form(action="/sign-out"), stop_at=None)
    return answer_pages(visitor, {})


def test_a_newcomer_signs_up_and_is_known_at_the_shop_and_at_the_help_site(demo: RunningDemo):
    nora = {"email": "nora@birch.example", "password": "seven quiet lanterns", "name": "Nora Birch"}
    visitor = Visitor()
    sign_up(visitor, demo, **nora)

    visitor.trail.clear()
    shop = visitor.open(f"{demo.site('shop')}/sign-in")
    assert shop.url == f"{demo.site('shop')}/"
    assert shop.at("email") == nora["email"]
    assert shop.at("name") == nora["name"]

    help_site = visitor.open(f"{demo.site('help')}/")
    assert help_site.url == f"{demo.site('help')}/", help_site.text
    assert help_site.at("sub") == shop.at("sub")
    assert help_site.at("sid") == shop.at("sid")
    assert _asked(visitor.trail) == []


def test_signing_out_at_the_shop_signs_her_out_of_the_help_site_too(demo: RunningDemo):
    visitor, ben = Visitor(), demo.demo["customers"]["ben"]
    visitor.open(f"{demo.site('shop')}/sign-in")
    answer_pages(visitor, ben, stop_at=f"{demo.site('shop')}/callback")
    visitor.open(visitor.last_address)
    assert visitor.open(f"{demo.site('help')}/").at("email") == ben["email"]

    goodbye = _sign_out_at(visitor, demo.site("shop"))
    assert goodbye.url.startswith(f"{demo.site('shop')}/signed-out"), goodbye.text
    assert "You are signed out" in goodbye.text

    open_within_a_second(visitor, f"{demo.site('help')}/", "You were signed out")
    guest = visitor.open(f"{demo.site('help')}/")
    assert guest.url == f"{demo.site('help')}/?guest"
    visitor.open(f"{demo.site('shop')}/sign-in")
    assert visitor.page.form("login", "password")


def test_signing_out_at_the_help_site_signs_him_out_of_the_shop_too(demo: RunningDemo):
    visitor, ben = Visitor(), demo.demo["customers"]["ben"]
    visitor.open(f"{demo.site('help')}/sign-in")
    answer_pages(visitor, ben)
    assert visitor.page.at("email") == ben["email"]
    visitor.open(f"{demo.site('shop')}/sign-in")
    assert visitor.page.at("email") == ben["email"]

    _sign_out_at(visitor, demo.site("help"))
    assert visitor.page.url == f"{demo.site('help')}/?guest"
    open_within_a_second(visitor, f"{demo.site('shop')}/", "You were signed out")


def test_a_second_factor_shows_at_the_shop_as_a_higher_level(demo: RunningDemo):
    levels = {}
    for name in ("ana", "ben"):
        visitor = Visitor()
        visitor.open(f"{demo.site('shop')}/sign-in")
        levels[name] = answer_pages(visitor, demo.demo["customers"][name]).at("acr")
    assert levels == {"ana": "urn:throughline:2fa", "ben": "urn:throughline:1fa"}


def test_another_browser_is_not_signed_in(demo: RunningDemo):
    ben, stranger = Visitor(), Visitor()
    ben.open(f"{demo.site('shop')}/sign-in")
    answer_pages(ben, demo.demo["customers"]["ben"])
    assert not stranger.open(f"{demo.site('shop')}/").has("sub")
    assert stranger.open(f"{demo.site('help')}/").url == f"{demo.site('help')}/?guest"


def test_a_guest_may_look_around_and_signs_in_when_he_likes(demo: RunningDemo):
    visitor = Visitor()
    page = visitor.open(f"{demo.site('help')}/")
    assert "You are here as a guest" in page.text
    assert f"{demo.site('shop')}/" in page.links
    assert "/sign-in" in page.links
