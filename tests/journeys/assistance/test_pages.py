"""The pages of both sides: Sam finds Ana and acts for her, Ana sees him and can end it."""

import html
import re
from typing import Any

import pytest
from django.core.cache import cache

from accounts.types import Role
from audit.models import Event
from delegation.queries import list_live_about
from kit import clock
from kit.call import CallContext
from tests.actors import make_client, make_customer, sign_in
from tests.journeys.assistance.test_helping import Stage
from tests.operators import sign_in_operator
from tests.services.delegation.people import open_desk

pytestmark = pytest.mark.django_db
CUSTOMERS = "/console/customers/"


@pytest.fixture
def stage(call: CallContext) -> Stage:
    cache.clear()
    return Stage(call)


def text(answer: Any) -> str:
    return " ".join(html.unescape(answer.content.decode()).split())


def page_of(stage: Stage) -> str:
    return f"{CUSTOMERS}{stage.ana.sub}/"


def begin(stage: Stage, **changes: str) -> Any:
    return stage.sams_browser.post(page_of(stage), {"reason": "order", "note": "", **changes})


def running(stage: Stage) -> Any:
    [one] = list_live_about(subject=stage.ana.sub, now=clock.now())
    return one


def test_sam_finds_ana_by_her_address_and_sees_what_she_proved(stage: Stage) -> None:
    answer = stage.sams_browser.post(CUSTOMERS, {"login_hint": "ana@people.example"})
    page = text(answer)
    assert answer.status_code == 200
    assert f'action="{page_of(stage)}' in page
    assert re.search(r"Verified</span> by password on the website, .*\d\d:\d\d UTC</time>, level 1, valid until", page)
    assert "ana@people.example" not in page
    assert Event.objects.filter(type="customer.looked_up").count() == 1, "one question, one line"


@pytest.mark.parametrize("hint", ["nobody@people.example", "support@operators.example", "acc_nobody"])
def test_whoever_cannot_be_helped_is_nobody(stage: Stage, hint: str) -> None:
    answer = stage.sams_browser.post(CUSTOMERS, {"login_hint": hint})
    assert answer.status_code == 404
    assert "There is nobody to help" in text(answer)


@pytest.mark.parametrize("hint", ["", "\x00", "a" * 10_000])
def test_a_hint_that_can_be_nobodys_is_told_beside_the_field(stage: Stage, hint: str) -> None:
    answer = stage.sams_browser.post(CUSTOMERS, {"login_hint": hint})
    assert answer.status_code == 200
    assert "field-error" in text(answer)


def test_ana_sees_him_on_every_page_she_opens_next_and_ends_it(stage: Stage) -> None:
    assert "is helping you" not in text(stage.her_browser.get("/"))
    assert begin(stage, note="<b>Wants</b> another size").status_code == 302
    for path in ("/", "/sessions/", "/security/", "/apps/", "/accounts/email/", "/sessions/end-others/"):
        answer = stage.her_browser.get(path)
        assert "Support from customer service is helping you" in text(answer), path
        assert b"<b>Wants</b>" not in answer.content
    assert "Support from customer service" in text(stage.her_browser.get("/sessions/"))

    answer = stage.her_browser.post(f"/assistance/{running(stage).id}/end/")
    assert (answer.status_code, answer["Location"]) == (302, "/security/")
    page = text(stage.her_browser.get("/security/"))
    assert "is helping you" not in page
    assert "Somebody helped you" in page
    assert "Support from customer service worked in your account. It was about an order." in page
    assert "You ended it." in page
    assert list_live_about(subject=stage.ana.sub, now=clock.now()) == []


def test_sam_sees_on_every_page_of_the_console_that_he_acts_for_her_and_ends_it(stage: Stage) -> None:
    begin(stage)
    for path in ("/console/", CUSTOMERS, page_of(stage)):
        assert "You act for" in text(stage.sams_browser.get(path))
    assert 'name="reason"' not in text(stage.sams_browser.get(page_of(stage)))
    answer = stage.sams_browser.post(f"/assistance/{running(stage).id}/end/")
    assert (answer.status_code, answer["Location"]) == (302, CUSTOMERS)
    page = text(stage.sams_browser.get(CUSTOMERS))
    assert "Nobody at the moment." in page
    assert "Before</h2>" in page


def test_what_began_in_the_console_goes_on_at_the_desk(stage: Stage) -> None:
    begin(stage)
    [listed] = stage.ask("get", "/api/assistance/").json()
    assert stage.act(listed)


def test_ending_it_among_her_devices_ends_the_help(stage: Stage) -> None:
    begin(stage)
    stage.her_browser.post(f"/sessions/{running(stage).sid}/end/")
    assert list_live_about(subject=stage.ana.sub, now=clock.now()) == []


def test_another_customer_cannot_end_it_and_another_operator_neither(stage: Stage, call: CallContext) -> None:
    begin(stage)
    path = f"/assistance/{running(stage).id}/end/"
    ben = sign_in(make_customer(call, "ben"))
    olga, _ = sign_in_operator(Role.ADMIN, call)
    assert [browser.post(path).status_code for browser in (ben, olga)] == [404, 404]
    assert stage.her_browser.get(path).status_code == 405
    assert running(stage)


@pytest.mark.parametrize("fields", [{"reason": ""}, {"reason": "fun"}, {"note": "x" * 301}, {"note": "\x00"}])
def test_a_form_that_is_not_right_says_so_and_begins_nothing(stage: Stage, fields: dict[str, str]) -> None:
    answer = begin(stage, **fields)
    assert answer.status_code == 200
    assert "field-error" in text(answer)
    assert list_live_about(subject=stage.ana.sub, now=clock.now()) == []


def test_without_a_proof_there_is_no_form_and_a_forged_one_begins_nothing(stage: Stage, call: CallContext) -> None:
    ben = make_customer(call, "ben")
    page = f"{CUSTOMERS}{ben.sub}/"
    assert "Not verified" in text(stage.sams_browser.get(page))
    assert 'name="reason"' not in text(stage.sams_browser.get(page))
    refused = stage.sams_browser.post(page, {"reason": "order"}, headers={"Accept": "text/html"})
    assert refused.status_code == 403
    assert "The customer has to confirm who she is first." in text(refused)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AUTHOR, Role.APPROVER, Role.STEWARD])
def test_other_operators_have_no_such_pages(stage: Stage, call: CallContext, role: Role) -> None:
    browser, _ = sign_in_operator(role, call)
    assert [browser.get(path).status_code for path in (CUSTOMERS, page_of(stage))] == [404, 404]
    assert "Help a customer" not in text(browser.get("/console/"))


def test_customers_have_no_such_pages(stage: Stage) -> None:
    assert [stage.her_browser.get(path).status_code for path in (CUSTOMERS, page_of(stage))] == [404, 404]


def test_where_no_desk_is_open_the_page_says_what_is_missing(call: CallContext) -> None:
    cache.clear()
    open_desk(call)
    make_client(call, name="Shop")
    browser, _ = sign_in_operator(Role.SUPPORT, call)
    assert "No desk is open" in text(browser.get(CUSTOMERS))
    assert browser.get(f"{CUSTOMERS}acc_somebody/").status_code == 302


def test_a_name_with_markup_is_shown_as_it_is(stage: Stage, call: CallContext) -> None:
    type(stage.ana).objects.filter(pk=stage.ana.pk).update(name="<script>alert(1)</script>")
    assert b"<script>alert(1)" not in stage.sams_browser.get(page_of(stage)).content
