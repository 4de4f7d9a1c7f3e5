"""Who is believed where systems disagree: read on a page, changed by two people."""

import pytest

from accounts.types import Role
from channel_registry.queries import forget_sources, get_ranking, list_drafts
from tests.journeys.governing.test_two_operators import decide_on, digest_on, text_of
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def wanda(call):
    return sign_in_operator(Role.AUTHOR, call)[0]


@pytest.fixture
def pavel(call):
    return sign_in_operator(Role.APPROVER, call)[0]


def test_two_operators_change_who_is_believed_and_go_back(wanda, pavel):
    assert "contact_points gateway, then crm, then cdp" in text_of(wanda.get("/console/sources/"))
    for order in ("crm, app", "app"):
        typed = {"text": f"loyalty: [{order}]", "note": "loyalty moved"}
        page = wanda.post("/console/sources/change/", typed)["Location"]
        assert decide_on(wanda, page, "propose").status_code == 302
        assert "loyalty moved" in text_of(pavel.get("/console/sources/"))
        assert decide_on(pavel, page, "approve", digest=digest_on(pavel, page)).status_code == 302
    forget_sources()
    assert get_ranking("loyalty", "change") == ("app",)
    assert "loyalty.any app crm, app" in text_of(pavel.get("/console/sources/versions/1/"))
    assert pavel.post("/console/sources/versions/1/").status_code == 302
    assert "loyalty crm, then app" in text_of(wanda.get("/console/sources/"))


def test_a_mistake_is_shown_with_its_line(wanda):
    typed = {"text": "loyalty: [crm]\ncredentials: [crm]\n", "note": ""}
    response = wanda.post("/console/sources/change/", typed)
    assert response.status_code == 422
    assert "line 2: credentials: is known by gateway alone" in text_of(response)
    assert list_drafts() == []


def test_a_ranking_is_edited_withdrawn_and_not_simulated(wanda):
    page = wanda.post("/console/sources/change/", {"text": "loyalty: [crm]", "note": ""})["Location"]
    assert "What would have come of it" not in text_of(wanda.get(page))
    assert wanda.post(f"{page}edit/", {"text": "loyalty: [app]", "note": ""}).status_code == 302
    assert decide_on(wanda, page, "simulate").status_code == 404
    assert decide_on(wanda, page, "withdraw").status_code == 302


@pytest.mark.parametrize("role", [Role.STEWARD, Role.SUPPORT])
def test_who_may_not_read(call, role):
    browser, _ = sign_in_operator(role, call)
    assert browser.get("/console/sources/").status_code == 404


def test_an_auditor_reads_and_changes_nothing(call):
    browser, _ = sign_in_operator(Role.AUDITOR, call)
    assert "Change the ranking" not in text_of(browser.get("/console/sources/"))
    assert browser.get("/console/sources/change/").status_code == 404
