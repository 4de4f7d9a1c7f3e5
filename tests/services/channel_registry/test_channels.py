"""What operators do with channels and their policies, and who notices when."""

import pytest
from django.db import IntegrityError, InternalError, transaction

from audit.models import Event
from channel_registry import queries, services
from channel_registry.errors import ChannelExists, ChannelInvalid, ChannelUnavailable, PolicyInvalid
from channel_registry.models import Channel, LivePolicy, PolicyVersion
from channel_registry.queries import channels
from channel_registry.rules import digest_policy, parse_policy, render_policy
from channel_registry.types import DEFAULT_POLICY
from kit import fresh
from kit.refusal import NotFound

pytestmark = pytest.mark.django_db

STRICT = {"minimum_acr": "urn:throughline:2fa", "session": {"idle": "15m", "absolute": "12h"}}
LOOSE = {"minimum_acr": "urn:throughline:1fa"}


@pytest.fixture
def web(call):
    """The channel web, without a policy of its own."""
    return services.create_channel(slug="web", name="Web", call=call)


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 7000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(fresh, "time", clock)
    queries.forget_policies()
    yield clock
    queries.forget_policies()  # it carries a time of this clock


def told() -> list[tuple[str, dict[str, object]]]:
    return [(event.type, event.payload) for event in Event.objects.order_by("id")]


@pytest.mark.sqlite
def test_a_new_channel_is_open_and_has_the_default_policy(call, web):
    assert web.enabled
    assert queries.get_policy("web") == DEFAULT_POLICY
    assert queries.find_live_version("web") is None
    assert told() == [("channel.created", {"channel": "web", "name": "Web"})]
    assert Event.objects.get().channel == "web"


def test_a_short_name_is_given_once(call, web):
    with pytest.raises(ChannelExists):
        services.create_channel(slug="web", name="Another", call=call)
    assert Channel.objects.get().name == "Web"
    assert len(told()) == 1


@pytest.mark.parametrize(
    ("slug", "name"), [("Web", "Web"), ("", "Web"), ("web", ""), ("web", "a\x00b"), ("w-b", "Web")]
)
def test_a_channel_with_a_wrong_name_is_refused(call, slug, name):
    with pytest.raises(ChannelInvalid):
        services.create_channel(slug=slug, name=name, call=call)
    assert told() == []


def test_an_unknown_channel_is_not_available(db):
    with pytest.raises(ChannelUnavailable):
        queries.get_policy("web")


def test_a_disabled_channel_is_not_available_until_it_is_enabled(call, web):
    assert services.disable_channel(channel="web", call=call)
    with pytest.raises(ChannelUnavailable):
        queries.get_policy("web")
    assert services.enable_channel(channel="web", call=call)
    assert queries.get_policy("web") == DEFAULT_POLICY
    assert [event for event, _ in told()] == ["channel.created", "channel.disabled", "channel.enabled"]


def test_nothing_to_do_is_not_told(call, web):
    assert not services.enable_channel(channel="web", call=call)
    assert not services.rename_channel(channel="web", name="Web", call=call)
    assert [event for event, _ in told()] == ["channel.created"]


def test_a_channel_can_be_renamed(call, web):
    assert services.rename_channel(channel="web", name="Shop", call=call)
    assert Channel.objects.get().name == "Shop"
    assert told()[-1] == ("channel.renamed", {"channel": "web", "name": "Shop"})


@pytest.mark.parametrize(
    "act",
    [
        lambda call: services.enable_channel(channel="chat", call=call),
        lambda call: services.disable_channel(channel="chat", call=call),
        lambda call: services.rename_channel(channel="chat", name="Chat", call=call),
        lambda call: services.publish_policy(channel="chat", body=LOOSE, call=call),
    ],
)
def test_an_unknown_channel_cannot_be_changed(call, db, act):
    with pytest.raises(NotFound):
        act(call)


@pytest.mark.sqlite
def test_a_published_policy_is_in_force_at_once_and_stored_whole(call, web):
    version = services.publish_policy(channel="web", body=STRICT, call=call)
    assert version.number == 1
    assert version.author == "system:tests"
    assert version.body == render_policy(parse_policy(STRICT))
    assert version.digest == digest_policy(parse_policy(version.body))
    assert queries.get_policy("web") == parse_policy(STRICT)
    assert queries.find_live_version("web") == version
    alone = {"author": "system:tests", "approved": False, "draft": None}
    assert told()[-1] == ("policy.published", {"channel": "web", "number": 1, "digest": version.digest, **alone})


def test_publishing_what_is_in_force_changes_nothing(call, web):
    first = services.publish_policy(channel="web", body=STRICT, call=call)
    again = services.publish_policy(channel="web", body=render_policy(parse_policy(STRICT)), call=call)
    assert again == first
    assert PolicyVersion.objects.count() == 1
    assert len(told()) == 2


def test_going_back_is_a_new_version(call, web):
    for body in (STRICT, LOOSE, STRICT):
        services.publish_policy(channel="web", body=body, call=call)
    assert list(PolicyVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    assert queries.get_policy("web") == parse_policy(STRICT)


def test_channels_number_their_own_versions(call, web):
    services.create_channel(slug="chat", name="Chat", call=call)
    services.publish_policy(channel="web", body=STRICT, call=call)
    assert services.publish_policy(channel="chat", body=STRICT, call=call).number == 1
    assert queries.get_policy("chat") == queries.get_policy("web")


def test_a_wrong_policy_is_refused_without_a_trace(call, web):
    with pytest.raises(PolicyInvalid, match=r"^session\.idle: "):
        services.publish_policy(channel="web", body={"session": {"idle": "soon"}}, call=call)
    assert PolicyVersion.objects.count() == 0
    assert len(told()) == 1


@pytest.mark.sqlite
@pytest.mark.parametrize("change", [{"body": {}}, {"number": 7}, {"digest": ""}, {"author": "account:ben"}])
def test_the_database_refuses_to_change_a_version(call, web, change):
    services.publish_policy(channel="web", body=STRICT, call=call)
    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
        PolicyVersion.objects.update(**change)


@pytest.mark.sqlite
def test_the_database_refuses_to_delete_a_version(call, web):
    services.publish_policy(channel="web", body=STRICT, call=call)
    LivePolicy.objects.all().delete()
    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
        PolicyVersion.objects.all().delete()


def test_policies_are_answered_from_memory_and_looked_up_once_a_second(call, web, clock, django_assert_num_queries):
    services.publish_policy(channel="web", body=STRICT, call=call)
    with django_assert_num_queries(2):  # the versions in force, and the body of the new one
        queries.get_policy("web")
    with django_assert_num_queries(0):
        for _ in range(50):
            queries.get_policy("web")
    clock.now += 1.0
    with django_assert_num_queries(1):  # the versions in force; their bodies never change
        queries.get_policy("web")


def test_another_node_follows_within_a_second(call, web, clock):
    other_node = fresh.Fresh(channels._read, seconds=channels.FRESH_SECONDS)
    assert other_node.get().policies == {"web": DEFAULT_POLICY}
    services.publish_policy(channel="web", body=STRICT, call=call)
    clock.now += 1.0
    assert other_node.get().policies == {"web": parse_policy(STRICT)}
    services.disable_channel(channel="web", call=call)
    clock.now += 1.0
    assert other_node.get().policies == {}


def test_channels_are_listed_by_short_name_with_their_policy(call, web, django_assert_num_queries):
    services.create_channel(slug="chat", name="Chat", call=call)
    services.publish_policy(channel="web", body=STRICT, call=call)
    with django_assert_num_queries(1):
        chat, listed = queries.list_channels()
        assert (chat.slug, listed.slug) == ("chat", "web")
        assert listed.live.version.number == 1


def test_who_governs_sees_a_channel_that_another_process_made_this_very_second(web, clock, call):
    queries.get_policy("web")
    Channel.objects.create(slug="kiosk", name="Kiosk", created_at=call.now)
    with pytest.raises(ChannelUnavailable):
        queries.get_policy("kiosk")
    assert queries.list_new_findings("kiosk", LOOSE) == []
