"""For every action the cheapest way in over all channels, and where it is cheaper than elsewhere."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_registry.rules import list_entrances, list_findings, list_reachable
from channel_registry.types import (
    ACR_LADDER,
    ACTION_CLASSES,
    AUTHENTICATORS,
    DEFAULT_POLICY,
    WAYS_IN,
    ActionRule,
    Aspect,
    ChannelPolicy,
    Match,
)

ONE, TWO = "urn:throughline:1fa", "urn:throughline:2fa"
UPDATE = replace(ACTION_CLASSES["change"], name="contact.update")
VIEW = replace(ACTION_CLASSES["history"], name="orders.view")
PEOPLE = ("authorization_code", "device_code", "ciba", "token_exchange", "handoff", "assistance")


def channel(*rules: ActionRule, **changes) -> ChannelPolicy:
    return replace(DEFAULT_POLICY, actions=rules, **changes)


def found(policies: dict[str, ChannelPolicy]) -> list[tuple[str, str, Aspect]]:
    return [(each.action, each.channel, each.aspect) for each in list_findings(policies)]


def test_channels_that_ask_the_same_have_no_weakest():
    assert list_findings({"web": channel(UPDATE, VIEW), "mobile": channel(UPDATE)}) == []


@pytest.mark.parametrize(
    ("weaker", "aspect", "asks", "there"),
    [
        (replace(UPDATE, threshold=0.9), Aspect.THRESHOLD, "0.9", "0.995"),
        (replace(UPDATE, max_age=3600), Aspect.MAX_AGE, "1h", "10m"),
        (replace(UPDATE, max_age=None), Aspect.MAX_AGE, "none", "10m"),
        (replace(UPDATE, acr=ONE), Aspect.ACR, ONE, TWO),
        (replace(UPDATE, match=Match.ANY, high_risk=False), Aspect.MATCH, "any", "verified"),
        (replace(UPDATE, live_only=False), Aspect.LIVE_ONLY, "no", "yes"),
    ],
)
def test_a_channel_that_asks_for_less_is_named_with_both_sides(weaker, aspect, asks, there):
    (finding,) = list_findings({"web": channel(UPDATE), "kiosk": channel(weaker)})
    assert (finding.channel, finding.stronger, finding.aspect) == ("kiosk", "web", aspect)
    assert (finding.asks, finding.there) == (asks, there)
    assert "contact.update on kiosk" in str(finding)


def test_recovery_that_asks_for_fewer_channels_or_no_waiting_is_named():
    recover = replace(ACTION_CLASSES["recovery"], name="account.recover")
    weaker = replace(recover, independent_channels=1, cool_down=None)
    assert found({"web": channel(recover), "chat": channel(weaker)}) == [
        ("account.recover", "chat", Aspect.INDEPENDENT_CHANNELS),
        ("account.recover", "chat", Aspect.COOL_DOWN),
    ]


def test_an_action_that_asks_for_nobody_on_one_channel_is_the_weakest_way_of_all():
    """Static there, judged here: whoever asks there is in no session, so no way in need be open."""
    nobody = channel(replace(ACTION_CLASSES["static"], name="contact.update"), grants=("client_credentials",))
    findings = list_findings({"web": channel(UPDATE), "robot": nobody})
    assert {each.channel for each in findings} == {"robot"}
    assert {Aspect.ACR, Aspect.THRESHOLD, Aspect.MAX_AGE} <= {each.aspect for each in findings}
    assert {each.way for each in findings} == {"no session"}


def test_an_action_without_a_level_of_its_own_takes_what_the_cheapest_way_in_yields():
    view = replace(VIEW, acr="")
    (finding,) = list_findings({"web": channel(view, minimum_acr=TWO), "chat": channel(view, minimum_acr=ONE)})
    assert (finding.channel, finding.aspect, finding.asks) == ("chat", Aspect.ACR, ONE)


def test_a_handed_over_session_is_as_high_as_the_lowest_channel_it_can_come_from():
    view = replace(VIEW, acr="")
    desk = channel(view, minimum_acr=TWO, grants=("authorization_code", "handoff"))
    policies = {"desk": desk, "web": channel(minimum_acr=ONE)}
    (row,) = list_reachable(policies)
    assert (row.entrance.way, row.entrance.inherited_from, row.acr) == ("handoff", "web", ONE)
    assert found({"desk": replace(desk, grants=("authorization_code",)), "web": channel(view)}) == [
        ("orders.view", "web", Aspect.ACR)
    ]


def test_a_level_the_action_asks_for_holds_on_every_way_in():
    desk = channel(UPDATE, grants=("handoff",))
    assert [row.acr for row in list_reachable({"desk": desk, "web": channel(minimum_acr="0")})] == [TWO]


def test_recovery_and_federation_yield_one_factor_and_no_less_than_the_channel_asks_for():
    ways = {each.way: each.least for each in list_entrances({"web": channel(minimum_acr="0")})}
    assert (ways["sign-in"], ways["recovery"], ways["federation"]) == ("0", ONE, ONE)
    ways = {each.way: each.least for each in list_entrances({"web": channel(minimum_acr=TWO)})}
    assert (ways["recovery"], ways["federation"]) == (TWO, TWO)
    passkeys = channel(authenticators=("passkey",))
    assert [each.way for each in list_entrances({"web": passkeys})] == ["sign-in"]


def test_ways_that_yield_as_little_are_all_named():
    (row,) = list_reachable({"web": channel(VIEW, grants=("authorization_code", "ciba"), minimum_acr=ONE)})
    assert row.entrance.way == "sign-in, recovery, federation, ciba"


def test_where_nobody_can_come_in_nothing_is_reachable():
    robots = channel(UPDATE, grants=("client_credentials",))
    assert list_reachable({"agent": robots}) == []
    assert list_findings({"agent": robots, "web": channel(UPDATE)}) == []


def test_static_actions_ask_for_nobody_and_are_left_out():
    static = replace(ACTION_CLASSES["static"], name="record.read")
    assert list_reachable({"web": channel(static)}) == []


ways = st.sets(st.sampled_from(WAYS_IN), min_size=1)
rules = st.builds(
    ActionRule,
    name=st.sampled_from(["contact.update", "orders.view", "offer.personalize"]),
    action_class=st.just("change"),
    threshold=st.sampled_from([0.8, 0.95, 0.995]),
    acr=st.sampled_from(["", *ACR_LADDER[1:]]),
    max_age=st.sampled_from([None, 60, 600]),
    match=st.sampled_from(Match),
)
channels = st.builds(
    lambda minimum, grants, proofs, actions: channel(
        *{rule.name: rule for rule in actions}.values(),
        minimum_acr=minimum,
        grants=tuple(sorted(grants)),
        authenticators=tuple(sorted(proofs)),
    ),
    st.sampled_from(ACR_LADDER),
    ways,
    st.sets(st.sampled_from(AUTHENTICATORS), min_size=1),
    st.lists(rules, max_size=3),
)
houses = st.dictionaries(st.sampled_from(["web", "chat", "desk", "kiosk"]), channels, max_size=4)


@given(houses)
def test_every_finding_names_a_channel_that_asks_for_less_than_a_stronger_one(policies):
    rows = {(row.action, row.channel): row for row in list_reachable(policies)}
    for finding in list_findings(policies):
        weak, strong = rows[finding.action, finding.channel], rows[finding.action, finding.stronger]
        assert finding.asks != finding.there
        if finding.aspect is Aspect.THRESHOLD:
            assert weak.threshold < strong.threshold
        if finding.aspect is Aspect.ACR:
            assert ACR_LADDER.index(weak.acr) < ACR_LADDER.index(strong.acr)


@given(channels, st.sampled_from(["mobile", "chat"]))
def test_a_house_of_twins_has_no_weakest_channel(policy, other):
    assert list_findings({"web": policy, other: policy}) == []


@given(houses, st.sampled_from(PEOPLE))
def test_opening_another_way_in_never_makes_a_channel_harder_to_reach(policies, way):
    before = {(row.action, row.channel): ACR_LADDER.index(row.acr) for row in list_reachable(policies)}
    wider = {slug: replace(policy, grants=(*policy.grants, way)) for slug, policy in policies.items()}
    after = {(row.action, row.channel): ACR_LADDER.index(row.acr) for row in list_reachable(wider)}
    assert all(after[key] <= acr for key, acr in before.items())


@given(houses)
def test_the_order_in_which_channels_are_written_plays_no_part(policies):
    turned = dict(reversed(policies.items()))
    assert set(found(policies)) == set(found(turned))
