"""What a policy may say, and that reading undoes writing."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channel_registry.errors import PolicyInvalid
from channel_registry.rules import (
    LONGEST_SECONDS,
    MINUTE,
    digest_policy,
    parse_policy,
    render_duration,
    render_policy,
)
from channel_registry.types import (
    ACR_LADDER,
    ACTION_CLASSES,
    AUTHENTICATORS,
    DEFAULT_POLICY,
    RESOURCES,
    WAYS_IN,
    ActionRule,
    ChannelPolicy,
    Condition,
    Effect,
    Match,
    meets,
)

FEW = settings(max_examples=30, deadline=None)  # making one takes longer than judging it

EXAMPLE = {
    "minimum_acr": "urn:throughline:2fa",
    "ways_in": ["refresh_token", "authorization_code"],
    "session": {"idle": "15m", "absolute": "12h"},
    "refresh": {"absolute": "720m"},
    "passwords": {"alone": 20},
}


def may_refresh(ways: set[str]) -> bool:
    return "refresh_token" not in ways or "authorization_code" in ways


def some_of(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """At least one of the words, in their order."""
    return st.sets(st.sampled_from(words), min_size=1).map(lambda chosen: tuple(filter(chosen.__contains__, words)))


conditions = st.builds(
    Condition,
    attributes=st.dictionaries(
        st.sampled_from(["subject.id", "subject.type", "resource.properties.status", "action.properties.how"]),
        st.lists(st.booleans() | st.integers(-9, 9) | st.sampled_from(["open", "alice"]), min_size=1, max_size=3),
        min_size=1,
    ).map(lambda named: tuple(sorted((name, tuple(values)) for name, values in named.items()))),
    effect=st.sampled_from(Effect),
)


@st.composite
def action_rules(draw: st.DrawFn) -> ActionRule:
    name = draw(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,2}", fullmatch=True))
    some_conditions = tuple(draw(st.lists(conditions, max_size=2)))
    if draw(st.booleans()):
        return replace(ACTION_CLASSES["static"], name=name, conditions=some_conditions)
    acr = draw(st.sampled_from(["", *ACR_LADDER[1:]]))
    high_risk = draw(st.booleans())
    return ActionRule(
        name=name,
        action_class=draw(st.sampled_from(sorted(set(ACTION_CLASSES) - {"static"}))),
        threshold=draw(st.floats(0.01, 0.9999)),
        acr=acr,
        max_age=draw(st.none() | st.integers(MINUTE, LONGEST_SECONDS)) if acr else None,
        purpose=draw(st.sampled_from(["", "personalization", "marketing.email"])),
        match=draw(st.sampled_from([Match.VERIFIED, Match.NONE] if high_risk else list(Match))),
        live_only=draw(st.booleans()),
        feed_max_age=draw(st.none() | st.integers(MINUTE, LONGEST_SECONDS)),
        high_risk=high_risk,
        resources=draw(some_of(RESOURCES)),
        conditions=some_conditions,
    )


@st.composite
def policies(draw: st.DrawFn) -> ChannelPolicy:
    ways = draw(st.sets(st.sampled_from(WAYS_IN), min_size=1).filter(may_refresh))
    absolute = draw(st.integers(MINUTE, LONGEST_SECONDS))
    alone = draw(st.integers(15, 64))
    rules = draw(st.lists(action_rules(), max_size=3))
    return ChannelPolicy(
        minimum_acr=draw(st.sampled_from(ACR_LADDER)),
        grants=tuple(way for way in WAYS_IN if way in ways),
        session_idle_seconds=draw(st.integers(MINUTE, absolute)),
        session_absolute_seconds=absolute,
        refresh_absolute_seconds=draw(st.integers(MINUTE, absolute)),
        password_alone=alone,
        password_beside_second_factor=draw(st.integers(8, alone)),
        authenticators=draw(some_of(AUTHENTICATORS)),
        prior=draw(st.floats(0.01, 0.99)),
        actions=tuple(sorted({each.name: each for each in rules}.values(), key=lambda each: each.name)),
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(policies())
@FEW
def test_reading_a_written_policy_gives_the_same_policy(policy):
    assert parse_policy(render_policy(policy)) == policy


@given(policies(), policies())
@FEW
def test_two_policies_share_a_digest_only_when_they_are_the_same(one, other):
    assert (digest_policy(one) == digest_policy(other)) == (one == other)


@given(json_values | st.fixed_dictionaries({}, optional=dict.fromkeys(EXAMPLE, json_values)))
@FEW
def test_whatever_else_is_read_is_a_policy_or_refused(body):
    try:
        policy = parse_policy(body)
    except PolicyInvalid:
        return
    assert parse_policy(render_policy(policy)) == policy


@given(st.integers(1, 10**7))
def test_a_duration_is_written_in_its_largest_whole_unit(seconds):
    text = render_duration(seconds)
    assert int(text[:-1]) * {"d": 86400, "h": 3600, "m": 60, "s": 1}[text[-1]] == seconds


def test_an_example_reads_as_it_says():
    assert parse_policy(EXAMPLE) == ChannelPolicy(
        minimum_acr="urn:throughline:2fa",
        grants=("authorization_code", "refresh_token"),
        session_idle_seconds=900,
        session_absolute_seconds=43200,
        refresh_absolute_seconds=43200,
        password_alone=20,
        password_beside_second_factor=8,
    )


def test_an_empty_policy_is_the_default_policy():
    assert parse_policy({}) == DEFAULT_POLICY


def test_what_is_left_out_is_cut_to_the_life_of_the_session():
    policy = parse_policy({"session": {"absolute": "12h"}})
    assert policy.session_idle_seconds == policy.refresh_absolute_seconds == policy.session_absolute_seconds == 43200


def test_the_default_policy_wants_somebody_signed_in_and_lets_nothing_outlive_30_days():
    assert meets(DEFAULT_POLICY.minimum_acr, "urn:throughline:1fa")
    longest = (
        DEFAULT_POLICY.session_idle_seconds,
        DEFAULT_POLICY.session_absolute_seconds,
        DEFAULT_POLICY.refresh_absolute_seconds,
    )
    assert max(longest) <= LONGEST_SECONDS


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], ""),
        (None, ""),
        ("minimum_acr", ""),
        ({"minimum_arc": "0"}, "minimum_arc"),
        ({1: 2}, "1"),
        ({"minimum_acr": 0}, "minimum_acr"),
        ({"minimum_acr": "urn:throughline:3fa"}, "minimum_acr"),
        ({"minimum_acr": ["0"]}, "minimum_acr"),
        ({"ways_in": []}, "ways_in"),
        ({"ways_in": "authorization_code"}, "ways_in"),
        ({"ways_in": ["authorization_code", "password"]}, "ways_in.1"),
        ({"ways_in": [{}]}, "ways_in.0"),
        ({"ways_in": ["authorization_code", "authorization_code"]}, "ways_in.1"),
        ({"ways_in": ["refresh_token"]}, "ways_in"),
        ({"session": "30d"}, "session"),
        ({"session": None}, "session"),
        ({"session": {"idle": 900}}, "session.idle"),
        ({"session": {"idle": None}}, "session.idle"),
        ({"session": {"idle": "15"}}, "session.idle"),
        ({"session": {"idle": "15 m"}}, "session.idle"),
        ({"session": {"idle": "15m\n"}}, "session.idle"),
        ({"session": {"idle": "\u0661\u0665m"}}, "session.idle"),
        ({"session": {"idle": "-15m"}}, "session.idle"),
        ({"session": {"idle": "0m"}}, "session.idle"),
        ({"session": {"idle": "59s"}}, "session.idle"),
        ({"session": {"absolute": "31d"}}, "session.absolute"),
        ({"session": {"absolute": "99999999999d"}}, "session.absolute"),
        ({"session": {"idle": "13h", "absolute": "12h"}}, "session.idle"),
        ({"session": {"idel": "13h"}}, "session.idel"),
        ({"session": {"absolute": "12h"}, "refresh": {"absolute": "1d"}}, "refresh.absolute"),
        ({"refresh": {"idle": "1d"}}, "refresh.idle"),
        ({"passwords": {"alone": 14}}, "passwords.alone"),
        ({"passwords": {"alone": 65}}, "passwords.alone"),
        ({"passwords": {"alone": "15"}}, "passwords.alone"),
        ({"passwords": {"alone": True}}, "passwords.alone"),
        ({"passwords": {"alone": 15.5}}, "passwords.alone"),
        ({"passwords": {"beside_second_factor": 7}}, "passwords.beside_second_factor"),
        ({"passwords": {"beside_second_factor": 16}}, "passwords.beside_second_factor"),
        ({"passwords": {"composition": "A1!"}}, "passwords.composition"),
    ],
)
def test_a_wrong_policy_is_refused_and_the_field_named(body, path):
    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(body)
    assert refused.value.path == path


@given(st.sampled_from(ACR_LADDER), st.sampled_from(ACR_LADDER), st.sampled_from(ACR_LADDER))
def test_the_ladder_is_a_total_order(low, middle, high):
    assert meets(low, low)
    assert meets(low, high) or meets(high, low)
    assert (low == high) == (meets(low, high) and meets(high, low))
    assert meets(low, high) or not (meets(low, middle) and meets(middle, high))


def test_each_step_of_the_ladder_meets_those_below_and_none_above():
    for low, high in itertools.combinations(ACR_LADDER, 2):
        assert meets(high, low)
        assert not meets(low, high)


@given(st.text().filter(lambda text: text not in ACR_LADDER), st.sampled_from(ACR_LADDER))
def test_a_class_that_is_not_on_the_ladder_meets_nothing_and_is_met_by_nothing(stranger, step):
    assert not meets(stranger, step)
    assert not meets(step, stranger)
    assert not meets(stranger, stranger)
