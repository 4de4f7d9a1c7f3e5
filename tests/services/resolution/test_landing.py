"""What sources deliver: newest counts in any order, nothing is lost, every conflict is ruled, the way back is exact."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.services import close_account, erase_account
from accounts.types import IdentifierLevel
from audit.models import Event
from channel_registry.queries import forget_sources
from channel_registry.services import publish_sources
from resolution import queries, services
from resolution.models import Conflict, SourceRecord, Version
from resolution.types import Basis, Entry, Landing, Ruling, Stated
from tests.actors import make_customer
from tests.together import together

pytestmark = pytest.mark.django_db

ASSERTED = IdentifierLevel.SELF_ASSERTED


@pytest.fixture
def ana(call):
    return make_customer(call)


@pytest.fixture
def send(call):
    """One entry of the CRM, by attributes and sequence."""

    def act(sequence, *, id="881", source="crm", batch="", sub="", email="", level=ASSERTED, minutes=0, **attributes):
        at = call.now + timedelta(minutes=minutes)
        stated = {name: Stated(value, level, at) for name, value in attributes.items()}
        basis = Basis.SUB if sub else Basis.EMAIL if email else None
        entry = Entry(id, sequence, stated, account=sub or email, basis=basis)
        batch = batch or f"bat_{source}_{sequence}"
        return services.land_records(source=source, entries=[entry], batch=batch, call=call)[0]

    return act


def says(source="crm", id="881"):
    return dict(queries.find_record(source=source, external_id=id).current)


def lines(type):
    return [row.payload for row in Event.objects.filter(type=type).order_by("id")]


@pytest.mark.sqlite
def test_a_record_lands_and_what_it_does_not_mention_stays(send):
    assert send(1, phone="1", city="Ulm").landing is Landing.APPLIED
    landed = send(2, phone="2")
    assert (landed.landing, landed.changed, says()) == (Landing.APPLIED, ("phone",), {"phone": "2", "city": "Ulm"})
    assert send(3, city=None).landing is Landing.APPLIED
    assert says() == {"phone": "2"}


def test_an_older_sequence_never_overwrites_a_newer_one_and_a_repeated_one_changes_nothing(send):
    send(5, phone="5")
    assert send(4, phone="4", batch="late").landing is Landing.OUTDATED
    assert send(5, phone="again", batch="twice").landing is Landing.UNCHANGED
    assert says() == {"phone": "5"}


def test_any_order_of_arrival_with_repetitions_gives_the_same_record(send):
    updates: list[tuple[int, dict[str, Any]]] = [
        (1, {"phone": "1", "city": "Ulm"}),
        (2, {"phone": None}),
        (3, {"city": "Bonn"}),
        (4, {"phone": "4"}),
        (5, {"street": "x"}),
    ]
    for number in range(12):
        shuffled = updates + random.Random(number).sample(updates, 3)
        random.Random(number).shuffle(shuffled)
        for at, (sequence, attributes) in enumerate(shuffled):
            send(sequence, id=f"r{number}", batch=f"b{number}-{at}", **attributes)
        assert says(id=f"r{number}") == {"phone": "4", "city": "Bonn", "street": "x"}


def test_only_an_account_that_is_there_gets_a_record_and_no_feed_moves_it_to_another(send, ana, call):
    ben = make_customer(call, "ben")
    assert send(1, sub="acc_nobody", phone="1").landing is Landing.UNKNOWN_ACCOUNT
    assert says() == {}
    assert send(1, sub=ana.sub, phone="1").subject == ana.sub
    assert send(2, sub=ben.sub, phone="2").landing is Landing.LINKED_ELSEWHERE
    assert says() == {"phone": "1"}
    assert send(3, phone="3").subject == ana.sub, "named once"
    assert [each["basis"] for each in lines("record.linked")] == ["sub"]
    close_account(sub=ben.sub, reason="test", call=call)
    assert send(1, id="99", sub=ben.sub, phone="9").landing is Landing.UNKNOWN_ACCOUNT


def test_an_address_links_only_to_who_has_proved_it(send, ana):
    assert send(1, email="ANA@people.example", phone="1").subject == ana.sub
    stranger = send(1, id="2", email="eve@people.example", phone="1")
    assert (stranger.landing, stranger.subject) == (Landing.APPLIED, "")


def test_a_record_whose_proved_address_is_another_customers_by_now_says_nothing_of_the_first(send, ana, call):
    ben = make_customer(call, "ben")
    assert send(1, email=ana.email, phone="1").subject == ana.sub
    assert send(2, email="new@people.example", phone="2").landing is Landing.APPLIED, "hers still: nobody else's"
    assert send(3, email=ben.email, phone="3").landing is Landing.LINKED_ELSEWHERE
    assert says() == {"phone": "2"}
    hers = queries.list_golden(subject=ana.sub, use="history")
    assert "3" not in {each.claim.value for each in hers}
    assert queries.list_records(subject=ben.sub) == []
    assert send(4, email=ana.email, phone="4").landing is Landing.APPLIED


def test_every_conflict_stores_its_ruling_is_told_once_and_counted(send, ana):
    send(1, sub=ana.sub, phone="1", name="Anna")
    assert Conflict.objects.filter(attribute="phone").count() == 0
    send(1, source="cdp", id="c1", sub=ana.sub, phone="2")
    row = Conflict.objects.get(attribute="phone", use="history")
    assert (row.ruling, row.winner, row.losers) == (Ruling.RANK, "crm", ["cdp"])
    told = len(lines("conflict.ruled"))
    send(2, source="cdp", id="c1", phone="3")
    assert len(lines("conflict.ruled")) == told, "the same ruling again"
    count = next(each for each in queries.count_conflicts() if (each.attribute, each.use) == ("phone", "history"))
    assert (count.ruling, count.winner, count.count) == (Ruling.RANK, "crm", 1)
    send(3, source="cdp", id="c1", phone="1")
    assert not Conflict.objects.filter(attribute="phone").exists()
    assert lines("conflict.settled")


def test_what_is_believed_differs_by_use_and_a_change_is_told_by_name_without_its_value(send, ana):
    send(1, source="cdp", id="c1", sub=ana.sub, email="", phone="49-secret")
    by_use = {use: queries.list_golden(subject=ana.sub, use=use) for use in queries.list_uses()}
    assert "phone" in {each.claim.attribute for each in by_use["history"]}
    assert "phone" not in {each.claim.attribute for each in by_use["recovery"]}, "there only the gateway is asked"
    told = Event.objects.get(type="attributes.changed")
    assert (told.subject, told.payload["attributes"]) == (ana.sub, ["phone"])
    assert told.seq is not None
    assert not Event.objects.filter(payload__icontains="49-secret").exists()


def test_a_new_ranking_rules_standing_conflicts_anew(send, ana, call):
    send(1, sub=ana.sub, phone="1")
    send(1, source="cdp", id="c1", sub=ana.sub, phone="2")
    publish_sources(body={"contact_points": ["cdp", "crm"]}, call=call)
    forget_sources()
    assert services.rule_outdated(call=call) == 1
    assert Conflict.objects.get(attribute="phone", use="history").winner == "cdp"
    assert services.rule_outdated(call=call) == 0


@pytest.mark.sqlite
def test_what_was_taken_back_is_as_if_it_had_never_come_and_can_be_given_back(send, ana, call):
    send(1, sub=ana.sub, phone="1", city="Ulm")
    send(2, batch="bad", phone=None)
    send(3, batch="bad2", phone="wrong", city=None)
    assert says() == {"phone": "wrong"}
    reverted = services.take_back(source="crm", batches=["bad", "bad2"], call=call)
    assert {(each.attribute, each.value) for each in reverted} == {("phone", "1"), ("city", "Ulm")}
    assert says() == {"phone": "1", "city": "Ulm"}
    services.give_back(source="crm", batches=["bad", "bad2"], call=call)
    assert says() == {"phone": "wrong"}


def test_whose_a_record_is_goes_back_with_what_said_so(send, ana, call):
    """A delivery that names the wrong accounts: once it is taken back, the right one can name the right ones."""
    ben = make_customer(call, "ben")
    send(1, phone="1")
    send(2, batch="bad", sub=ben.sub, phone="2")
    assert [each.external_id for each in queries.list_records(subject=ben.sub)] == ["881"]
    services.take_back(source="crm", batches=["bad"], call=call)
    assert queries.list_records(subject=ben.sub) == []
    assert {each.claim.source for each in queries.list_golden(subject=ben.sub, use="history")} == {"gateway"}
    services.give_back(source="crm", batches=["bad"], call=call)
    assert [each.basis for each in queries.list_records(subject=ben.sub)] == ["sub"]
    services.take_back(source="crm", batches=["bad"], call=call)
    assert send(3, sub=ana.sub, phone="3").subject == ana.sub
    services.give_back(source="crm", batches=["bad"], call=call)
    assert queries.list_records(subject=ben.sub) == [], "it is hers by what was said since"
    assert says() == {"phone": "3"}


def test_an_erased_person_is_forgotten_also_where_her_record_was_taken_back(send, ana, call):
    send(1, batch="bad", sub=ana.sub, phone="1")
    services.take_back(source="crm", batches=["bad"], call=call)
    erase_account(sub=ana.sub, reason="asked", call=call)
    assert Version.objects.count() == 0
    assert send(2, phone="2").landing is Landing.ERASED


def test_a_sequence_that_was_taken_back_may_be_delivered_again_and_then_stands(send, call):
    send(1, phone="1")
    send(2, batch="bad", phone=None)
    services.take_back(source="crm", batches=["bad"], call=call)
    assert send(2, batch="mended", phone="2").landing is Landing.APPLIED
    services.give_back(source="crm", batches=["bad"], call=call)
    assert says() == {"phone": "2"}


def test_an_erased_person_does_not_come_back_with_the_next_delivery(send, ana, call):
    send(1, sub=ana.sub, phone="1")
    erase_account(sub=ana.sub, reason="asked", call=call)
    assert Version.objects.count() == Conflict.objects.count() == 0
    row = SourceRecord.objects.get()
    assert (row.external_id, row.subject) == ("", "")
    assert send(2, phone="2").landing is Landing.ERASED
    assert Version.objects.count() == 0


def test_superseded_versions_go_and_what_counts_stays(send, call):
    send(1, phone="1")
    send(2, phone="2")
    later = replace(call, now=call.now + timedelta(days=31))
    assert services.clear_superseded(older_than=timedelta(days=30), call=later) == 1
    assert says() == {"phone": "2"}


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_twenty_deliveries_of_two_sources_at_once_leave_the_highest_sequence_and_no_circle(call):
    ana = make_customer(call)
    stated = {"phone": Stated("", ASSERTED, call.now)}

    def act(number):
        ids = ["a", "b", "c"] if number % 2 else ["c", "b", "a"]
        entries = [
            Entry(id, number, {"phone": replace(stated["phone"], value=str(number))}, ana.sub, Basis.SUB) for id in ids
        ]
        source = "crm" if number < 10 else "cdp"
        return services.land_records(source=source, entries=entries, batch=f"bat_{number}", call=call)

    _, errors = together(20, act)
    assert errors == []
    assert [says("crm", id) for id in "abc"] == [{"phone": "9"}] * 3
    assert [says("cdp", id) for id in "abc"] == [{"phone": "19"}] * 3
    assert Conflict.objects.get(attribute="phone", use="history").winner == "crm"
