"""What a document of channels may say, and what it would change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_registry.errors import ChannelInvalid, PolicyInvalid
from channel_registry.rules import check_name, check_slug, digest_policy, list_differences, parse_document
from channel_registry.types import DEFAULT_POLICY, ChangeKind, ChannelEntry, ChannelState

LOOSE = {"minimum_acr": "urn:throughline:1fa"}
DEFAULT_DIGEST = digest_policy(DEFAULT_POLICY)


def kinds(entry: ChannelEntry, state: ChannelState | None) -> list[ChangeKind]:
    return [change.kind for change in list_differences(entry, state)]


def test_a_document_reads_channel_by_channel_in_the_order_of_short_names():
    document = {"channels": {"web": {"name": "Web", "enabled": False, "policy": LOOSE}, "chat": {}}, "clients": 7}
    assert parse_document(document) == [
        ChannelEntry(slug="chat"),
        ChannelEntry(slug="web", name="Web", enabled=False, policy=DEFAULT_POLICY),
    ]


@pytest.mark.parametrize("document", [{}, {"channels": {}}, {"clients": {}}])
def test_a_document_may_name_no_channel(document):
    assert parse_document(document) == []


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (None, ""),
        ([], ""),
        ({"channels": None}, "channels"),
        ({"channels": ["web"]}, "channels"),
        ({"channels": {"Web": {}}}, "channels.Web"),
        ({"channels": {3: {}}}, "channels.3"),
        ({"channels": {"web": None}}, "channels.web"),
        ({"channels": {"web": {"label": "Web"}}}, "channels.web.label"),
        ({"channels": {"web": {"name": ""}}}, "channels.web.name"),
        ({"channels": {"web": {"name": None}}}, "channels.web.name"),
        ({"channels": {"web": {"name": "W\x00b"}}}, "channels.web.name"),
        ({"channels": {"web": {"enabled": "yes"}}}, "channels.web.enabled"),
        ({"channels": {"web": {"enabled": 1}}}, "channels.web.enabled"),
        ({"channels": {"web": {"enabled": None}}}, "channels.web.enabled"),
        ({"channels": {"web": {"policy": None}}}, "channels.web.policy"),
        ({"channels": {"web": {"policy": {"session": {"idle": 3}}}}}, "channels.web.policy.session.idle"),
    ],
)
def test_a_wrong_document_is_refused_and_the_place_named(document, path):
    with pytest.raises(PolicyInvalid) as refused:
        parse_document(document)
    assert refused.value.path == path


def test_a_new_channel_is_created_and_then_made_as_the_entry_says():
    entry = ChannelEntry(slug="web", name="Web", enabled=False, policy=DEFAULT_POLICY)
    assert kinds(entry, None) == [ChangeKind.CREATE, ChangeKind.DISABLE, ChangeKind.PUBLISH]


def test_a_new_channel_needs_a_name():
    with pytest.raises(PolicyInvalid) as refused:
        list_differences(ChannelEntry(slug="web"), None)
    assert refused.value.path == "channels.web.name"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (ChannelEntry(slug="web"), []),
        (ChannelEntry(slug="web", name="Web", enabled=True), []),
        (ChannelEntry(slug="web", name="Shop"), [ChangeKind.RENAME]),
        (ChannelEntry(slug="web", enabled=False), [ChangeKind.DISABLE]),
        (ChannelEntry(slug="web", policy=DEFAULT_POLICY), [ChangeKind.PUBLISH]),
    ],
)
def test_an_existing_channel_changes_only_where_it_differs(entry, expected):
    assert kinds(entry, ChannelState(name="Web", enabled=True, digest=None)) == expected


def test_a_policy_that_is_in_force_is_not_published_again():
    state = ChannelState(name="Web", enabled=False, digest=DEFAULT_DIGEST)
    assert kinds(ChannelEntry(slug="web", enabled=True, policy=DEFAULT_POLICY), state) == [ChangeKind.ENABLE]


def test_a_change_says_what_it_is_in_one_line():
    (change,) = list_differences(ChannelEntry(slug="web", name="Shop"), ChannelState("Web", True, None))
    assert str(change) == "channel web: rename (Web to Shop)"


@given(st.text())
def test_a_short_name_is_plain_or_refused(text):
    try:
        slug = check_slug(text)
    except ChannelInvalid:
        return
    assert slug.isascii()
    assert slug.replace("_", "").isalnum()
    assert slug == slug.lower()
    assert len(slug) <= 32


@given(st.text())
def test_a_name_is_one_printable_line_or_refused(text):
    try:
        name = check_name(text)
    except ChannelInvalid:
        return
    assert name
    assert name.isprintable()
    assert len(name) <= 100


@pytest.mark.parametrize("slug", ["contact_center", "in_store", "web", "a" * 32])
def test_the_usual_short_names_are_taken(slug):
    assert check_slug(slug) == slug
