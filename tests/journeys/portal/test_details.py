"""A customer says how she wants to be called, and everybody who may know hears of it."""

from typing import Any

import pytest
from django.test import Client

from accounts.events import PROFILE_CHANGED
from accounts.models import Account
from audit.queries import list_events
from kit.call import CallContext
from tests.actors import make_channel, make_customer, sign_in
from tests.journeys.governing.test_two_operators import text_of

pytestmark = pytest.mark.django_db

PAGE = "/details/"


@pytest.fixture
def ana(call: CallContext) -> Any:
    make_channel(call)
    return make_customer(call)


def changes(account: Any) -> list[Any]:
    return [each for each in list_events(subject=account.sub) if each.type == PROFILE_CHANGED.name]


def test_her_new_name_stands_on_her_pages_and_in_the_journal(ana: Any) -> None:
    browser = sign_in(ana)
    assert PAGE in browser.get("/").content.decode()
    assert 'value="Ana"' in browser.get(PAGE).content.decode()
    done = browser.post(PAGE, {"name": "  Ana   of the <Willows> "})
    assert (done.status_code, done["Location"]) == (302, "/")
    assert "Hello, Ana of the <Willows>" in text_of(browser.get("/"))
    assert len(changes(ana)) == 1
    browser.post(PAGE, {"name": "Ana of the <Willows>"})
    assert len(changes(ana)) == 1, "the same name changes nothing"


def test_she_may_have_no_name(ana: Any) -> None:
    browser = sign_in(ana)
    browser.post(PAGE, {"name": ""})
    assert "Say what we should call you" in text_of(browser.get("/"))


@pytest.mark.parametrize("name", ["a\x00b", "a\u202eb", "x" * 10_000, "win at https://evil.example", "a\nb"])
def test_what_cannot_be_a_name_is_said_beside_the_field_and_changes_nothing(ana: Any, name: str) -> None:
    page = sign_in(ana).post(PAGE, {"name": name})
    assert page.status_code == 422
    assert "field-error" in page.content.decode()
    assert Account.objects.get(pk=ana.pk).name == "Ana"


def test_a_stranger_is_asked_to_sign_in(ana: Any) -> None:
    for answer in (Client().get(PAGE), Client().post(PAGE, {"name": "Eve", "sub": ana.sub})):
        assert answer.status_code == 302
        assert "/accounts/login/" in answer["Location"]
    assert Account.objects.get(pk=ana.pk).name == "Ana"
