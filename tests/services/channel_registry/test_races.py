"""Operators who publish at the same moment get one number each."""

import pytest
from django.db import connection

from audit.models import Event
from channel_registry import queries, services
from channel_registry.errors import ChannelExists
from channel_registry.models import LivePolicy, PolicyVersion
from channel_registry.rules import digest_policy, parse_policy
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def real_concurrency():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")


def test_twenty_policies_at_once_are_numbered_without_a_gap(call):
    services.create_channel(slug="web", name="Web", call=call)

    def publish(number: int) -> PolicyVersion:
        return services.publish_policy(channel="web", body={"session": {"idle": f"{number + 1}h"}}, call=call)

    versions, errors = together(20, publish)
    assert errors == []
    assert sorted(version.number for version in versions) == list(range(1, 21))
    live = LivePolicy.objects.get().version
    assert live.number == 20
    assert digest_policy(queries.get_policy("web")) == live.digest
    assert Event.objects.filter(type="policy.published").count() == 20


def test_the_same_policy_twenty_times_at_once_is_one_version(call):
    services.create_channel(slug="web", name="Web", call=call)
    body = {"session": {"idle": "15m"}}
    versions, errors = together(20, lambda _: services.publish_policy(channel="web", body=body, call=call))
    assert errors == []
    assert {version.number for version in versions} == {1}
    assert queries.get_policy("web") == parse_policy(body)


def test_one_of_ten_opens_the_channel_and_the_others_are_told_that_it_exists(call):
    channels, errors = together(10, lambda _: services.create_channel(slug="web", name="Web", call=call))
    assert len(channels) == 1
    assert [type(error) for error in errors] == [ChannelExists] * 9
    assert Event.objects.filter(type="channel.created").count() == 1


def test_documents_that_name_the_same_channels_in_another_order_do_not_wait_for_each_other(call):
    def apply(number: int) -> int:
        slugs = ["chat", "web", "kiosk", "agent"]
        ordered = slugs if number % 2 else slugs[::-1]
        idle = {"session": {"idle": f"{number + 1}h"}}
        document = {"channels": {slug: {"name": slug.title(), "policy": idle} for slug in ordered}}
        return len(services.apply_channels(document=document, call=call))

    services.apply_channels(document={"channels": {"web": {"name": "Web"}, "chat": {"name": "Chat"}}}, call=call)
    _, errors = together(8, apply)
    assert [error for error in errors if not isinstance(error, ChannelExists)] == []
    assert queries.get_policy("web") == queries.get_policy("chat")


def test_a_document_applied_by_two_at_once_is_applied_once(call):
    services.create_channel(slug="web", name="Web", call=call)
    document = {"channels": {"web": {"name": "Shop", "enabled": False, "policy": {"session": {"idle": "1h"}}}}}
    changes, errors = together(2, lambda _: services.apply_channels(document=document, call=call))
    assert errors == []
    assert sorted(map(len, changes)) == [0, 3]
    assert PolicyVersion.objects.count() == 1
