"""Leaving a mailing by its link, a withdrawal taken back by the mail about it, and a browser's signal on our pages."""

import re

import pytest
from django.test import Client as HttpClient

from accounts.services import erase_account, suspend_account
from consent.models import ConsentEvent
from consent.queries import check, seal_undo, unsubscribe_headers
from consent.types import Item
from kit import clock
from notifications.models import Message
from notifications.queries import read_message

pytestmark = pytest.mark.django_db


def permits(party, purpose="marketing.email", channel="web"):
    return check([Item(party, purpose, channel)], clock.now()).answers[0].permits


def link_of(account, purpose="marketing.email", channel=""):
    headers = unsubscribe_headers(party=account.sub, purpose=purpose, channel=channel)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return headers["List-Unsubscribe"].removeprefix("<http://localhost:8000").removesuffix(">")


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_opening_the_link_shows_a_button_and_changes_nothing(ana):
    ana.own.choose(ana.sub)
    page = HttpClient().get(link_of(ana.account))
    assert page.status_code == 200
    assert b"marketing.email" in page.content
    assert permits(ana.sub)
    assert ConsentEvent.objects.count() == 1


def test_the_button_withdraws_at_once_and_she_is_told_with_a_way_back(ana):
    ana.own.choose(ana.sub)
    stranger = HttpClient(enforce_csrf_checks=True)
    answer = stranger.post(link_of(ana.account), ONE_CLICK)
    assert answer.status_code == 200
    assert not answer.cookies
    assert not permits(ana.sub)
    event = ConsentEvent.objects.order_by("seq").last()
    assert (event.action, event.source, event.tier, event.channel) == ("withdraw", "unsubscribe", 3, "")
    _, _, body = read_message(Message.objects.latest("pk"))
    (undo,) = re.findall(r"http://localhost:8000(/consent/undo/\S+)", body)
    assert HttpClient().get(undo).status_code == 200
    assert not permits(ana.sub)
    assert HttpClient().post(undo).status_code == 200
    assert permits(ana.sub)


def test_clicking_twice_is_clicking_once_and_an_old_mail_works_again_after_she_came_back(ana):
    ana.own.choose(ana.sub)
    link = link_of(ana.account)
    for _ in range(3):
        assert HttpClient().post(link, ONE_CLICK).status_code == 200
    assert ConsentEvent.objects.count() == 2
    ana.own.choose(ana.sub)
    assert permits(ana.sub)
    HttpClient().post(link, ONE_CLICK)
    assert not permits(ana.sub)


def test_a_link_for_one_channel_closes_that_channel(ana):
    ana.own.choose(ana.sub, channel=None)
    HttpClient().post(link_of(ana.account, channel="web"), ONE_CLICK)
    assert not permits(ana.sub)
    assert permits(ana.sub, channel="mobile")


def test_an_interest_of_the_house_is_objected_to(ana):
    assert permits(ana.sub, "analytics")
    HttpClient().post(link_of(ana.account, "analytics"), ONE_CLICK)
    assert not permits(ana.sub, "analytics")
    assert ConsentEvent.objects.get().action == "object"


def test_what_a_parent_purpose_closed_is_closed_by_name_too(ana):
    ana.own.choose(ana.sub)
    ana.own.choose(ana.sub, "withdraw", "marketing", channel=None)
    HttpClient().post(link_of(ana.account), ONE_CLICK)
    ana.own.choose(ana.sub, "grant", "marketing", channel=None)
    assert not permits(ana.sub)


@pytest.mark.parametrize(
    "body", [{}, {"List-Unsubscribe": "one-click"}, {"List-Unsubscribe": ["One-Click", "x"]}, {"x": "y" * 10_240}]
)
def test_a_post_that_is_no_click_is_a_400(ana, body):
    ana.own.choose(ana.sub)
    assert HttpClient().post(link_of(ana.account), body).status_code == 400
    assert permits(ana.sub)


def test_taking_back_says_no_more_than_is_so(ana):
    """She withdrew it herself since: the doubtful withdrawal is void, hers is not."""
    ana.own.choose(ana.sub)
    HttpClient().post(link_of(ana.account), ONE_CLICK)
    event = ConsentEvent.objects.latest("seq")
    ana.own.choose(ana.sub, "withdraw")
    answer = HttpClient().post(f"/consent/undo/{seal_undo(event.pk, now=clock.now())}/")
    assert answer.status_code == 200
    assert not permits(ana.sub)
    assert "permitted again" not in answer.content.decode()


def test_a_link_that_is_not_ours_is_a_404(ana):
    link = link_of(ana.account)
    for other in (link[:-3] + "xx/", *(f"/consent/unsubscribe/{each}/" for each in ("nothing", "x" * 10_240))):
        assert HttpClient().get(other).status_code == 404
        assert HttpClient().post(other, ONE_CLICK).status_code == 404
    for other in ("nothing", "x" * 10_240):
        assert HttpClient().get(f"/consent/undo/{other}/").status_code == 410
        assert HttpClient().post(f"/consent/undo/{other}/").status_code == 410


def test_the_link_of_a_suspended_person_still_refuses_and_tells_nobody(ana, call):
    ana.own.choose(ana.sub)
    suspend_account(sub=ana.sub, reason="asked_for", call=call)
    before = Message.objects.count()
    answer = HttpClient().post(link_of(ana.account), ONE_CLICK)
    assert answer.status_code == 200
    assert not permits(ana.sub)
    assert Message.objects.count() == before  # who is shut out gets no link that permits


def test_a_link_does_what_it_names_and_nothing_else(ana, ben):
    """Whoever holds a mail of Ana's cannot turn it against Ben, another purpose, or back into a yes."""
    ana.own.choose(ana.sub)
    ana.own.choose(ana.sub, "grant", "personalization")
    ben.own.choose(ben.sub)
    link = link_of(ana.account)
    theirs = link_of(ben.account)
    head, _, tail = link.strip("/").rpartition(":")
    mixed = f"/{head}:{theirs.strip('/').rpartition(':')[2]}/"
    for method in ("put", "patch", "delete"):
        assert getattr(HttpClient(), method)(link).status_code == 405
    for forged in (mixed, f"/{head}/", f"/{head}:{tail}x/", link.replace("unsubscribe", "undo")):
        assert HttpClient().post(forged, ONE_CLICK).status_code in (404, 410)
    more = {**ONE_CLICK, "party": ben.sub, "purpose": "personalization", "action": "grant"}
    answers = [ben.browser.post(f"{link}?purpose=personalization", more) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert not permits(ana.sub)
    assert permits(ana.sub, "personalization")
    assert permits(ben.sub)
    assert ConsentEvent.objects.filter(source="unsubscribe").count() == 1


def test_the_link_of_an_erased_person_harms_nobody(ana, call):
    erase_account(sub=ana.sub, reason="asked_for", call=call)
    assert HttpClient().post(link_of(ana.account), ONE_CLICK).status_code == 200


def signals(party):
    return ConsentEvent.objects.filter(party=party, source="gpc")


def test_the_signal_of_a_browser_is_an_event_of_the_device_and_of_the_account_once(ana):
    for _ in range(3):
        ana.browser.get("/", headers={"Sec-GPC": "1"})
    purposes = {"analytics", "marketing", "marketing.email", "marketing.sms"}
    assert {event.purpose for event in signals(ana.sub)} == purposes
    (device,) = set(ConsentEvent.objects.filter(source="gpc").exclude(party=ana.sub).values_list("party", flat=True))
    assert device.startswith("dev_")
    assert {event.purpose for event in signals(device)} == purposes
    assert ConsentEvent.objects.count() == 8
    assert {event.tier for event in ConsentEvent.objects.all()} == {2}
    assert not permits(ana.sub, "analytics")


def test_any_other_value_says_nothing(ana):
    for value in ("0", "true", "1 ", " 1", "1, 1", "11", "", "yes"):
        ana.browser.get("/", headers={"Sec-GPC": value})
    assert not ConsentEvent.objects.exists()


def test_its_absence_takes_nothing_back_and_the_api_has_its_own_way(ana):
    ana.browser.get("/api/docs/", headers={"Sec-GPC": "1"})
    assert not ConsentEvent.objects.exists()
    ana.browser.get("/", headers={"Sec-GPC": "1"})
    ana.browser.get("/")
    assert not permits(ana.sub, "analytics")


def test_a_browser_that_never_signed_in_leaves_no_trace_by_its_signal(catalog):
    browser = HttpClient()
    browser.get("/accounts/login/", headers={"Sec-GPC": "1"})
    assert not ConsentEvent.objects.exists()
