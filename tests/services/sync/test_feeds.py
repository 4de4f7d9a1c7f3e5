"""What other systems tell: once for each key, newest first, poison set aside and traced back, risks told on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.services import erase_account
from assurance.models import FeedState
from assurance.queries import list_poisonings, list_standing
from assurance.types import Health, RiskKind
from audit.models import Event
from kit.call import Caller, CallerKind
from kit.refusal import NotFound
from notifications.models import Message
from notifications.queries import read_message
from resolution.queries import find_record
from sync import queries, services
from sync.errors import BatchSettled, FeedClosed, FeedInvalid, FeedUnknown, IdempotencyConflict
from sync.models import Feed, FeedBatch
from sync.rules import read_delivery
from sync.types import BatchState
from tests.actors import make_customer
from tests.together import together

pytestmark = pytest.mark.django_db

DOCUMENT: dict[str, Any] = {
    "feeds": {
        "crm": {
            "name": "CRM",
            "client": "crm",
            "freshness": "1m",
            "fields": {"email": {"type": "email"}, "phone": {"type": "phone", "most_null": 0.3, "trust": 2}},
            "links_by": ["sub"],
            "volume": {"per": "1h", "most": 1000},
            "canary": {"id": "canary", "says": {"phone": "+49 1"}},
        },
        "plain": {"client": "plain", "fields": {"phone": {"type": "phone"}}},
        "bank": {"client": "bank", "kind": "risk", "links_by": ["sub"]},
        "fraud": {"client": "fraud", "kind": "risk", "links_by": ["sub"]},
        "desk": {
            "client": "desk",
            "source": "contact_center",
            "kind": "verification",
            "fields": {"phone": {"type": "phone", "trust": 3}},
            "links_by": ["sub"],
        },
    }
}
NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)


@pytest.fixture
def call(call):
    return replace(call, now=NOW)


@pytest.fixture
def feeds(call):
    services.apply_feeds(document=DOCUMENT, call=call)


@pytest.fixture
def send(feeds, call):
    """Deliver records to a feed, as if over HTTP."""

    def act(*records, feed="crm", key="", digest="", at=call, as_of=None):
        read, _ = read_delivery({"records": [*records]})
        return services.take_in(feed=feed, records=read, key=key, digest=digest, as_of=as_of, call=at)

    return act


def person(id, sequence=1, *, phone: str | None = "+49 151", at=NOW, **more):
    told = {"attributes": {"phone": phone}} if not more.keys() & {"risk", "verification"} else {}
    return {"id": str(id), "sequence": sequence, "occurred_at": at.isoformat(), **told, **more}


def theft(state, sequence, *, sub, id="case-1"):
    return person(id, sequence, sub=sub, risk={"kind": "reported_theft", "state": state})


def phone_of(id, source="crm"):
    return find_record(source=source, external_id=str(id)).current.get("phone")


def health(feed="crm"):
    row = FeedState.objects.get(feed=feed)
    return row.health, row.reason


def waiting():
    return [(each.state, each.reason) for each in queries.list_batches(feed="crm", waiting=True)]


def test_a_delivery_counts_and_its_feed_is_well(send, call):
    taken = send(person(1), person(2, phone=None), person("canary", phone="+49 1"))
    assert taken.body == {
        "batch": taken.ref,
        "status": "applied",
        "received": 3,
        "applied": 1,
        "unchanged": 1,
        "outdated": 0,
        "refused": [],
    }
    assert (phone_of(1), find_record(source="crm", external_id="canary")) == ("+49 151", None)
    assert health() == ("ok", "")
    assert FeedState.objects.get(feed="crm").fresh_at == NOW


def test_the_second_with_a_key_gets_the_first_ones_answer_and_another_body_is_refused(send):
    first = send(person(1), key="k", digest="a")
    again = send(person(1, 2, phone="+49 999"), key="k", digest="a")
    assert (again.body, phone_of(1), FeedBatch.objects.count()) == (first.body, "+49 151", 1)
    with pytest.raises(IdempotencyConflict):
        send(person(1, 3), key="k", digest="b")


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_the_same_key_twenty_times_at_once_is_one_effect_and_one_answer(send, call):
    answers, errors = together(20, lambda number: send(person(1), key="k", digest="a"))
    assert errors == []
    assert {answer.ref for answer in answers} == {answers[0].ref}
    assert [answer.body for answer in answers] == [answers[0].body] * 20
    assert FeedBatch.objects.count() == 1
    assert Event.objects.filter(type="batch.applied").count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_sequences_at_once_leave_the_highest(send):
    _, errors = together(20, lambda number: send(person(1, number, phone=f"+49 {number:03}"), key=str(number)))
    assert errors == []
    assert phone_of(1) == "+49 019"


def test_an_older_sequence_never_overwrites_a_newer_one(send):
    send(person(1, 5))
    assert send(person(1, 4, phone="+49 444")).body["outdated"] == 1
    assert phone_of(1) == "+49 151"


def test_only_its_client_delivers_to_a_feed_and_to_none_that_is_off(send, call):
    stranger = replace(call, caller=Caller(kind=CallerKind.CLIENT, client_id="shop"))
    with pytest.raises(FeedUnknown):
        send(person(1), at=stranger)
    with pytest.raises(FeedUnknown):
        send(person(1), feed="nothing")
    off = {"feeds": {"crm": {**DOCUMENT["feeds"]["crm"], "enabled": False}}}
    services.apply_feeds(document=off, call=call)
    with pytest.raises(FeedClosed):
        send(person(1))


def test_records_that_do_not_fit_are_named_and_kept_and_the_others_count(send):
    taken = send(person(1), person(2, attributes={"shoe": "42"}), person(3, sub="acc_nobody"))
    assert [(each["id"], each["code"]) for each in taken.body["refused"]] == [
        ("2", "unknown_attribute"),
        ("3", "unknown_account"),
    ]
    assert phone_of(1) == "+49 151"
    assert taken.state is BatchState.APPLIED


@pytest.mark.sqlite
def test_ninety_percent_of_phones_null_are_set_aside_with_nothing_applied(send):
    send(*(person(each) for each in range(50)))
    poison = [person(each, 2, phone=None if each % 10 else "+49 152") for each in range(50)]
    taken = send(*poison, key="p", digest="d")
    assert (taken.state, taken.body["status"]) == (BatchState.QUARANTINED, "quarantined")
    assert {phone_of(each) for each in range(50)} == {"+49 151"}, "the last known good stays"
    assert health() == ("poisoned", "nulls:phone")
    assert send(*poison, key="p", digest="d").body == taken.body


def test_nine_of_ten_phones_that_were_known_are_poison_however_few(send):
    """With the share of nulls that every field has unless somebody says otherwise."""
    send(*(person(each) for each in range(10)), feed="plain")
    send(*(person(each) for each in range(10, 13)), feed="plain")
    poison = [person(each, 2, phone=None if each else "+49 152") for each in range(10)]
    assert send(*poison, feed="plain").state is BatchState.QUARANTINED
    assert health("plain") == ("poisoned", "nulls:phone")
    assert {phone_of(each, "plain") for each in range(10)} == {"+49 151"}


def test_phones_that_were_never_known_and_a_few_that_are_given_up_are_none(send):
    nulls = [person(each, phone=None) for each in range(12)]
    assert send(*nulls, *(person(each) for each in range(12, 30)), feed="plain").state is BatchState.APPLIED
    given_up = [person(each, 2, phone=None) for each in range(12, 17)]
    assert send(*given_up, *(person(each, 2) for each in range(17, 30)), feed="plain").state is BatchState.APPLIED


def test_operators_are_told_once_of_poison_and_of_a_feed_that_failed(send, call, settings):
    settings.OPERATORS_EMAIL = "olga@x.example"
    send(*(person(each, 2, phone=None) for each in range(20)))
    send(person(1, 3))
    for minutes in (1, 60, 300):  # the others have a quarter of an hour
        for slug in ("crm", "plain"):
            services.check_feed(slug=slug, call=replace(call, now=NOW + timedelta(minutes=minutes)))
    assert sorted(read_message(each)[1] for each in Message.objects.all()) == [
        "[Throughline] feed crm: poisoned",
        "[Throughline] feed plain: failed",
    ]


def test_behind_poison_everything_waits_until_somebody_has_looked(send, call):
    bad = send(*(person(each, 2, phone=None) for each in range(20)))
    assert send(person(99)).state is BatchState.HELD
    assert waiting() == [("quarantined", "nulls:phone"), ("held", "fuse_blown")]
    services.discard_batch(feed="crm", ref=bad.ref, call=call)
    assert waiting() == []
    assert phone_of(99) == "+49 151"
    assert find_record(source="crm", external_id="0") is None
    assert health() == ("ok", "") or health()[1] == "canary_silent"
    with pytest.raises(BatchSettled):
        services.release_batch(feed="crm", ref=bad.ref, call=call)
    with pytest.raises(NotFound):
        services.release_batch(feed="crm", ref="bat_none", call=call)


def test_what_a_person_releases_counts_and_says_who_it_was(send, call):
    bad = send(*(person(each, 2, phone=None) for each in range(20)))
    services.release_batch(feed="crm", ref=bad.ref, call=call)
    row = FeedBatch.objects.get(ref=bad.ref)
    assert (row.state, row.decided_by) == ("applied", call.caller.actor)
    assert find_record(source="crm", external_id="0") is not None
    assert Event.objects.get(type="batch.decided").payload["decision"] == "released"


@pytest.mark.sqlite
def test_slow_poison_goes_back_to_the_last_good_watermark_and_decisions_since_are_flagged(send, call):
    for each in range(20):
        send(person(each))
    each, at = 0, call
    for each in range(20):
        at = replace(call, now=NOW + timedelta(seconds=each))
        if send(person(each, 2, phone=None), at=at).state is BatchState.QUARANTINED:
            break
    assert {phone_of(number) for number in range(20)} == {"+49 151"}
    assert FeedBatch.objects.filter(state="taken_back").count() == each
    (poisoning,) = list_poisonings()
    assert (poisoning.feed, poisoning.good_until, poisoning.found_at) == ("crm", NOW, at.now)
    bad = queries.list_batches(feed="crm", waiting=True)[0]
    services.release_batch(feed="crm", ref=bad.ref, call=call)
    assert [phone_of(number) for number in range(20)].count(None) == each + 1, "it was no poison: all of it counts"


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([person("canary", phone="+49 2")], "canary"),
        ([person(each, attributes={"shoe": "1"}) for each in range(30)], "schema"),
    ],
)
def test_a_dead_canary_and_another_schema_are_poison(send, records, reason):
    assert send(*records).state is BatchState.QUARANTINED
    assert health() == ("poisoned", reason)


def test_too_much_at_once_is_poison(send):
    for number in range(2):
        send(*(person(f"{number}-{each}") for each in range(500)))
    assert send(person("more")).state is BatchState.QUARANTINED
    assert health() == ("poisoned", "volume")


@pytest.mark.parametrize(("minutes", "expected"), [(0.5, "ok"), (2, "late"), (5, "stale"), (13, "failed")])
def test_silence_is_seen_by_the_clock(send, call, minutes, expected):
    send(person(1), person("canary", phone="+49 1"))
    later = replace(call, now=NOW + timedelta(minutes=minutes))
    services.check_feed(slug="crm", call=later)
    assert health()[0] == expected
    assert queries.get_feed(slug="crm", now=later.now).health is Health(expected)
    assert phone_of(1) == "+49 151", "the last known good is served on"


def test_no_news_is_news_when_the_source_says_so(send, call):
    send(person("canary", phone="+49 1"))
    later = replace(call, now=NOW + timedelta(minutes=5))
    send(person("canary", 2, phone="+49 1", at=later.now), at=later, as_of=later.now)
    assert health() == ("ok", "")


def test_a_risk_stands_while_a_record_says_so_and_an_older_word_does_not_raise_it_again(send, call):
    ana = make_customer(call)
    send(theft("raised", 1, sub=ana.sub), feed="fraud")
    (risk,) = list_standing(subject=ana.sub)
    assert (risk.kind, risk.source) == (RiskKind.REPORTED_THEFT, "fraud")
    send(theft("raised", 1, sub=ana.sub, id="case-2"), theft("cleared", 3, sub=ana.sub), feed="fraud")
    assert len(list_standing(subject=ana.sub)) == 1, "the other case stands"
    send(theft("cleared", 3, sub=ana.sub, id="case-2"), feed="fraud")
    assert list_standing(subject=ana.sub) == ()
    assert send(theft("raised", 2, sub=ana.sub), feed="fraud").body["outdated"] == 1
    assert list_standing(subject=ana.sub) == ()


def test_a_feed_clears_its_own_risks_only(send, call):
    from assurance.services import raise_risk

    ana = make_customer(call)
    raise_risk(subject=ana.sub, kind=RiskKind.REPORTED_THEFT, source="a person at the desk", call=call)
    send(theft("cleared", 1, sub=ana.sub), feed="fraud")
    assert len(list_standing(subject=ana.sub)) == 1


@pytest.mark.sqlite
def test_what_one_feed_clears_stands_on_while_another_says_so(send, call):
    ana = make_customer(call)
    send(theft("raised", 1, sub=ana.sub), feed="fraud")
    send(theft("raised", 1, sub=ana.sub), feed="bank")
    assert [each.source for each in list_standing(subject=ana.sub)] == ["fraud"]
    send(theft("cleared", 2, sub=ana.sub), feed="fraud")
    assert [each.source for each in list_standing(subject=ana.sub)] == ["bank"]
    send(theft("cleared", 2, sub=ana.sub), feed="bank")
    assert list_standing(subject=ana.sub) == ()


def test_decisions_know_what_a_feed_brings_and_that_one_that_is_off_brings_nothing(feeds, call):
    assert {row.feed: row.brings for row in FeedState.objects.all()} == {
        "bank": "risks",
        "crm": "attributes",
        "desk": "attributes",
        "fraud": "risks",
        "plain": "attributes",
    }
    off = {"feeds": {"fraud": {**DOCUMENT["feeds"]["fraud"], "enabled": False}}}
    services.apply_feeds(document=off, call=call)
    assert FeedState.objects.get(feed="fraud").brings == ""


def test_a_check_at_the_desk_is_believed_as_far_as_the_desk_is_trusted(send, call):
    from resolution.queries import list_golden

    ana = make_customer(call)
    send(person(1, sub=ana.sub))
    checked = {"attribute": "phone", "value": "+49 777", "result": "verified"}
    send(person("call-1", sub=ana.sub, verification=checked), feed="desk")
    golden = {each.claim.attribute: each for each in list_golden(subject=ana.sub, use="history")}["phone"]
    assert (golden.claim.source, golden.unbelieved[0].source) == ("crm", "contact_center"), "nobody asks the desk yet"
    assert golden.unbelieved[0].level == 3


def test_what_waits_of_an_erased_person_is_not_kept(send, call):
    ana = make_customer(call)
    send(person(7, sub=ana.sub))
    send(*(person(each, 2, phone=None) for each in range(20)))
    erase_account(sub=ana.sub, reason="asked", call=call)
    services.check_feed(slug="crm", call=call)
    assert "7" not in {each["id"] for each in FeedBatch.objects.get(state="quarantined").payload}


def test_old_deliveries_go_and_those_that_wait_stay(send, call):
    send(person(1))
    send(*(person(each, 2, phone=None) for each in range(20)))
    later = replace(call, now=NOW + timedelta(days=31))
    assert services.clear_batches(older_than=timedelta(days=30), call=later) == 1
    assert phone_of(1) == "+49 151"
    assert waiting() == [("quarantined", "nulls:phone")]


def test_no_value_of_a_person_is_in_the_journal(send, call):
    ana = make_customer(call)
    send(person(1, sub=ana.sub, phone="+49 151 secret") | {"attributes": {"phone": "+49 151 000111"}})
    send(*(person(each, 2, phone=None) for each in range(20)))
    assert not Event.objects.filter(payload__icontains="000111").exists()


@pytest.mark.sqlite
def test_feeds_are_planned_applied_once_and_exported(call):
    plan = [f"feed {slug}: create" for slug in ("bank", "crm", "desk", "fraud", "plain")]
    assert queries.plan_feeds(DOCUMENT) == plan
    assert services.apply_feeds(document=DOCUMENT, call=call) == plan
    exported = queries.export_feeds()
    assert services.apply_feeds(document=exported, call=call) == []
    assert services.apply_feeds(document={"feeds": {}}, call=call) == []
    assert Feed.objects.count() == len(plan)
    with pytest.raises(FeedInvalid):
        services.apply_feeds(document={"feeds": {"crm": {}}, "more": 1}, call=call)
