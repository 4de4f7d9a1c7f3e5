"""Twenty operators at once, and one connected system: nobody breaks it, and what stands there is one of them's."""

from dataclasses import replace

import pytest

from kit.refusal import NotFound
from sync import services
from sync.errors import ConnectionDisabled, ConnectionExists
from sync.models import Connection, Delivery, Receiver
from sync.queries import get_connection, open_secrets
from sync.types import ConnectionDraft, Kind, Standing
from tests.connecting import rename
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
DRAFT = ConnectionDraft(
    name="The CRM", kind=Kind.WEBHOOK, endpoint="https://crm.example/hooks", event_types=("profile.changed",)
)


def test_twenty_who_connect_the_same_name_connect_it_once(call):
    states, errors = together(20, lambda _: services.create_connection(slug="crm", draft=DRAFT, call=call))
    assert len(states) == 1
    assert {type(each) for each in errors} == {ConnectionExists}
    [(_, secret)] = states
    assert open_secrets(slug="crm", now=call.now) == (secret,)
    assert (Connection.objects.count(), Receiver.objects.count()) == (1, 1)


def test_of_twenty_new_secrets_the_last_two_count(call):
    services.create_connection(slug="crm", draft=DRAFT, call=call)
    made, errors = together(20, lambda _: services.rotate_secret(slug="crm", call=call))
    assert (len(set(made)), errors) == (20, [])
    counting = open_secrets(slug="crm", now=call.now)
    assert len(counting) == 2
    assert set(counting) < set(made)


def test_twenty_who_pause_resume_and_switch_off_leave_one_of_them_and_the_line_agrees(call):
    services.create_connection(slug="crm", draft=DRAFT, call=call)
    deeds = (services.pause_connection, services.resume_connection, services.disable_connection)
    _, errors = together(20, lambda number: deeds[number % 3](slug="crm", call=call))
    assert {type(each) for each in errors} <= {ConnectionDisabled}
    state = get_connection(slug="crm")
    assert Receiver.objects.get().held is (state.standing is not Standing.ACTIVE)


def test_of_twenty_changes_one_is_whole(call):
    services.create_connection(slug="crm", draft=DRAFT, call=call)
    drafts = [replace(DRAFT, name=f"CRM {number}", freshness=number + 1) for number in range(20)]
    _, errors = together(20, lambda number: services.change_connection(slug="crm", draft=drafts[number], call=call))
    assert errors == []
    assert get_connection(slug="crm").draft in drafts


def test_of_twenty_who_replay_a_dead_letter_one_does(town, connect, states):
    crm = connect(422)
    rename(town, town.person("ana"), "Ana Willow")
    for minute in range(3):
        town.deliver(minutes=minute)
    assert states() == ["dead"]
    ref = Delivery.objects.get().ref
    later = town.at(minutes=5)
    done, errors = together(20, lambda _: services.replay_delivery(ref=ref, call=later))
    assert len(done) == 1
    assert {type(each) for each in errors} == {NotFound}
    crm.reply = 200
    assert town.deliver(minutes=6) == 1
    assert len(set(crm.ids)) == 1
