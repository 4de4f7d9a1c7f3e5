"""Operators work on channels in the raw-data admin: through the deeds, with clear errors, never deleting."""

import pytest
from django.urls import reverse

from accounts.types import Role
from audit.models import Event
from channel_registry import queries, services
from channel_registry.models import Channel, PolicyVersion
from channel_registry.rules import parse_policy
from channel_registry.types import DEFAULT_POLICY
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


@pytest.mark.parametrize(
    "body",
    [
        "minimum_acr: urn:throughline:2fa\nsession: {idle: 15m}",
        '{"minimum_acr": "urn:throughline:2fa", "session": {"idle": "15m"}}',
    ],
    ids=["yaml", "json"],
)
def test_an_author_publishes_a_policy(author, actor, body):
    response = author.post(reverse(f"{POLICIES}_add"), {"channel": "web", "body": body})
    assert response.status_code == 302
    assert queries.get_policy("web") == parse_policy({"minimum_acr": "urn:throughline:2fa", "session": {"idle": "15m"}})
    version = PolicyVersion.objects.get()
    assert (version.number, version.author) == (1, actor)
    assert told("policy.published") == [("policy.published", actor)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("session: {idle: soon}", "session.idle: must be a duration"),
        ("sesion: {}", "sesion: is not known here"),
        ("minimum_acr: 0", "minimum_acr: must be one of"),
        ("session: {idle: 2d, absolute: 1d}", "session.idle: is longer than session.absolute"),
        ("a: [", "This is not YAML or JSON"),
        ("session: {idle: 1d}\nsession: {idle: 2d}", "session stands twice"),
        ("a: &a [1]\nb: *a", "aliases are not taken"),
        ("just words", "must be a group of fields"),
        ("", "required"),
    ],
)
def test_a_wrong_policy_is_an_error_beside_the_field(author, body, said):
    assert said in errors(author.post(reverse(f"{POLICIES}_add"), {"channel": "web", "body": body}))
    assert PolicyVersion.objects.count() == 0


def test_publishing_what_is_in_force_says_so(author):
    page = reverse(f"{POLICIES}_add")
    author.post(page, {"channel": "web", "body": "session: {idle: 15m}"})
    response = author.post(page, {"channel": "web", "body": "session: {idle: 900s}"}, follow=True)
    assert "nothing was published" in response.content.decode()
    assert PolicyVersion.objects.count() == 1


def test_a_new_version_starts_from_the_one_in_force(author, call):
    page = reverse(f"{POLICIES}_add")
    assert "absolute: 30d" in author.get(page).content.decode()
    services.publish_policy(channel="web", body={"session": {"absolute": "11h"}}, call=call)
    assert "absolute: 11h" in author.get(page, {"channel": "web"}).content.decode()


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
