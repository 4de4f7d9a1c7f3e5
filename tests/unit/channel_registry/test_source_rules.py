"""Who is believed about what: reading undoes writing, and nobody outranks who alone knows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_registry.errors import PolicyInvalid
from channel_registry.rules import digest_sources, parse_sources, render_sources
from channel_registry.types import ACTION_CLASSES, DEFAULT_SOURCES, GATEWAY

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in ("consent", "credentials")
)
sources = names.filter(lambda name: name != "consent_registry")
orders = st.lists(sources, min_size=1, max_size=4, unique=True)
bodies = st.dictionaries(
    names,
    orders | st.fixed_dictionaries({"any": orders}, optional={"personalize": orders, "change": orders}),
    min_size=1,
    max_size=4,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | names, inner),
)

FEW = settings(max_examples=30, deadline=None)  # making one takes longer than judging it


@given(bodies)
@FEW
def test_reading_a_written_ranking_gives_the_same_ranking(body):
    ranking = parse_sources(body)
    assert parse_sources(render_sources(ranking)) == ranking


@given(bodies, bodies)
@FEW
def test_two_rankings_share_a_digest_only_when_they_are_the_same(one, other):
    first, second = parse_sources(one), parse_sources(other)
    assert (digest_sources(first) == digest_sources(second)) == (first == second)


@given(json_values)
@FEW
def test_whatever_else_is_read_is_a_ranking_or_refused(body):
    try:
        ranking = parse_sources(body)
    except PolicyInvalid:
        return
    assert parse_sources(render_sources(ranking)) == ranking


@given(bodies, st.sampled_from(sorted(ACTION_CLASSES)))
@FEW
def test_no_ranking_outranks_who_alone_knows(body, action_class):
    ranking = parse_sources(body)
    assert ranking.find_order("credentials", action_class) == (GATEWAY,)
    assert ranking.find_order("consent", action_class) == ("consent_registry",)
    for attribute in body:
        assert ranking.find_order(attribute, "recovery") == (GATEWAY,)


def test_the_default_believes_what_was_verified_here_first():
    assert DEFAULT_SOURCES.find_order("contact_points", "change") == (GATEWAY, "crm", "cdp")
    assert DEFAULT_SOURCES.find_order("behavior", "personalize") == ("cdp",)
    assert DEFAULT_SOURCES.find_order("case_history", "history") == ("contact_center",)
    assert DEFAULT_SOURCES.find_order("shoe_size", "history") is None
    assert parse_sources(render_sources(DEFAULT_SOURCES)) == DEFAULT_SOURCES


def test_a_class_of_action_can_have_an_order_of_its_own():
    ranking = parse_sources({"behavior": {"any": ["cdp"], "personalize": ["app", "cdp"]}})
    assert ranking.find_order("behavior", "personalize") == ("app", "cdp")
    assert ranking.find_order("behavior", "history") == ("cdp",)
    assert ranking.find_order("contact_points", "history") == (GATEWAY, "crm", "cdp")


def test_what_cannot_change_may_be_said():
    ranking = parse_sources({"credentials": ["gateway"], "consent": {"any": ["consent_registry"]}})
    assert ranking == DEFAULT_SOURCES
    assert parse_sources({"loyalty": {"any": ["crm"], "recovery": ["gateway"]}}).find_order("loyalty", "change") == (
        "crm",
    )


@pytest.mark.parametrize(
    ("body", "path", "problem"),
    [
        ({}, "", "group"),
        ([], "", "group"),
        ({"credentials": ["crm", "gateway"]}, "credentials", "nobody outranks"),
        ({"consent": ["crm"]}, "consent", "nobody outranks"),
        ({"loyalty": {"any": ["crm"], "recovery": ["crm"]}}, "loyalty.recovery", "nobody outranks"),
        ({"loyalty": ["consent_registry"]}, "loyalty.any", "consent alone"),
        ({"loyalty": {"change": ["crm"]}}, "loyalty.any", "needed"),
        ({"loyalty": {"any": ["crm"], "whenever": ["crm"]}}, "loyalty.whenever", "class of actions"),
        ({"loyalty": []}, "loyalty.any", "1 to 20"),
        ({"loyalty": ["crm", "crm"]}, "loyalty.any", "twice"),
        ({"loyalty": ["C R M"]}, "loyalty.any.0", "short name"),
        ({"Loyalty!": ["crm"]}, "Loyalty!", "short name"),
        ({"loyalty": 7}, "loyalty", "list"),
    ],
)
def test_what_it_must_not_say_is_refused_with_its_path(body, path, problem):
    with pytest.raises(PolicyInvalid) as refused:
        parse_sources(body)
    assert refused.value.path == path
    assert problem in refused.value.problem
