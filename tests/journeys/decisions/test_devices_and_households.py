"""What a browser refused before anybody signed in on it, and what several people who share it chose."""

import pytest
from django.conf import settings
from django.test import Client as HttpClient

from consent.queries import check, list_links
from consent.types import Item
from sessions_hub.models import Session
from sessions_hub.services import recognize_device
from tests.actors import PASSWORD, make_customer

pytestmark = pytest.mark.django_db
PURPOSE = "personalization"


@pytest.fixture
def device(call):
    """A browser in which nobody has signed in yet: its cookie, and the id of its device."""
    found, secret = recognize_device(secret=None, user_agent="Firefox", call=call)
    return found.pk, secret


def arrive(account, device):
    """A customer signs in through the page, in a browser of that device."""
    browser = HttpClient()
    browser.cookies[settings.DEVICE_COOKIE_NAME] = device[1]
    answer = browser.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert Session.objects.filter(subject=account.sub, device=device[0]).exists()


def permits(party, register):
    return check([Item(party, PURPOSE)], register.later(3600).call.now).answers[0].permits


def test_what_the_browser_refused_she_refuses_once_she_signs_in(call, web, register, device):
    ana = make_customer(call, "ana")
    register.choose("grant", PURPOSE, ana.sub)
    register.later().choose("deny", PURPOSE, device[0])
    assert permits(ana.sub, register)
    arrive(ana, device)
    assert not permits(ana.sub, register)
    assert [(link.other, link.kind) for link in list_links(ana.sub)] == [(device[0], "device")]


def test_what_the_browser_permitted_she_has_not(call, web, register, device):
    ana = make_customer(call, "ana")
    register.choose("grant", PURPOSE, device[0])
    arrive(ana, device)
    assert not permits(ana.sub, register)


def test_what_one_of_a_household_chose_reaches_nobody_else(call, web, register, device):
    ana, ben = make_customer(call, "ana"), make_customer(call, "ben")
    register.choose("grant", PURPOSE, ben.sub)
    register.choose("deny", PURPOSE, device[0])
    arrive(ana, device)
    register.later().choose("withdraw", PURPOSE, ana.sub)
    arrive(ben, device)
    assert permits(ben.sub, register), "what was refused before Ana came in was hers"
    assert not permits(ana.sub, register)


def test_signing_in_again_on_the_same_browser_links_nothing_anew(call, web, register, device):
    ana = make_customer(call, "ana")
    arrive(ana, device)
    before = list_links(ana.sub)
    arrive(ana, device)
    assert list_links(ana.sub) == before
    assert len(before) == 1
