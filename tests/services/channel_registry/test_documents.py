"""Channels as a document: planned, applied once, exported, and taken by an empty house."""

import pytest
import yaml

from audit.models import Event
from channel_registry import queries, services
from channel_registry.errors import ChannelUnavailable, PolicyInvalid
from channel_registry.models import Channel, PolicyVersion
from channel_registry.rules import parse_policy
from channel_registry.types import DEFAULT_POLICY, ChangeKind
from kit.documents import read_document

pytestmark = pytest.mark.django_db

DOCUMENT = read_document("""
channels:
  web:
    name: Web
    policy: {minimum_acr: "urn:throughline:2fa", session: {idle: 15m, absolute: 12h}}
  kiosk:
    name: In-store kiosk
    enabled: false
  agent:
    name: Agents
    policy: {ways_in: [client_credentials]}
""")


def kinds(changes):
    return [(change.channel, change.kind) for change in changes]


FIRST_TIME = [
    ("agent", ChangeKind.CREATE),
    ("agent", ChangeKind.PUBLISH),
    ("kiosk", ChangeKind.CREATE),
    ("kiosk", ChangeKind.DISABLE),
    ("web", ChangeKind.CREATE),
    ("web", ChangeKind.PUBLISH),
]


@pytest.mark.sqlite
def test_a_document_is_applied_once_and_applying_it_again_changes_nothing(call):
    assert kinds(services.apply_channels(document=DOCUMENT, call=call)) == FIRST_TIME
    events = Event.objects.count()
    assert services.apply_channels(document=DOCUMENT, call=call) == []
    assert Event.objects.count() == events
    assert queries.get_policy("web") == parse_policy(DOCUMENT["channels"]["web"]["policy"])
    with pytest.raises(ChannelUnavailable):
        queries.get_policy("kiosk")


def test_a_plan_says_what_applying_would_do_and_does_nothing(call):
    plan = queries.plan_channels(DOCUMENT)
    assert kinds(plan) == FIRST_TIME
    assert Channel.objects.count() == Event.objects.count() == 0
    assert services.apply_channels(document=DOCUMENT, call=call) == plan
    assert queries.plan_channels(DOCUMENT) == []


def test_what_a_document_leaves_out_stays(call):
    services.apply_channels(document=DOCUMENT, call=call)
    assert services.apply_channels(document={"channels": {"kiosk": {}, "web": {"name": "Shop"}}}, call=call)
    assert Channel.objects.get(slug="kiosk").enabled is False
    assert queries.get_policy("web").minimum_acr == "urn:throughline:2fa"
    assert Channel.objects.count() == 3


def test_a_later_document_renames_enables_and_publishes(call):
    services.apply_channels(document=DOCUMENT, call=call)
    later = {
        "channels": {
            "kiosk": {"name": "Kiosk", "enabled": True, "policy": {"minimum_acr": "urn:throughline:1fa"}},
            "web": {"enabled": False},
        }
    }
    assert kinds(services.apply_channels(document=later, call=call)) == [
        ("kiosk", ChangeKind.RENAME),
        ("kiosk", ChangeKind.ENABLE),
        ("kiosk", ChangeKind.PUBLISH),
        ("web", ChangeKind.DISABLE),
    ]
    assert queries.get_policy("kiosk") == DEFAULT_POLICY


def test_a_mistake_at_the_end_undoes_the_beginning(call):
    wrong = {"channels": {"chat": {"name": "Chat"}, "web": {"enabled": True}}}
    with pytest.raises(PolicyInvalid) as refused:
        services.apply_channels(document=wrong, call=call)
    assert refused.value.path == "channels.web.name"
    assert Channel.objects.count() == Event.objects.count() == 0


def test_an_export_applied_here_changes_nothing(call):
    services.apply_channels(document=DOCUMENT, call=call)
    written = yaml.safe_dump(queries.export_channels())
    assert services.apply_channels(document=read_document(written), call=call) == []


def test_an_export_names_every_channel_and_only_published_policies(call):
    services.apply_channels(document=DOCUMENT, call=call)
    exported = queries.export_channels()["channels"]
    assert list(exported) == ["agent", "kiosk", "web"]
    assert exported["kiosk"] == {"name": "In-store kiosk", "enabled": False}
    assert exported["web"]["policy"] == PolicyVersion.objects.get(channel="web").body


def test_a_rename_with_spaces_around_it_changes_nothing_the_second_time(call):
    document = {"channels": {"web": {"name": "  Web "}}}
    services.apply_channels(document=document, call=call)
    assert services.apply_channels(document=document, call=call) == []
