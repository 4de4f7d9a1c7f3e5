"""Operators govern channels on pages: one writes, recorded decisions are tried, another approves."""

import re
from html import unescape

import pytest
from django.test import Client as HttpClient

from accounts.types import Method, Proof, Role
from assurance.services import decide
from assurance.types import Question
from channel_registry.queries import find_live_version, forget_policies, get_policy, list_drafts
from channel_registry.services import publish_policy
from sessions_hub.services import recognize_device, start_session
from tests.actors import make_channel, make_customer, sign_in
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db

READERS = {Role.ADMIN, Role.AUDITOR, Role.AUTHOR, Role.APPROVER}
BODY = {"session": {"idle": "1h"}, "actions": {"orders.view": {"class": "history"}}}
STRICTER = """\
session: {idle: 15m}
actions:
  orders.view:
    class: change
"""
HTML = {"Accept": "text/html"}


@pytest.fixture
def web(call):
    make_channel(call)
    publish_policy(channel="web", body=BODY, call=call)
    forget_policies()


@pytest.fixture
def wanda(web, call):
    """An author."""
    return sign_in_operator(Role.AUTHOR, call)[0]


@pytest.fixture
def pavel(web, call):
    """An approver."""
    return sign_in_operator(Role.APPROVER, call)[0]


@pytest.fixture
def ana_looked_at_her_orders(web, call):
    ana = make_customer(call)
    device = recognize_device(secret=None, user_agent="Firefox", call=call)[0].pk
    session = start_session(
        account_id=ana.pk,
        subject=ana.sub,
        device_id=device,
        channel="web",
        proofs=[Proof(method=Method.PASSWORD, at=call.now)],
        call=call,
    )
    for _ in range(3):
        decide(question=Question(subject=ana.sub, action="orders.view", sid=session.sid, channel="web"), call=call)


def text_of(response) -> str:
    words = unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return re.sub(r"\s+", " ", words)


def write(browser: HttpClient, text: str = STRICTER, note: str = "orders are worth more") -> str:
    """Save a change; answers its page."""
    response = browser.post("/console/channels/web/change/", {"text": text, "note": note})
    assert response.status_code == 302, text_of(response)
    return str(response["Location"])


def decide_on(browser: HttpClient, page: str, do: str, **more: str):
    return browser.post(f"{page}decide/", {"do": do, **more}, headers=HTML)


def digest_on(browser: HttpClient, page: str) -> str:
    found = re.search(r'name="digest" value="(\w+)"', browser.get(page).content.decode())
    assert found, text_of(browser.get(page))
    return found[1]


def test_from_a_draft_to_a_policy_in_force_and_back_again(wanda, pavel, ana_looked_at_her_orders):
    page = write(wanda)
    assert "Being written" in text_of(wanda.get(page))
    assert decide_on(wanda, page, "propose").status_code == 302
    seen = text_of(pavel.get(page))
    assert "orders are worth more" in seen
    assert "session.idle 1h 15m" in seen
    assert "3 of 3 recorded decisions" in seen
    assert "Allowed 3 0 \N{MINUS SIGN}3" in seen
    assert get_policy("web").session_idle_seconds == 3600

    assert decide_on(pavel, page, "approve", digest=digest_on(pavel, page)).status_code == 302
    forget_policies()
    assert get_policy("web").session_idle_seconds == 900
    channel = text_of(wanda.get("/console/channels/web/"))
    assert "Version 2, by Author, approved by Approver" in channel
    assert "15m after its last use" in channel

    back = text_of(pavel.get("/console/channels/web/versions/1/"))
    assert "session.idle 15m 1h" in back
    assert pavel.post("/console/channels/web/versions/1/").status_code == 302
    forget_policies()
    assert get_policy("web").session_idle_seconds == 3600
    assert "back to version 1" in text_of(pavel.get("/console/channels/web/"))


def test_one_does_not_approve_ones_own_change(web, call):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    page = write(admin)
    decide_on(admin, page, "propose")
    assert "Somebody else has to approve it" in text_of(admin.get(page))
    assert 'value="approve"' not in admin.get(page).content.decode()
    refused = decide_on(admin, page, "approve", digest=list_drafts()[0].digest)
    assert refused.status_code == 403
    assert "somebody else has to approve it" in text_of(refused)
    as_json = admin.post(f"{page}decide/", {"do": "approve"}, headers={"Accept": "application/json"})
    assert as_json.json()["code"] == "own_change"
    live = find_live_version("web")
    assert live is not None
    assert live.number == 1


def test_a_mistake_is_shown_with_its_line(wanda):
    wrong = "session: {idle: 15m}\nactions:\n  orders.view:\n    class: historic\n"
    response = wanda.post("/console/channels/web/change/", {"text": wrong, "note": "x"})
    assert response.status_code == 422
    seen = text_of(response)
    assert "line 4: actions.orders.view.class: must be one of" in seen
    assert "4 class: historic (this line)" in seen
    assert "class: historic" in response.content.decode().partition("<textarea")[2]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{}", "empty"),
        ("a: [", "line 1"),
        ("just words", "group of fields"),
        ("minimum_acr: 0", "line 1: minimum_acr"),
        ("a: &a [1]\nb: *a", "aliases are not taken"),
        ("session: {idle: 2d, absolute: 1d}", "longer than session.absolute"),
        ("actions:\n  account.recover: {class: recovery, threshold: 0.99999}", "line 2: actions.account.recover"),
        ("session: {idle: 1h}\nactions: {orders.view: {class: history}}", "in force already"),
        ("", "Policy"),
        ("x" * 60_000, "50"),
        ("a: \x00", "Policy"),
    ],
)
def test_what_cannot_be_a_policy_is_refused_beside_its_field(wanda, typed, said):
    response = wanda.post("/console/channels/web/change/", {"text": typed, "note": ""})
    assert response.status_code == 422
    assert said in text_of(response)
    assert list_drafts() == []


def test_hostile_words_stay_words(wanda, pavel):
    page = write(wanda, note="<script>alert(1)</script>")
    assert "<script>alert" not in pavel.get(page).content.decode()
    wrong = wanda.post("/console/channels/web/change/", {"text": "<script>: 1", "note": "\u202eturned"})
    assert wrong.status_code == 422
    assert "<script>:" not in wrong.content.decode()


def test_a_change_that_was_overtaken_says_so_and_is_refused(wanda, pavel, call):
    page = write(wanda)
    decide_on(wanda, page, "propose")
    digest = digest_on(pavel, page)
    publish_policy(channel="web", body={"session": {"idle": "2h"}}, call=call)
    assert "Another version has come into force" in text_of(pavel.get(page))
    assert decide_on(pavel, page, "approve", digest=digest).status_code == 409
    assert decide_on(pavel, page, "reject", reason="too late").status_code == 302
    assert "Why: too late" in text_of(wanda.get(page))


def test_an_author_writes_anew_and_withdraws(wanda, pavel):
    page = write(wanda)
    assert "15m" in wanda.get(f"{page}edit/").content.decode()
    again = wanda.post(f"{page}edit/", {"text": "session: {idle: 20m}", "note": "less"})
    assert again.status_code == 302
    assert "session.idle 1h 20m" in text_of(wanda.get(page))
    assert decide_on(wanda, page, "withdraw").status_code == 302
    assert decide_on(wanda, page, "propose").status_code == 409
    assert "Withdrawn" in text_of(pavel.get(page))


def test_without_recorded_decisions_the_page_says_so(wanda):
    page = write(wanda)
    decide_on(wanda, page, "simulate")
    assert "no recorded decisions" in text_of(wanda.get(page))


def test_a_change_that_opens_a_weaker_way_is_flagged_before_approval(wanda, call):
    publish_policy(channel="web", body=BODY | {"actions": {"orders.view": {"class": "change"}}}, call=call)
    make_channel(call, "chat")
    forget_policies()
    weaker = {"text": "actions: {orders.view: {class: history}}", "note": ""}
    page = wanda.post("/console/channels/chat/change/", weaker)["Location"]
    assert "orders.view on chat: threshold 0.95" in text_of(wanda.get(page))


@pytest.mark.parametrize("role", Role)
def test_who_may_read(web, wanda, call, role):
    page = write(wanda)
    browser, _ = sign_in_operator(role, call) if role is not Role.AUTHOR else (wanda, "")
    pages = ("channels/", "channels/web/", "channels/web/versions/1/", "actions/", "weakest/")
    seen = {browser.get(f"/console/{each}").status_code for each in pages} | {browser.get(page).status_code}
    assert seen == ({200} if role in READERS else {404})
    assert ("Channels and policies" in text_of(browser.get("/console/"))) == (role in READERS)
    may_write = role in {Role.ADMIN, Role.AUTHOR}
    assert browser.get("/console/channels/web/change/").status_code == (200 if may_write else 404)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AUTHOR, Role.STEWARD, Role.SUPPORT])
def test_who_may_not_decide(web, wanda, call, role):
    page = write(wanda)
    decide_on(wanda, page, "propose")
    browser, _ = sign_in_operator(role, call) if role is not Role.AUTHOR else (wanda, "")
    if role is Role.AUDITOR:
        assert "Try it on recorded decisions" not in text_of(browser.get(page))
        assert decide_on(browser, page, "simulate").status_code == 403
    for act in ("approve", "reject"):
        assert decide_on(browser, page, act, digest=list_drafts()[0].digest).status_code in (403, 404)
    assert browser.post("/console/channels/web/versions/1/", headers=HTML).status_code in (403, 404)
    live = find_live_version("web")
    assert live is not None
    assert live.number == 1


def test_customers_and_strangers_find_nothing(web, call):
    ana = sign_in(make_customer(call))
    for page in ("channels/", "channels/web/", "actions/", "weakest/", "changes/1/"):
        assert ana.get(f"/console/{page}").status_code == 404
        assert HttpClient().get(f"/console/{page}")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "page",
    [
        "channels/nowhere/",
        "channels/web/versions/99/",
        "channels/nowhere/change/",
        "changes/4711/",
        "changes/4711/edit/",
    ],
)
def test_what_is_not_there_is_not_found(wanda, page):
    assert wanda.get(f"/console/{page}", headers=HTML).status_code == 404


def test_without_a_word_what_to_do_nothing_is_done(wanda):
    page = write(wanda)
    assert decide_on(wanda, page, "").status_code == 400
    assert decide_on(wanda, page, "publish").status_code == 400
    assert decide_on(wanda, page, "approve\x00").status_code == 400


def test_the_matrix_shows_every_channel_and_what_is_refused(wanda, call):
    make_channel(call, "chat")
    forget_policies()
    seen = text_of(wanda.get("/console/actions/"))
    assert "confidence 95 %, one factor" in seen
    assert "refused" in seen
