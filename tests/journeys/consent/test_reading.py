"""What holds, what was chosen, receipts; questions and acting on their answers."""

import pytest

from keyring.queries import sign_jwt
from kit import clock
from tests.actors import claims_of
from tests.journeys.consent.conftest import Speaker

pytestmark = pytest.mark.django_db


def judge(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    return answer.json()


def test_she_reads_purpose_by_purpose_what_she_permits(ana):
    ana.own.choose(ana.sub)
    found = ana.own.get().json()
    assert found["subject"] == ana.sub
    rows = {row["purpose"]: row for row in found["purposes"]}
    row = rows["marketing.email"]
    assert (row["decision"], row["reason"], row["channel"]) == ("deny", "unknown", "")
    assert [(each["channel"], each["decision"]) for each in row["named"]] == [("web", "permit")]
    assert rows["service"]["decision"] == "permit"
    ana.own.choose(ana.sub, channel=None)
    row = {row["purpose"]: row for row in ana.own.get().json()["purposes"]}["marketing.email"]
    assert (row["decision"], row["notice"]["version"], row["named"]) == ("permit", 1, [])
    assert row["since"]
    assert row["receipt"]


def test_a_client_reads_what_its_channels_have_to_do_with(ana, backend, make_backend):
    ana.own.choose(ana.sub, channel="web")
    ana.own.choose(ana.sub, channel="mobile")
    mobile = make_backend(channel="mobile")
    for speaker, channel in ((backend, "web"), (mobile, "mobile")):
        rows = {row["purpose"]: row for row in speaker.get("", subject=ana.sub).json()["purposes"]}
        assert {each["channel"] for each in rows["marketing.email"]["named"]} == {channel}
        events = speaker.get("events", subject=ana.sub).json()["events"]
        assert {each["channel"] for each in events} == {channel}


def test_history_is_told_the_newest_first_and_by_purpose(ana):
    ana.own.choose(ana.sub)
    ana.own.choose(ana.sub, "deny", "marketing.sms")
    ana.own.choose(ana.sub, "withdraw")
    events = ana.own.get("events").json()["events"]
    assert [each["action"] for each in events] == ["withdraw", "deny", "grant"]
    assert [each["tier"] for each in events] == [5, 5, 5]
    assert [each["seq"] for each in events] == sorted((each["seq"] for each in events), reverse=True)
    assert len(ana.own.get("events", purpose="marketing.sms").json()["events"]) == 1


def test_nobody_reads_anothers(ana, ben, backend, make_backend):
    receipt = ana.own.choose(ana.sub).json()["receipt"].rpartition("/api/consent/")[2]
    judge(ben.own.get("", subject=ana.sub), 404, "not_found")
    judge(ben.own.get("events", subject=ana.sub), 404, "not_found")
    judge(ben.own.get(receipt), 404, "not_found")
    judge(ben.own.send("check", {"items": [{"subject": ana.sub, "purpose": "service"}]}), 404, "not_found")
    judge(make_backend(channel="mobile").get(receipt), 404, "not_found")
    judge(backend.get("", subject="acc_nobody"), 404, "not_found")
    judge(backend.get("events", subject="acc_nobody"), 404, "not_found")
    assert backend.get(receipt).status_code == 200
    assert ana.own.get(receipt).status_code == 200


@pytest.mark.parametrize("id", ["cev_nothing", "x" * 10_240, "a%0db", "%ff"])
def test_a_receipt_that_there_is_not_is_a_404(ana, id):
    judge(ana.own.http.get(f"/api/consent/receipts/{id}", headers=ana.own.bearer), 404, "not_found")


@pytest.mark.parametrize(
    "query", ["subject=a&subject=b", "subject=a%00", f"subject={'x' * 10_240}", "language=a&language=b"]
)
def test_a_question_in_other_words_is_a_400(ana, query):
    answer = ana.own.http.get(f"/api/consent/?{query}", headers=ana.own.bearer)
    judge(answer, 400, "malformed_input")


def test_a_client_must_say_whose(backend):
    judge(backend.get(), 404, "not_found")
    judge(backend.get("events"), 404, "not_found")


def test_a_hundred_questions_are_answered_at_once_and_one_more_is_none(ana, backend):
    ana.own.choose(ana.sub)
    one = {"subject": ana.sub, "purpose": "marketing.email", "channel": "web"}
    other = {**one, "purpose": "unheard.of"}
    answer = backend.send("check", {"items": [one, other] * 50})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [each["decision"] for each in results] == ["permit", "deny"] * 50
    assert results[1]["reason"] == "unknown_purpose"
    assert set(results[0]) == {"decision", "reason", "rule", "seq", "valid_until", "winner"}
    judge(backend.send("check", {"items": [one] * 101}), 400, "malformed_input")
    judge(backend.send("check", {"items": []}), 400, "malformed_input")


def test_a_client_asks_for_its_own_channels(ana, backend):
    item = {"subject": ana.sub, "purpose": "service", "channel": "mobile"}
    judge(backend.send("check", {"items": [item]}), 403, "not_allowed")


def test_processors_agents_and_categories_are_asked_for_by_name(ana, backend):
    ana.own.choose(ana.sub, purpose="ai.assistance", channel=None)
    ana.own.choose(ana.sub, "deny", "ai.assistance", processor="mailer", channel=None)
    ana.own.choose(ana.sub, purpose="personalization", channel=None)
    ana.own.choose(ana.sub, "deny", "personalization", data_category="location", channel=None)
    assert backend.ask(ana.sub, "ai.assistance", processor="bot")["decision"] == "permit"
    assert backend.ask(ana.sub, "ai.assistance", processor="mailer")["decision"] == "deny"
    assert backend.ask(ana.sub, "ai.assistance", processor="nobody")["reason"] == "unknown_processor"
    assert backend.ask(ana.sub, "personalization", data_category="purchases")["decision"] == "permit"
    assert backend.ask(ana.sub, "personalization", data_category="location")["decision"] == "deny"
    assert backend.ask(ana.sub, "personalization")["decision"] == "deny"
    by_agent = backend.ask(ana.sub, "personalization", agent="agt_1", data_category="purchases")
    assert by_agent["reason"] == "agent_not_allowed"


@pytest.mark.parametrize(
    "item",
    [
        {"purpose": "service"},
        {"subject": "a", "device": "dev_1", "purpose": "service"},
        {"subject": "a"},
        {"subject": 1, "purpose": "service"},
        {"subject": "a\x00", "purpose": "service"},
        {"subject": "x" * 10_240, "purpose": "service"},
        {"device": "acc_1", "purpose": "service"},
        {"subject": "a", "purpose": "service", "channel": None},
        {"subject": "a", "purpose": "service", "processor": "\u202e"},
        "subject",
        None,
    ],
)
def test_a_question_that_is_none_is_a_400(backend, item):
    judge(backend.send("check", {"items": [item]}), 400, "malformed_input")


def check(speaker, sub):
    item = {"subject": sub, "purpose": "marketing.email", "channel": "web"}
    return speaker.send("check", {"items": [item]}).json()["token"]


def test_what_was_checked_is_committed_while_it_holds(ana, backend):
    ana.own.choose(ana.sub)
    token = check(backend, ana.sub)
    assert backend.send("commit", {"token": token}).status_code == 204
    assert backend.send("commit", {"token": token}).status_code == 204
    ana.own.choose(ana.sub, "withdraw")
    problem = judge(backend.send("commit", {"token": token}), 409, "consent_changed")
    (change,) = problem["changes"]
    assert (change["purpose"], change["was"], change["now"]["reason"]) == ("marketing.email", "permit", "withdrawn")


def test_what_a_customer_checked_herself_no_other_customer_commits_nor_the_client_itself(ana, ben, backend):
    items = {"items": [{"subject": ana.sub, "purpose": "service", "channel": "web"}]}
    token = ana.own.send("check", items).json()["token"]
    judge(ben.own.send("commit", {"token": token}), 404, "check_unknown")
    judge(backend.send("commit", {"token": token}), 404, "check_unknown")
    assert ana.own.send("commit", {"token": token}).status_code == 204


def test_the_longest_check_can_be_committed(ana, backend):
    """A hundred questions with long names make a long token."""
    ana.own.choose(ana.sub)
    one = {"subject": ana.sub, "purpose": "marketing.email", "channel": "web"}
    others = [{**one, "subject": f"acc_{at:060}", "data_category": "c" * 64, "agent": "a" * 64} for at in range(99)]
    token = backend.send("check", {"items": [one, *others]}).json()["token"]
    assert len(token) > 30_000
    assert backend.send("commit", {"token": token}).status_code == 204
    ana.own.choose(ana.sub, "withdraw")
    judge(backend.send("commit", {"token": token}), 409, "consent_changed")


def test_a_check_is_committed_by_whom_it_was_given_to(ana, backend, make_backend):
    ana.own.choose(ana.sub)
    token = check(backend, ana.sub)
    judge(make_backend().send("commit", {"token": token}), 404, "check_unknown")
    forged = sign_jwt({"iss": "http://localhost:8000", "aud": "x", "items": []}, typ="at+jwt")
    for other in (token[:-4] + "AAAA", "nonsense", forged, ana.own.token, "x" * 10_240, "a.b.c"):
        judge(backend.send("commit", {"token": other}), 404, "check_unknown")
    judge(backend.send("commit", {"token": "a\x00"}), 400, "malformed_input")
    judge(backend.send("commit", {}), 400, "malformed_input")


def test_a_check_is_too_old_after_five_minutes(ana, backend, monkeypatch):
    ana.own.choose(ana.sub)
    token = check(backend, ana.sub)
    later = clock.now().timestamp() + 301
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real().fromtimestamp(later, real().tzinfo))
    judge(backend.send("commit", {"token": token}), 409, "check_expired")


def test_staff_who_act_for_her_neither_choose_nor_read(ana):
    acting = acting_for(ana)
    judge(acting.choose(ana.sub), 403, "not_allowed")
    judge(acting.choose(ana.sub, "withdraw"), 403, "not_allowed")
    judge(acting.get(), 403, "not_allowed")


def acting_for(person):
    """Her token, as it would be for somebody who acts for her."""
    claims = {**claims_of(person.own.token), "act": {"sub": "acc_staff"}}
    return Speaker(sign_jwt(claims, typ="at+jwt"))
