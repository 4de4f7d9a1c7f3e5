"""OpenID Connect RP-Initiated Logout 1.0: who may end a session, and where the browser goes then."""

from urllib.parse import urlencode

import pytest

from tests.actors import PASSWORD, make_client, query_of, sign_in

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
BYE = "https://shop.example/bye"


@pytest.fixture
def shop(call):
    return make_client(call, post_logout_redirect_uris=(BYE,))


@pytest.fixture
def hint(shop, browser):
    return shop.tokens_for(browser)["id_token"]


def is_signed_in(shop, browser):
    asked = browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43, prompt="none"))
    return "code=" in asked["Location"]


def test_the_hint_of_this_session_signs_out_without_asking(shop, browser, hint):
    left = browser.get("/oauth/logout", {"id_token_hint": hint, "post_logout_redirect_uri": BYE})
    assert left["Location"] == BYE
    assert not is_signed_in(shop, browser)


def test_without_a_hint_the_person_is_asked(shop, browser):
    page = browser.get("/oauth/logout", {"client_id": shop.client.client_id, "post_logout_redirect_uri": BYE})
    assert page.status_code == 200
    assert is_signed_in(shop, browser)

    left = browser.post("/oauth/logout", urlencode(page.context["fields"] | {"allow": "yes"}), FORM)
    assert left["Location"] == BYE
    assert not is_signed_in(shop, browser)


def test_a_yes_that_our_page_did_not_send_is_no_yes(shop, browser):
    answered = browser.post("/oauth/logout", urlencode({"allow": "yes"}), FORM)
    assert answered.status_code == 200
    assert is_signed_in(shop, browser)


def test_the_hint_of_another_session_asks_first(shop, ana, browser, hint):
    laptop = sign_in(ana)
    assert laptop.get("/oauth/logout", {"id_token_hint": hint}).status_code == 200
    assert is_signed_in(shop, laptop)


@pytest.mark.parametrize("target", [BYE + "/", BYE + "?x=1", "https://evil.example/", "javascript:alert(1)"])
def test_an_address_that_is_not_registered_is_never_gone_to(shop, browser, hint, target):
    answered = browser.get("/oauth/logout", {"id_token_hint": hint, "post_logout_redirect_uri": target})
    assert answered.status_code == 400
    assert "Location" not in answered
    assert is_signed_in(shop, browser)


def test_a_forged_hint_or_another_clients_id_is_refused(call, shop, browser, hint):
    other = make_client(call, name="Other")
    assert browser.get("/oauth/logout", {"id_token_hint": hint[:-3] + "AAA"}).status_code == 400
    both = {"id_token_hint": hint, "client_id": other.client.client_id}
    assert browser.get("/oauth/logout", both).status_code == 400


def test_a_stranger_is_simply_sent_on(shop, client, hint):
    left = client.get("/oauth/logout", {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": "a b"})
    assert left["Location"] == BYE + "?state=a+b"


# --- Several people in one browser: the hint says whose session ends ------------------------------------------


@pytest.fixture
def sofa(browser, hint, ben):
    """Ana's browser, in which Ben has signed in since."""
    browser.post("/switch/another/")
    browser.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    return browser


def names_at(browser):
    return [each.account.name for each in browser.get("/switch/").context["accounts"]]


def test_the_hint_ends_the_hinted_session_and_no_other(sofa, hint):
    assert names_at(sofa) == ["Ben", "Ana"]
    left = sofa.get("/oauth/logout", {"id_token_hint": hint, "post_logout_redirect_uri": BYE})
    assert left["Location"] == BYE
    assert names_at(sofa) == ["Ben"]
    assert b"Hello, Ben" in sofa.get("/").content


def test_the_hint_of_who_is_at_the_browser_leaves_the_others(shop, sofa):
    page = sofa.get("/oauth/authorize", shop.authorize_parameters("v" * 43, prompt="select_account"))
    handle = next(each.handle for each in page.context["accounts"] if each.current)
    code = query_of(sofa.post(page.context["action_url"], {"account": handle})["Location"])["code"]
    his = shop.redeem(code, "v" * 43).json()["id_token"]
    page = sofa.get("/oauth/logout", {"id_token_hint": his})
    assert b"Still signed in here: Ana" in page.content
    assert names_at(sofa) == ["Ana"]


@pytest.mark.parametrize(("answer", "left"), [("yes", ["Ana"]), ("all", []), ("no", ["Ben", "Ana"])])
def test_without_a_hint_the_person_says_who_is_signed_out(sofa, answer, left):
    page = sofa.get("/oauth/logout")
    assert b"Sign everybody out" in page.content
    sofa.post("/oauth/logout", urlencode(page.context["fields"] | {"allow": answer}), FORM)
    assert names_at(sofa) == left


def test_with_nobody_at_the_browser_only_everybody_can_be_signed_out(sofa):
    sofa.post("/switch/another/")
    page = sofa.get("/oauth/logout")
    for answer, left in (("yes", 2), ("all", 0)):
        sofa.post("/oauth/logout", urlencode(page.context["fields"] | {"allow": answer}), FORM)
        assert len(names_at(sofa)) == left
