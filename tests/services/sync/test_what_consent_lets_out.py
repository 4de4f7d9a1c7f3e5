"""What connected systems are told of a person is cut to their purpose, and to what she permits, at every attempt."""

from datetime import timedelta

import pytest

from consent.models import EffectiveState
from consent.services import publish_notice, put_processor, put_purpose, record_choices
from consent.types import Action, Choice, NoticeRef, ProcessorKind, PurposeDraft, Tier
from sync import services
from sync.models import Connection, Delivery
from sync.queries import where_consent_stands
from tests.connecting import rename
from tests.services.consent.conftest import unreadable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def choose(town):
    put_purpose(
        draft=PurposeDraft("marketing.email", needs=("name", "email"), texts={"en": {"title": "Offers by email"}}),
        call=town.call,
    )
    privacy = NoticeRef("privacy", 1, "en")
    publish_notice(ref=privacy, text="What we do.", purposes=["marketing.email"], material=True, call=town.call)
    number = iter(range(1, 100))

    def make(party, action, processor="", **later):
        choice = Choice(
            event_id=f"choice-{next(number)}",
            party=party.sub,
            purpose="marketing.email",
            action=action,
            tier=Tier.VERIFIED,
            processor=processor,
            notice=privacy,
        )
        record_choices(choices=[choice], call=town.at(**later))

    return make


def told(listener):
    return [each.event["data"].get("attributes") for each in listener.heard]


def test_without_her_yes_a_system_hears_that_something_changed_and_not_what(town, connect, choose):
    ana = town.person("ana")
    mailer = connect(attributes=("email", "name", "phone"), purpose="marketing.email")
    rename(town, ana, "Ana Willow")
    town.deliver()
    choose(ana, Action.GRANT, seconds=1)
    rename(town, ana, "Ana Larch", seconds=2)
    town.deliver(seconds=3)
    assert told(mailer) == [None, {"email": ana.email, "name": "Ana Larch"}], "the purpose needs no phone"


def test_a_yes_taken_back_counts_for_what_still_waits(town, connect, choose):
    ana = town.person("ana")
    mailer = connect(500, attributes=("name",), purpose="marketing.email")
    choose(ana, Action.GRANT)
    rename(town, ana, "Ana Willow", seconds=1)
    town.deliver(seconds=2)
    choose(ana, Action.WITHDRAW, seconds=3)
    mailer.reply = 204
    town.deliver(minutes=1)
    assert told(mailer) == [{"name": "Ana Willow"}, None]


def test_a_system_that_she_closed_by_name_is_told_nothing_of_her(town, connect, choose):
    ana = town.person("ana")
    put_processor(id="crm", kind=ProcessorKind.VENDOR, title="The CRM", call=town.call)
    choose(ana, Action.GRANT)
    choose(ana, Action.DENY, "crm", seconds=1)
    crm = connect(attributes=("name",), purpose="marketing.email")
    other = connect(slug="other", attributes=("name",), purpose="marketing.email")
    rename(town, ana, "Ana Willow", seconds=2)
    town.deliver(seconds=3)
    assert (told(crm), told(other)) == ([None], [{"name": "Ana Willow"}])


def test_a_purpose_that_nobody_knows_lets_nothing_out(town, connect):
    crm = connect(attributes=("name",), purpose="service")
    Connection.objects.update(purpose="unheard.of")
    rename(town, town.person("ana"), "Ana Willow")
    town.deliver()
    assert told(crm) == [None]


def test_where_a_choice_is_in_force_is_known_after_years(town, connect, choose):
    ana = town.person("ana")
    types = ("consent.granted", "consent.withdrawn", "profile.changed")
    connect((200, {}, b'{"applied": true}'), event_types=types)
    choose(ana, Action.GRANT)
    choose(ana, Action.WITHDRAW, seconds=1)
    rename(town, ana, "Ana Willow", seconds=2)
    town.deliver(seconds=3)
    assert services.clear_deliveries(older_than=timedelta(days=30), call=town.at(days=31)) == 2
    assert Delivery.objects.get().type == "consent.withdrawn"
    [there] = where_consent_stands(ana.sub, "marketing.email")
    assert (there.type, there.in_force) == ("consent.withdrawn", True)
    choose(ana, Action.GRANT, days=32)
    town.deliver(days=32, seconds=1)
    assert services.clear_deliveries(older_than=timedelta(days=30), call=town.at(days=70)) == 1
    assert Delivery.objects.get().type == "consent.granted"


def test_while_the_register_cannot_be_read_nothing_leaves_and_nothing_is_told_as_taken_back(town, connect, choose):
    ana = town.person("ana")
    mailer = connect(500, attributes=("name",), purpose="marketing.email")
    choose(ana, Action.GRANT)
    rename(town, ana, "Ana Willow", seconds=1)
    town.deliver(seconds=2)
    mailer.reply = 204
    with unreadable(EffectiveState._meta.db_table):
        town.deliver(hours=1)
        assert len(mailer.heard) == 1
    town.deliver(hours=5)
    assert told(mailer) == [{"name": "Ana Willow"}, {"name": "Ana Willow"}]
