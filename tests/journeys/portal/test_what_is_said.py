import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from kit.call import CallContext
from notifications.queries import list_messages
from tests.actors import PASSWORD, make_channel, make_customer, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db: None, call: CallContext) -> Any:
    make_channel(call)
    return make_customer(call, "ana")


def _words(response: Any) -> str:
    main = response.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>|value=\"[^\"]*\"", " ", main).split())


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/accounts/login/", {"login": "{}", "password": "something else entirely"}),
        ("/accounts/password/reset/", {"email": "{}"}),
        ("/accounts/signup/", {"email": "{}", "password1": "a sentence of her own choosing"}),
    ],
)
def test_known_and_unknown_addresses_get_the_same_answer(ana: Any, path: str, fields: dict[str, str]) -> None:
    answers = []
    for address in (ana.email, "nobody@people.example"):
        browser = Client()
        response = browser.post(path, {name: value.format(address) for name, value in fields.items()}, follow=True)
        said = _words(response).replace(address, "").replace(address[:1] + "•••", "•••")
        answers.append((response.status_code, response.redirect_chain, said))
    assert answers[0] == answers[1]


def test_a_wrong_login_is_told_without_saying_which_half_was_wrong(ana: Any) -> None:
    response = Client().post("/accounts/login/", {"login": ana.email, "password": "something else entirely"})
    assert "That email address and password don't match." in unescape(response.content.decode())


def test_before_sign_in_an_address_is_never_shown_in_full(ana: Any) -> None:
    response = Client().post("/accounts/password/reset/", {"email": ana.email}, follow=True)
    assert ana.email not in response.content.decode()
    assert "a•••@people.example" in response.content.decode()


def test_what_happened_stands_on_the_security_page_with_its_time_and_device(ana: Any) -> None:
    browser = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    browser.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    page = browser.get("/security/").content.decode()
    assert "Signed in" in page
    assert "Firefox on Linux" in page
    assert re.search(r'<time datetime="20\d\d-[^"]+" title="\d+ \w+ 20\d\d, \d\d:\d\d UTC">just now</time>', page)
    assert "This wasn't me" in page


def test_a_changed_password_is_told_to_the_mailbox_with_what_to_do(ana: Any, settings: Any) -> None:
    new = "another sentence altogether"
    fields = {"password1": new, "password2": new}
    browser = sign_in(ana)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.post("/accounts/password/change/", fields, headers={"Host": "localhost"})
    (letter,) = [letter for letter in list_messages() if letter.subject == "Your password was changed"]
    assert letter.to == ana.email
    assert "If this wasn't you" in letter.body
    assert f"{settings.ISSUER_URL}/accounts/password/reset/" in letter.body
    assert "127.0.0.1" not in letter.body, "places are city and country, never more"


@pytest.mark.parametrize(
    ("path", "fields", "subject"),
    [
        ("/accounts/signup/", {"email": "{}", "password1": PASSWORD}, "You already have an account"),
        ("/accounts/password/reset/", {"email": "{}"}, "Your code to choose a new password"),
        ("/accounts/password/reset/", {"email": "no{}"}, "There is no account for this address"),
        ("/accounts/signup/", {"email": "no{}", "password1": PASSWORD}, "Your code to create an account"),
    ],
)
def test_a_mail_is_plain_and_ends_with_what_to_do_if_it_was_somebody_else(
    ana: Any, settings: Any, path: str, fields: dict[str, str], subject: str
) -> None:
    Client().post(path, {name: value.format(ana.email) for name, value in fields.items()})
    letter = list_messages()[0]
    assert letter.subject == subject
    assert "If this wasn't you:" in letter.body
    assert set(re.findall(r"https?://[^/\s]+", letter.body)) == {settings.ISSUER_URL}
    assert "{" not in letter.body
    assert "&" not in letter.body


def test_a_name_with_markup_is_shown_as_typed_and_does_nothing(ana: Any) -> None:
    type(ana).objects.filter(pk=ana.pk).update(name="<b>Ana</b>")
    assert "&lt;b&gt;Ana&lt;/b&gt;" in sign_in(ana).get("/").content.decode()
