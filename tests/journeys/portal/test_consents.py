"""What a customer allows, on her own pages: her forms, and what nobody else does with them."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from config.demo.consent import keep_consent
from consent.queries import check, find_effective, list_history
from consent.services import choose_herself, put_processor, record_signal
from consent.types import Action, Choice, Item, NoticeRef, ProcessorKind, Reason, Tier
from keyring.services import ensure_signing_key
from kit.call import ANONYMOUS, CallContext
from kit.refusal import NotFound
from tests.actors import make_channel, make_customer, sign_in

pytestmark = pytest.mark.django_db

NOTICE = "privacy/3/en"


@pytest.fixture
def ana(db: None, call: CallContext) -> Any:
    cache.clear()
    make_channel(call)
    ensure_signing_key(call=call)
    ana = make_customer(call, "ana")
    keep_consent(ana.sub, replace(call, now=call.now - timedelta(days=2)))
    return ana


@pytest.fixture
def ben(ana: Any, call: CallContext) -> Any:
    return make_customer(call, "ben")


def say(browser: Client, purpose: str, action: str, **fields: Any) -> Any:
    """What a button of the page posts."""
    usual = {"purpose": purpose, "action": action, "event": f"form-{purpose}-{action}", "seen": 999}
    if action == "grant":
        usual["notice"] = NOTICE
    return browser.post("/consents/choose/", {**usual, **fields}, headers={"Accept": "text/html"}, follow=True)


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def permits(account: Any, purpose: str, call: CallContext, **where: str) -> bool:
    later = call.now + timedelta(minutes=5)
    return check([Item(account.sub, purpose, **where)], later).answers[0].permits


def test_her_answer_is_proved_by_her_session_and_kept_with_the_notice_she_read(ana, call):
    browser = sign_in(ana)
    assert "Offers by text message: allowed" in text_of(say(browser, "marketing.sms", "grant"))
    assert permits(ana, "marketing.sms", call)
    event = list_history(ana.sub)[0]
    assert (event.tier, event.source, event.actor) == (Tier.VERIFIED, "portal", f"account:{ana.sub}")
    assert event.notice == NoticeRef("privacy", 3, "en")
    assert event.sid
    assert event.confidence is not None


def test_the_pages_say_what_the_check_says(ana, call):
    browser = sign_in(ana)
    page = browser.get("/consents/").content.decode()
    for row in find_effective(ana.sub, call.now):
        shown = re.search(rf'<li class="consent[^"]*" id="{re.escape(row.purpose.id)}">.*?</h3>', page, re.DOTALL)
        assert shown
        is_on = "badge-good" in shown[0]
        assert is_on == row.answer.permits == permits(ana, row.purpose.id, call), row.purpose.id


@pytest.mark.parametrize("purpose", ["marketing.email", "analytics", "personalization"])
def test_what_stops_takes_the_same_one_post_as_what_allows(ana, call, purpose):
    browser = sign_in(ana)
    action = {"analytics": "object"}.get(purpose, "withdraw")
    assert "stopped" in text_of(say(browser, purpose, action))
    assert not permits(ana, purpose, call)
    assert "allowed" in text_of(say(browser, purpose, "grant"))
    assert permits(ana, purpose, call)


def test_a_session_that_proves_nothing_stops_at_once_and_is_asked_for_proof_before_it_allows(ana, call, monkeypatch):
    browser = sign_in(ana)
    monkeypatch.setattr("assurance.middleware.measure_confidence", lambda **_: 0.5)
    response = say(browser, "ai.training", "grant")
    assert response.status_code == 403
    assert "Confirm that it is you" in text_of(response)
    assert "/accounts/step-up/?next=/consents/of/ai.training/" in response.content.decode()
    assert "without confirming" not in text_of(response), "it wants a proved yes"
    assert not permits(ana, "ai.training", call)
    assert "without confirming" in text_of(say(browser, "ai.assistance", "grant"))
    assert "allowed" in text_of(say(browser, "ai.assistance", "grant", unproved="yes"))
    assert list_history(ana.sub)[0].tier == Tier.UNVERIFIED
    assert "stopped" in text_of(say(browser, "personalization", "withdraw"))
    assert not permits(ana, "personalization", call)


def test_against_a_signal_of_her_browser_she_is_shown_the_conflict_first(ana, call):
    record_signal(party=ana.sub, call=replace(call, now=call.now - timedelta(hours=1)))
    browser = sign_in(ana)
    response = say(browser, "marketing.email", "grant")
    assert response.redirect_chain[-1][0] == "/consents/of/marketing.email/"
    assert "Allow all the same" in text_of(response)
    assert not permits(ana, "marketing.email", call)
    assert "allowed" in text_of(say(browser, "marketing.email", "grant", acknowledged="yes", event="again"))
    assert permits(ana, "marketing.email", call)
    assert not permits(ana, "marketing.sms", call), "the signal goes on counting for everything else"


def test_of_two_tabs_the_later_informed_one_wins(ana, call):
    browser = sign_in(ana)
    seen = {row.purpose.id: row.seq for row in find_effective(ana.sub, call.now)}["marketing.sms"]
    say(browser, "marketing.sms", "grant", event="first tab", seen=seen)
    say(browser, "marketing.sms", "withdraw", event="first tab again")
    stale = say(browser, "marketing.sms", "grant", event="second tab", seen=seen)
    assert "You changed this somewhere else" in text_of(stale)
    assert not permits(ana, "marketing.sms", call)
    say(browser, "marketing.sms", "grant", event="first tab, a third time")
    late_no = say(browser, "marketing.sms", "withdraw", event="second tab, again", seen=seen)
    assert "Your no counts" in text_of(late_no)
    assert not permits(ana, "marketing.sms", call)


def test_the_same_form_sent_twice_is_one_answer(ana):
    browser = sign_in(ana)
    before = len(list_history(ana.sub))
    say(browser, "marketing.sms", "grant", event="once")
    say(browser, "marketing.sms", "grant", event="once")
    assert len(list_history(ana.sub)) == before + 1


def test_a_form_under_a_notice_that_may_not_be_shown_any_more_is_loaded_anew(ana, call):
    browser = sign_in(ana)
    assert "somewhere else" in text_of(say(browser, "ai.training", "grant", notice="privacy/1/en"))
    assert not permits(ana, "ai.training", call)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"purpose": "spying"}, 404),
        ({"purpose": "service"}, 400),
        ({"action": "invalidate"}, 400),
        ({"seen": "-1"}, 400),
        ({"event": ""}, 400),
        ({"event": "x" * 10_000}, 400),
        ({"purpose": "marketing\x00"}, 400),
        ({"channel": "nowhere"}, 422),
        ({"processor": "nobody"}, 422),
        ({"notice": "privacy"}, 422),
        ({"notice": "privacy/99/en"}, 422),
        ({"notice": ""}, 422),
    ],
)
def test_what_no_page_of_ours_posts_is_refused_and_changes_nothing(ana, fields, status):
    browser = sign_in(ana)
    before = len(list_history(ana.sub))
    assert say(browser, **{"purpose": "personalization", "action": "grant", **fields}).status_code == status
    assert len(list_history(ana.sub)) == before


def test_a_party_in_the_form_is_not_listened_to(ana, ben, call):
    say(sign_in(ben), "personalization", "withdraw", party=ana.sub, subject=ana.sub)
    assert permits(ana, "personalization", call)
    assert [event.party for event in list_history(ben.sub)] == [ben.sub]


def test_a_receipt_is_hers_alone(ana, ben):
    event = list_history(ana.sub)[0]
    receipt = sign_in(ana).get(f"/consents/receipts/{event.id}/")
    assert receipt["Content-Disposition"] == f'attachment; filename="consent-receipt-{event.id}.json"'
    assert set(json.loads(receipt.content)) == {"receipt", "jws"}
    for strange in (event.id, "cev_nothing", "x" * 3000):
        assert sign_in(ben).get(f"/consents/receipts/{strange}/").status_code == 404


def test_a_form_without_its_token_changes_nothing(ana, call):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = sign_in(ana).cookies
    assert say(strict, "personalization", "withdraw").status_code == 403
    assert permits(ana, "personalization", call)


@pytest.mark.parametrize(
    "path", ["/consents/", "/consents/history/", "/consents/of/marketing/", "/consents/receipts/x/"]
)
def test_a_stranger_is_asked_to_sign_in_first(ana, path):
    assert Client().get(path)["Location"].startswith("/accounts/login/?next=")


def test_a_notice_is_for_everybody_to_read_and_stays_readable_when_retired(ana):
    assert "What we do with your data" in text_of(Client().get("/notices/privacy/1/en/"))
    assert 'lang="de"' in Client().get("/notices/privacy/3/de/").content.decode()
    assert Client().get("/notices/privacy/9/en/").status_code == 404


def test_what_operators_wrote_stays_text(ana, call):
    put_processor(id="loud", kind=ProcessorKind.AI_TOOL, title="<b>Loud</b>", call=call)
    page = sign_in(ana).get("/consents/").content.decode()
    assert "&lt;b&gt;Loud&lt;/b&gt; (AI tool)" in page
    assert "<b>Loud" not in page


def test_nobody_who_acts_for_her_chooses_for_her_here(ana, call):
    choice = Choice("one", ana.sub, "personalization", Action.WITHDRAW, Tier.VERIFIED)
    for caller in (
        replace(ANONYMOUS, subject="acc_ben"),
        replace(ANONYMOUS, subject=ana.sub, act="acc_staff"),
        replace(ANONYMOUS, subject=ana.sub, agent="bot"),
    ):
        with pytest.raises(NotFound):
            choose_herself(choices=[choice], call=replace(call, caller=caller))
    assert permits(ana, "personalization", call)


def test_what_was_said_under_an_older_notice_is_asked_again(ana, call):
    browser = sign_in(ana)
    page = text_of(browser.get("/consents/of/ai.assistance/"))
    assert "The notice has changed since you said yes" in page
    assert check([Item(ana.sub, "ai.assistance")], call.now).answers[0].reason is Reason.RECONSENT
    say(browser, "ai.assistance", "grant")
    assert permits(ana, "ai.assistance", call)


def test_who_works_with_data_may_have_a_long_name_and_every_button_works(ana, call):
    """The page's own forms, as they are posted by a browser."""
    long = "recommendations-and-forecasts." + "x" * 34
    put_processor(id=long, kind=ProcessorKind.VENDOR, title="Recommendations and Forecasts", call=call)
    browser = sign_in(ana)
    page = browser.get("/consents/of/personalization/").content.decode()
    form = next(each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'value="{long}"' in each)
    fields = dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form))
    done = browser.post("/consents/choose/", fields, follow=True, headers={"Accept": "text/html"})
    assert done.status_code == 200
    assert "Recommendations and Forecasts (service provider): " in text_of(done)
    assert list_history(ana.sub)[0].processor == long


def test_what_a_signal_forbids_is_allowed_again_for_that_purpose_alone(ana, call):
    """As the page says: the purposes below it are asked about at their own rows."""
    record_signal(party=ana.sub, call=call)
    page = sign_in(ana).get("/consents/of/marketing/").content.decode()
    assert "counts for this purpose alone" in page
    form = next(each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'name="acknowledged"' in each)
    assert 'name="everything"' not in form
