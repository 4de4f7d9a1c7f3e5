"""The app opens a site signed in: once, on its own phone, and never over somebody else without asking."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.examples.steps import pages_that_asked, press, sign_in_at
from tests.journeys.people import answer_pages, open_within_a_second
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor

BROWSER_LOGIN = "throughline"


@pytest.fixture
def phone(demo: RunningDemo) -> Visitor:
    """Ben's phone: signed in to the app."""
    visitor = Visitor()
    assert sign_in_at(visitor, demo, "mobile", demo.demo["customers"]["ben"]).has("sid")
    visitor.trail.clear()
    return visitor


def _open_from_app(phone: Visitor, demo: RunningDemo, site: str = "shop") -> str:
    """Press *Open the shop*; the link that the phone's browser is given."""
    phone.open(f"{demo.site('mobile')}/")
    press(phone, f"/open/{site}", stop_at=demo.site(site))
    assert "session_transfer_token=" in phone.last_address
    return phone.last_address


def _forget_login(phone: Visitor) -> None:
    """As a browser on the phone that the app does not share its cookies with: the device is known, nobody is in."""
    cookies = phone.browser.cookies
    for cookie in [each for each in cookies if each.name == BROWSER_LOGIN]:
        cookies.clear(cookie.domain, cookie.path, cookie.name)


def test_where_she_is_in_already_the_site_opens_without_a_word(demo: RunningDemo, phone: Visitor):
    app = phone.open(f"{demo.site('mobile')}/")
    shop = phone.open(_open_from_app(phone, demo))
    assert shop.at("sub") == app.at("sub")
    assert shop.at("acr") == app.at("acr")
    assert pages_that_asked(phone) == []


def test_where_nobody_is_in_a_page_names_her_and_one_tap_is_enough(demo: RunningDemo, phone: Visitor):
    link = _open_from_app(phone, demo)
    _forget_login(phone)
    named = phone.open(link)
    assert demo.demo["customers"]["ben"]["name"] in named.text
    shop = phone.submit(named.form("session"), session="continue")
    assert shop.at("email") == demo.demo["customers"]["ben"]["email"]
    assert shop.at("acr") == "urn:throughline:1fa"
    assert pages_that_asked(phone) == []


def test_a_link_is_good_once(demo: RunningDemo, phone: Visitor):
    link = _open_from_app(phone, demo)
    _forget_login(phone)
    phone.submit(phone.open(link).form("session"), session="continue")
    _forget_login(phone)
    again = phone.open(link)
    assert again.form("login", "password")


def test_a_link_is_good_on_that_phone_only(demo: RunningDemo, phone: Visitor):
    thief = Visitor()
    assert thief.open(_open_from_app(phone, demo)).form("login", "password")


def test_somebody_else_who_is_in_stays_in_unless_she_says_otherwise(demo: RunningDemo, phone: Visitor):
    link, shop = _open_from_app(phone, demo), demo.site("shop")
    _forget_login(phone)
    household = demo.demo["customers"]["household"]
    sign_in_at(phone, demo, "shop", household)
    assert phone.page.at("email") == household["email"]

    asked = phone.open(link)
    assert household["name"] in asked.text
    stays = phone.submit(asked.form("session"), session="stay")
    assert answer_pages(phone, household).at("email") == household["email"], stays.text

    link = _open_from_app(phone, demo)
    phone.open(link)
    leaves = phone.submit(phone.page.form("session"), session="continue")
    assert leaves.form("login", "password")
    open_within_a_second(phone, f"{shop}/", "You were signed out")


def test_the_token_is_not_repeated_on_the_way(demo: RunningDemo, phone: Visitor):
    link = _open_from_app(phone, demo)
    token = parse_qs(urlsplit(link).query)["session_transfer_token"][0]
    _forget_login(phone)
    phone.trail.clear()
    phone.submit(phone.open(link).form("session"), session="continue")
    assert [token in url for url in phone.trail].count(True) == 2, "the site, and the authorization endpoint"


def test_the_vendors_second_app_is_in_by_one_tap(demo: RunningDemo, phone: Visitor):
    first = phone.open(f"{demo.site('mobile')}/")
    phone.open(f"{demo.site('mobile_two')}/")
    orders = press(phone, "/orders/enter")
    assert orders.at("sub") == first.at("sub")
    assert orders.at("acr") == first.at("acr")
    assert pages_that_asked(phone) == []


def test_with_the_first_app_signed_out_the_second_has_nothing_to_go_on(demo: RunningDemo, phone: Visitor):
    phone.open(f"{demo.site('mobile')}/")
    press(phone, "/sign-out")
    assert "Sign in to our first app" in phone.open(f"{demo.site('mobile_two')}/").text


def test_another_phone_finds_nothing_in_its_keychain(demo: RunningDemo, phone: Visitor):
    page = Visitor().open(f"{demo.site('mobile_two')}/")
    assert "Sign in to our first app" in page.text
