"""Operators read what was decided, and why; nobody else learns that there is such a page."""

import re

import pytest

from accounts.types import Role
from assurance.services import raise_risk
from assurance.types import RiskKind
from portal.views import decisions
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db
READERS = (Role.SUPPORT, Role.AUDITOR, Role.STEWARD, Role.ADMIN)
LIST = "/console/decisions/"


def page_of(said):
    return f"/console/decisions/{said['context']['decision_id']}/"


def text_of(answer):
    assert answer.status_code == 200, answer.content
    page = answer.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :]))


@pytest.mark.parametrize("role", READERS)
def test_support_auditors_stewards_and_admins_read_decisions(call, orders, ana, role):
    said = orders.ask(ana)
    operator, _ = sign_in_operator(role, call)
    assert "orders.view" in text_of(operator.get(LIST))
    assert "It was allowed." in text_of(operator.get(page_of(said)))
    assert LIST in operator.get("/console/").content.decode()


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER])
def test_for_other_roles_there_is_no_such_page(call, orders, ana, role):
    said = orders.ask(ana)
    operator, _ = sign_in_operator(role, call)
    assert [operator.get(path).status_code for path in (LIST, page_of(said))] == [404, 404]
    assert LIST not in operator.get("/console/").content.decode()


def test_nor_is_there_for_the_customer_or_a_stranger(client, orders, ana):
    said = orders.ask(ana)
    assert [ana.browser.get(path).status_code for path in (LIST, page_of(said))] == [404, 404]
    assert client.get(LIST).status_code == 302
    assert client.post(LIST).status_code == 405


def test_the_page_shows_every_line_the_policy_and_that_it_can_be_replayed(call, orders, ana):
    raise_risk(subject=ana.sub, kind=RiskKind.SIM_SWAP, source="carrier", call=call)
    said = orders.ask(ana, journey="checkout-7")
    operator, _ = sign_in_operator(Role.SUPPORT, call)
    told = text_of(operator.get(page_of(said)))
    assert "Her phone number moved to another card" in told
    assert "carrier" in told
    assert "stands until somebody clears it" in told
    assert "at least 0.95" in told
    assert "The same, to the last digit" in told
    assert "checkout-7" in told
    assert "people.example" not in told


def test_the_chart_has_bars_on_both_sides_of_zero_and_no_inline_style(call, orders, ana):
    raise_risk(subject=ana.sub, kind=RiskKind.SIM_SWAP, source="carrier", call=call)
    operator, _ = sign_in_operator(Role.AUDITOR, call)
    page = operator.get(page_of(orders.ask(ana))).content.decode()
    bars = re.findall(r'class="fill-(good|bad)" x="(-?[\d.]+)" y="2" width="([\d.]+)"', page)
    assert {(speaks, float(begin) < 0) for speaks, begin, width in bars if float(width)} == {
        ("good", False),
        ("bad", True),
    }
    assert all(float(begin) >= -100 and float(begin) + float(width) <= 100 for _, begin, width in bars)
    assert 'style="' not in page
    assert "<script" not in page[page.index("<main") :]


def test_a_decision_about_nobody_has_no_chart(call, orders, ana):
    operator, _ = sign_in_operator(Role.AUDITOR, call)
    told = text_of(operator.get(page_of(orders.ask(ana, "store.open"))))
    assert "Evidence, in bits" not in told
    assert "static" in told
    barred = text_of(operator.get(page_of(orders.ask(ana, sid="never_was"))))
    assert "This client takes no part in a session of that id." in barred


def test_the_filter_stands_in_the_address(call, orders, ana):
    permitted, refused = orders.ask(ana), orders.ask(ana, "no.such")
    operator, _ = sign_in_operator(Role.AUDITOR, call)

    def found(query):
        page = operator.get(f"{LIST}?{query}").content.decode()
        return {id for id in (permitted["context"]["decision_id"], refused["context"]["decision_id"]) if id in page}

    one, other = permitted["context"]["decision_id"], refused["context"]["decision_id"]
    assert found("") == {one, other}
    assert found("outcome=permit") == {one}
    assert found("action=no.such") == {other}
    assert found("channel=web&outcome=refuse") == {other}
    assert found(f"subject={ana.sub}") == {one, other}
    for nothing in ("channel=mobile", "outcome=nonsense", "subject=acc_other", "action=%3Cb%3E", "action=a%EF%BF%BDb"):
        assert found(nothing) == set()
    assert 'value="permit" selected' in operator.get(f"{LIST}?outcome=permit").content.decode()


def test_older_decisions_are_a_page_on_whatever_the_filter(call, orders, ana, monkeypatch):
    monkeypatch.setattr(decisions, "SHOWN", 2)
    monkeypatch.setattr(decisions, "AMONG", 3)
    ids = [orders.ask(ana, action)["context"]["decision_id"] for action in ("orders.view", *["no.such"] * 4)]
    operator, _ = sign_in_operator(Role.AUDITOR, call)

    def walk(query):
        pages = []
        while query is not None:
            answer = operator.get(f"{LIST}{query}")
            pages.append([each["id"] for each in answer.context["decisions"]])
            query = answer.context["older"] or None
        return pages

    assert walk("") == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert walk("?action=orders.view") == [[], [ids[0]]], "an empty page says that there are older ones"
    for junk in ("-1", "0", "9" * 30, "a", "\u0661"):
        assert operator.get(f"{LIST}?before={junk}").status_code == 200


def test_what_a_caller_wrote_is_only_text_here(call, orders, ana):
    hostile = "<img src=x onerror=alert(1)>\u202e"
    said = orders.ask(ana, hostile)
    operator, _ = sign_in_operator(Role.AUDITOR, call)
    for path in (LIST, page_of(said)):
        page = operator.get(path).content.decode()
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_another_id_is_a_page_that_is_not_there(call, web):
    operator, _ = sign_in_operator(Role.AUDITOR, call)
    assert operator.get("/console/decisions/evt_none/").status_code == 404
