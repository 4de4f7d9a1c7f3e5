"""Connected systems are told by signed webhooks: what is in them, in which order, and what answers mean."""

import pytest
from standardwebhooks import WebhookVerificationError

from accounts.services import change_name
from sync import services
from sync.models import Delivery
from sync.types import ConnectionDraft, Kind
from tests.listener import listener

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connect(town):
    """Connect a listener that answers in one way or another; its connection's short name is `crm` unless told."""

    def make(reply=200, slug="crm", **said):
        heard = town.cleanup.enter_context(listener(reply))
        said = {"event_types": ("profile.changed",), **said}
        draft = ConnectionDraft(name=slug.upper(), kind=Kind.WEBHOOK, endpoint=heard.url, **said)
        _, heard.secret = services.create_connection(slug=slug, draft=draft, call=town.call)
        return heard

    return make


def rename(town, account, *names):
    for name in names:
        change_name(sub=account.sub, name=name, call=town.call)


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
