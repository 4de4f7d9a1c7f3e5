"""Connected systems are told by signed webhooks: what is in them, about whom, and in which order."""

import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from standardwebhooks import WebhookVerificationError

from accounts.services import erase_account, register_operator
from accounts.types import Role
from audit.models import Event
from sync import rules, services
from sync.models import Connection, Delivery
from sync.queries import get_connection, open_secrets
from tests.actors import PASSWORD
from tests.connecting import rename

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_change_arrives_as_a_cloud_event_that_the_standards_library_verifies(town, connect):
    crm = connect()
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    [heard] = crm.heard
    event = heard.verify(crm.secret)
    assert heard.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert event["specversion"] == "1.0"
    assert event["id"] == heard.id == Delivery.objects.get().event_id
    assert event["source"] == "http://localhost:8000"
    assert (event["type"], event["subject"]) == ("profile.changed", ana.sub)
    assert event["data"] == {"subject": ana.sub, "sequence": heard.seq, "fields": ["name"]}
    assert int(event["sequence"]) == heard.seq
    with pytest.raises(WebhookVerificationError):
        heard.verify("whsec_" + "A" * 32)


def test_a_paused_system_is_told_afterwards(town, connect, states):
    crm = connect()
    services.pause_connection(slug="crm", call=town.call)
    rename(town, town.person("ana"), "Ana Willow", "Ana Larch")
    assert town.deliver() == 0
    assert states() == ["waiting", "waiting"]
    services.resume_connection(slug="crm", call=town.call)
    assert town.deliver() == 2
    assert [each.seq for each in crm.heard] == sorted(each.seq for each in crm.heard)


def test_only_listed_attributes_for_a_declared_purpose_leave_the_house(town, connect):
    crm = connect(attributes=("email", "name"), purpose="service")
    marketing = connect(slug="marketing")
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert crm.heard[0].event["data"]["attributes"] == {"email": ana.email, "name": "Ana Willow"}
    assert "attributes" not in marketing.heard[0].event["data"]
    assert b"Willow" not in b"".join(bytes(row.sealed or b"") for row in Delivery.objects.all())


def test_a_second_attempt_says_the_same_and_says_it_under_the_same_id(town, connect):
    crm = connect(500, attributes=("name",), purpose="service")
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    rename(town, ana, "Ana Larch")
    crm.reply = 204
    town.deliver(minutes=1)
    first, again, second = crm.heard
    assert (first.id, first.body) == (again.id, again.body)
    assert again.event["data"]["attributes"] == {"name": "Ana Willow"}
    assert second.event["data"]["attributes"] == {"name": "Ana Larch"}
    assert second.id != first.id
    assert Delivery.objects.filter(sealed=None).count() == 2, "what has arrived is not kept"


def test_what_still_waits_says_nothing_of_an_erased_person(town, connect):
    crm = connect(500, event_types=("profile.changed", "account.erased"), attributes=("name",), purpose="service")
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    erase_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    crm.reply = 200
    town.deliver(minutes=1)
    _, late, erased = crm.heard
    assert "attributes" not in late.event["data"]
    assert erased.event["type"] == "account.erased"


def test_nobody_is_told_of_operators_nor_of_what_was_not_chosen(town, connect):
    connect(event_types=("profile.changed",))
    roles = [Role.SUPPORT]
    olga = register_operator(email="olga@x.example", password=PASSWORD, name="Olga", roles=roles, call=town.call)
    rename(town, olga, "Olga Alder")
    town.sign_in(town.person("ana"), town.site("Shop"))
    assert town.deliver() == 0


@pytest.mark.parametrize("unchosen", ["account.erased", "session.started"])
def test_a_choice_takes_effect_with_the_next_change(town, connect, unchosen):
    crm = connect()
    state = get_connection(slug="crm")
    draft = replace(state.draft, event_types=(unchosen,))
    assert services.change_connection(slug="crm", draft=draft, call=town.call)
    assert not services.change_connection(slug="crm", draft=draft, call=town.call)
    rename(town, town.person("ana"), "Ana Willow")
    town.deliver()
    assert crm.heard == []


@pytest.mark.sqlite
def test_changes_of_one_person_arrive_one_at_a_time_in_their_order_while_others_pass(town, connect):
    at_once = []

    def slowly(heard):
        subject = heard.event["subject"]
        at_once.append(subject)
        assert at_once.count(subject) == 1, "one of hers at a time"
        time.sleep(0.02)
        at_once.remove(subject)
        return 200

    crm = connect(slowly)
    people = [town.person(f"person{number}") for number in range(6)]
    for number in range(8):
        for person in people:
            rename(town, person, f"Name {number}")
    assert town.deliver() == 48
    for person in people:
        hers = [each.seq for each in crm.heard if each.event["subject"] == person.sub]
        assert len(hers) == 8
        assert all(one < other for one, other in pairwise(hers))
    assert crm.most_at_once > 1


def test_taken_is_not_done_until_the_system_says_so_or_it_is_read_back(town, connect):
    crm = connect((200, {}, b'{"applied": true}'))
    marketing = connect(202, slug="marketing")
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    done = Delivery.objects.get(receiver__key="crm")
    taken = Delivery.objects.get(receiver__key="marketing")
    assert done.applied_at is not None
    assert (taken.state, taken.applied_at) == ("confirmed", None)
    told = {"connection": "marketing", "subject": ana.sub, "seq": marketing.heard[0].seq}
    assert services.note_applied(**told, read_back=True, call=town.at(seconds=9)) == 1
    taken.refresh_from_db()
    assert taken.applied_at == taken.read_back_at == town.at(seconds=9).now
    assert crm.heard


def test_while_a_secret_is_exchanged_both_verify_and_then_only_the_new_one(town, connect):
    crm = connect()
    fresh = services.rotate_secret(slug="crm", overlap=timedelta(hours=1), call=town.call)
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    for secret in (crm.secret, fresh):
        assert crm.heard[0].verify(secret)["subject"] == ana.sub
    services.end_rotation(slug="crm", call=town.call)
    rename(town, ana, "Ana Larch")
    town.deliver()
    assert crm.heard[1].verify(fresh)
    with pytest.raises(WebhookVerificationError):
        crm.heard[1].verify(crm.secret)
    assert len(open_secrets(slug="crm", now=town.at(hours=2).now)) == 1


def test_secrets_are_not_kept_in_the_clear_and_no_journal_line_holds_one(town, connect):
    crm = connect()
    fresh = services.rotate_secret(slug="crm", call=town.call)
    row = Connection.objects.get()
    for secret in (crm.secret, fresh):
        key = rules.secret_bytes(secret)
        assert key not in bytes(row.secret) + bytes(row.previous_secret)
        assert not Event.objects.filter(payload__icontains=secret.removeprefix("whsec_")).exists()
