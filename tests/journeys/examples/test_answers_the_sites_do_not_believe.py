"""What the sample sites refuse at their callback, as every client should."""

import pytest

from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor

SITES = ("shop", "help")


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("issuer", ["", "&iss=https://other.example"])
def test_an_answer_of_another_issuer_is_refused(demo: RunningDemo, site: str, issuer: str):
    page = Visitor().open(f"{demo.site(site)}/callback?code=x&state=y{issuer}")
    assert page.status == 400
    assert "not from the gateway we asked" in page.text


@pytest.mark.parametrize("site", SITES)
def test_an_answer_that_this_browser_never_asked_for_is_refused(demo: RunningDemo, site: str):
    mallory, victim = Visitor(), Visitor()
    callback = demo.client(site)["redirect_uris"][0]
    mallory.open(f"{demo.site(site)}/sign-in")
    answer_pages(mallory, demo.demo["customers"]["ben"], stop_at=callback)

    page = victim.open(mallory.last_address)
    assert page.status == 400
    assert not victim.open(f"{demo.site(site)}/").has("sub")


@pytest.mark.parametrize("site", SITES)
def test_an_answer_is_good_for_one_sign_in(demo: RunningDemo, site: str):
    visitor = Visitor()
    callback = demo.client(site)["redirect_uris"][0]
    visitor.open(f"{demo.site(site)}/sign-in")
    answer_pages(visitor, demo.demo["customers"]["ben"], stop_at=callback)
    answer = visitor.last_address
    assert visitor.open(answer).has("sub")
    assert visitor.open(answer).status == 400


def test_the_gateway_answers_errors_with_its_issuer_too(demo: RunningDemo):
    visitor = Visitor()
    visitor.open(f"{demo.site('help')}/")
    assert visitor.page.url == f"{demo.site('help')}/?guest"
    answers = [url for url in visitor.trail if "/callback?" in url]
    assert len(answers) == 1
    assert "error=login_required" in answers[0]
    assert "iss=" in answers[0]
