"""The weakest channel: what it takes at least to have an action done, and where that is less than elsewhere."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from channel_registry.rules.fields import render_duration
from channel_registry.types import (
    ACR_LADDER,
    ActionRule,
    Aspect,
    ChannelPolicy,
    Entrance,
    Finding,
    Match,
    Reachability,
)

_ONE_FACTOR = ACR_LADDER[1]
_APPROVED_ELSEWHERE = ("device_code", "ciba")
_HERE = ("token_exchange", "assistance")
_STRICT = (Match.ANY, Match.VERIFIED, Match.NONE)


def list_entrances(policies: Mapping[str, ChannelPolicy]) -> list[Entrance]:
    """Every way in for customers over all channels, with the lowest level it yields.

    Tokens are given out from a channel's `minimum_acr` on, however the session came about. A session that is handed
    over is as high as it was: as the lowest channel that lets people sign in. A forgotten password is replaced by a
    code from the mailbox, and a provider elsewhere says no more than that somebody signed in: one factor each, and
    no less than the channel's minimum. Software on its own is nobody's session.
    """
    return [entrance for slug, policy in sorted(policies.items()) for entrance in _entrances(slug, policy, policies)]


def _entrances(slug: str, policy: ChannelPolicy, policies: Mapping[str, ChannelPolicy]) -> Iterable[Entrance]:
    minimum = policy.minimum_acr
    if "authorization_code" in policy.grants:
        yield Entrance(slug, "sign-in", minimum)
        if "password" in policy.authenticators:
            yield Entrance(slug, "recovery", _higher(minimum, _ONE_FACTOR))
        if "federated" in policy.authenticators:
            yield Entrance(slug, "federation", _higher(minimum, _ONE_FACTOR))
    yield from (Entrance(slug, way, minimum) for way in (*_APPROVED_ELSEWHERE, *_HERE) if way in policy.grants)
    if "handoff" in policy.grants:
        source, least = _lowest_source(slug, policies)
        yield Entrance(slug, "handoff", least, inherited_from=source)


def _lowest_source(slug: str, policies: Mapping[str, ChannelPolicy]) -> tuple[str, str]:
    """The channel whose sessions, handed over, are worth least."""
    sources = {
        other: policy.minimum_acr
        for other, policy in policies.items()
        if other != slug and {"authorization_code", *_APPROVED_ELSEWHERE} & set(policy.grants)
    } or {slug: policies[slug].minimum_acr}
    source = min(sorted(sources), key=lambda each: ACR_LADDER.index(sources[each]))
    return source, sources[source]


def list_reachable(policies: Mapping[str, ChannelPolicy]) -> list[Reachability]:
    """For every action and channel that knows it: the cheapest entrance and what it takes; by action, then channel.

    Channels on which no customer can have a session are left out, but for static actions, which ask for none. What is
    static wherever it is known is nobody's own and is left out everywhere.
    """
    entrances = list_entrances(policies)
    judged = {rule.name for policy in policies.values() for rule in policy.actions if not rule.is_static}
    found = [
        _reachability(rule, _cheapest(ways))
        for slug, policy in policies.items()
        for rule in policy.actions
        if rule.name in judged and (ways := _ways(rule, slug, entrances))
    ]
    return sorted(found, key=lambda each: (each.action, each.channel))


def _cheapest(ways: list[Entrance]) -> Entrance:
    """The way in that yields least; where several yield as little, all of them are named."""
    first = min(ways, key=lambda way: ACR_LADDER.index(way.least))
    equal = [each for each in ways if each.least == first.least]
    return replace(first, way=", ".join(each.way for each in equal))


def _ways(rule: ActionRule, slug: str, entrances: Iterable[Entrance]) -> list[Entrance]:
    if rule.is_static:
        return [Entrance(slug, "no session", ACR_LADDER[0])]
    return [each for each in entrances if each.channel == slug]


def _reachability(rule: ActionRule, entrance: Entrance) -> Reachability:
    return Reachability(
        action=rule.name,
        channel=entrance.channel,
        entrance=entrance,
        acr=_higher(entrance.least, rule.acr or ACR_LADDER[0]),
        threshold=rule.threshold,
        max_age=rule.max_age,
        match=rule.match,
        live_only=rule.live_only,
        independent_channels=rule.independent_channels,
        cool_down=rule.cool_down,
    )


def list_findings(policies: Mapping[str, ChannelPolicy]) -> list[Finding]:
    """Every action that asks for less on one channel than on another, in each aspect; none where all ask the same."""
    rows = list_reachable(policies)
    return [
        finding
        for action in sorted({row.action for row in rows})
        for aspect in Aspect
        for finding in _weaker([row for row in rows if row.action == action], aspect)
    ]


def _weaker(rows: list[Reachability], aspect: Aspect) -> Iterable[Finding]:
    strength, says = _STRENGTH[aspect], _SAYS[aspect]
    strongest = max(rows, key=strength)
    for row in rows:
        if strength(row) < strength(strongest):
            yield Finding(
                action=row.action,
                channel=row.channel,
                aspect=aspect,
                asks=says(row),
                stronger=strongest.channel,
                there=says(strongest),
                way=row.entrance.way,
            )


def _higher(one: str, other: str) -> str:
    return max(one, other, key=ACR_LADDER.index)


_STRENGTH: dict[Aspect, Callable[[Reachability], float]] = {
    Aspect.ACR: lambda row: ACR_LADDER.index(row.acr),
    Aspect.THRESHOLD: lambda row: row.threshold,
    Aspect.MAX_AGE: lambda row: -row.max_age if row.max_age is not None else float("-inf"),
    Aspect.MATCH: lambda row: _STRICT.index(row.match),
    Aspect.LIVE_ONLY: lambda row: row.live_only,
    Aspect.INDEPENDENT_CHANNELS: lambda row: row.independent_channels,
    Aspect.COOL_DOWN: lambda row: row.cool_down or 0,
}
_SAYS: dict[Aspect, Callable[[Reachability], str]] = {
    Aspect.ACR: lambda row: row.acr,
    Aspect.THRESHOLD: lambda row: str(row.threshold),
    Aspect.MAX_AGE: lambda row: render_duration(row.max_age) if row.max_age is not None else "none",
    Aspect.MATCH: lambda row: row.match.value,
    Aspect.LIVE_ONLY: lambda row: "yes" if row.live_only else "no",
    Aspect.INDEPENDENT_CHANNELS: lambda row: str(row.independent_channels),
    Aspect.COOL_DOWN: lambda row: render_duration(row.cool_down) if row.cool_down is not None else "none",
}
