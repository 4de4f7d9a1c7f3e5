"""Operators work on channels in the raw-data admin: through the deeds, with clear errors, never deleting."""

from dataclasses import replace

import pytest
from django.urls import reverse

from accounts.types import Role
from audit.models import Event
from channel_registry import queries, services
from channel_registry.models import Channel, PolicyVersion
from channel_registry.types import DEFAULT_POLICY
from kit.call import Caller, CallerKind
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db

CHANNELS = "admin:channel_registry_channel"
POLICIES = "admin:channel_registry_policyversion"


@pytest.fixture
def signed_in(call):
    """Someone who may write policies: the browser, and the name in the journal."""
    return sign_in_operator(Role.AUTHOR, call)


@pytest.fixture
def author(signed_in):
    return signed_in[0]


@pytest.fixture
def actor(signed_in):
    return signed_in[1]


def told(*types: str) -> list[tuple[str, str]]:
    return list(Event.objects.filter(type__in=types).order_by("id").values_list("type", "actor"))


def errors(response) -> str:
    assert response.status_code == 200
    return " ".join(error for each in response.context["errors"] for error in each)


def test_an_author_opens_a_channel_and_the_journal_says_who(author, actor):
    response = author.post(reverse(f"{CHANNELS}_add"), {"slug": "chat", "name": "Chat", "enabled": "on"})
    assert response.status_code == 302
    assert queries.get_policy("chat") == DEFAULT_POLICY
    assert told("channel.created")[-1] == ("channel.created", actor)


def test_a_channel_can_be_opened_shut(author):
    author.post(reverse(f"{CHANNELS}_add"), {"slug": "chat", "name": "Chat"})
    assert Channel.objects.get(slug="chat").enabled is False
    assert [type for type, _ in told("channel.created", "channel.disabled")][-2:] == [
        "channel.created",
        "channel.disabled",
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"slug": "Chat Room", "name": "Chat"}, "valid"),
        ({"slug": "live-chat", "name": "Chat"}, "lower-case letters, digits and _"),
        ({"slug": "web", "name": "Web again"}, "already exists"),
        ({"slug": "chat", "name": ""}, "required"),
        ({"slug": "chat", "name": "a\u202eb\x07"}, "one line"),
    ],
)
def test_a_wrong_name_is_an_error_beside_the_field(author, typed, said):
    assert said in errors(author.post(reverse(f"{CHANNELS}_add"), typed))
    assert Channel.objects.count() == 1


def test_an_author_renames_and_disables_a_channel_and_its_short_name_stays(author, actor):
    page = reverse(f"{CHANNELS}_change", args=["web"])
    assert author.post(page, {"slug": "other", "name": "Shop"}).status_code == 302
    channel = Channel.objects.get()
    assert (channel.slug, channel.name, channel.enabled) == ("web", "Shop", False)
    assert told("channel.renamed", "channel.disabled") == [
        ("channel.renamed", actor),
        ("channel.disabled", actor),
    ]


def test_saving_a_channel_unchanged_tells_nothing(author):
    events = Event.objects.count()
    author.post(reverse(f"{CHANNELS}_change", args=["web"]), {"name": "Web", "enabled": "on"})
    assert Event.objects.count() == events


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER, Role.ADMIN])
def test_nobody_publishes_alone_in_the_admin(call, role):
    browser, _ = sign_in_operator(role, call)
    typed = {"channel": "web", "body": "session: {idle: 15m}"}
    assert browser.get(reverse(f"{POLICIES}_add")).status_code == 403
    assert browser.post(reverse(f"{POLICIES}_add"), typed).status_code == 403
    assert PolicyVersion.objects.count() == 0
    page = browser.get(reverse(f"{CHANNELS}_changelist")).content.decode()
    assert reverse("portal:console_channel", args=["web"]) in page


def test_a_change_can_be_read_and_not_touched(author, call):
    wanda = replace(call, caller=Caller(kind=CallerKind.BROWSER, subject="wanda", roles=frozenset({"author"})))
    draft = services.draft_policy(channel="web", body={"session": {"absolute": "11h"}}, call=wanda)
    page = reverse("admin:channel_registry_policydraft_change", args=[draft.pk])
    assert "absolute: 11h" in author.get(page).content.decode()
    assert author.post(page, {"state": "approved"}).status_code == 403
    assert author.get(reverse("admin:channel_registry_policydraft_add")).status_code == 403
    assert author.get(reverse("admin:channel_registry_policydraft_changelist")).status_code == 200


def test_a_version_can_be_read_and_not_changed(author, call):
    version = services.publish_policy(channel="web", body={"session": {"absolute": "11h"}}, call=call)
    page = reverse(f"{POLICIES}_change", args=[version.pk])
    shown = author.get(page).content.decode()
    assert "absolute: 11h" in shown
    assert version.digest in shown
    assert author.post(page, {"channel": "web", "body": "session: {absolute: 12h}"}).status_code == 403
    assert PolicyVersion.objects.get().number == 1


def test_an_auditor_reads_everything_and_adds_nothing(call):
    auditor, _ = sign_in_operator(Role.AUDITOR, call)
    services.publish_policy(channel="web", body={"minimum_acr": "urn:throughline:1fa"}, call=call)
    for page in (CHANNELS, POLICIES):
        assert auditor.get(reverse(f"{page}_changelist")).status_code == 200
        typed = {"slug": "chat", "name": "Chat", "channel": "web", "body": "session: {idle: 1d}"}
        assert auditor.post(reverse(f"{page}_add"), typed).status_code == 403
    assert auditor.post(reverse(f"{CHANNELS}_change", args=["web"]), {"name": "Shop"}).status_code == 403
    assert (Channel.objects.get().name, PolicyVersion.objects.count()) == ("Web", 1)


def test_not_even_an_admin_deletes(call):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    version = services.publish_policy(channel="web", body={"minimum_acr": "urn:throughline:1fa"}, call=call)
    for page, pk in ((CHANNELS, "web"), (POLICIES, version.pk)):
        assert admin.post(reverse(f"{page}_delete", args=[pk]), {"post": "yes"}).status_code == 403
        assert "delete_selected" not in admin.get(reverse(f"{page}_changelist")).content.decode()
