"""What another policy would have made of recorded decisions."""

from collections import Counter

from accounts.types import Method
from assurance.queries.learned import get_ceiling
from assurance.queries.records import RecordedDecision, list_decisions
from assurance.rules import judge, out_of_reach, under, unmeetable
from assurance.types import ChangedDecision, Differences, Facts
from channel_registry.queries import get_policy
from channel_registry.types import ChannelPolicy
from sessions_hub.queries import best_level

MOST_NAMED = 20


def replay(*, channel: str, policy: ChannelPolicy, limit: int) -> Differences:
    """Judge the newest recorded decisions of a channel again, as it is governed now and as `policy` would.

    At most `limit` of them, read as they are judged: one statement, and no more memory for more of them. Raises
    ChannelUnavailable.
    """
    live = get_policy(channel)
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    moves: Counter[tuple[str, str]] = Counter()
    named: dict[str, ChangedDecision] = {}
    changed, oldest = 0, None
    for decision in list_decisions(limit=limit, channel=channel):
        was, would = _outcome(live, decision.facts), _outcome(policy, decision.facts)
        oldest = decision.decided_at
        before[was] += 1
        after[would] += 1
        if was != would:
            changed += 1
            moves[was, would] += 1
            _name(named, decision, was, would)
    return Differences(
        judged=sum(before.values()),
        changed=changed,
        before=dict(before),
        after=dict(after),
        moves=tuple((was, would, count) for (was, would), count in moves.most_common()),
        named=tuple(named.values()),
        since=oldest,
    )


def list_unmeetable(channel: str, policy: ChannelPolicy) -> list[tuple[str, str]]:
    """The actions of a policy that nobody could ever do on a channel, each with the reason (`POLICY_CHECK`)."""
    best = best_level(methods=[Method(each) for each in policy.authenticators]).acr
    return unmeetable(channel, policy, ceiling=get_ceiling(), best_acr=best)


def list_out_of_reach(channel: str, policy: ChannelPolicy) -> list[tuple[str, str, str]]:
    """Action, class of device and reason, where nobody is ever asked for a proof because none would last."""
    return [(name, device.value, why) for name, device, why in out_of_reach(channel, policy, ceiling=get_ceiling())]


def _outcome(policy: ChannelPolicy, facts: Facts) -> str:
    return judge(under(policy, facts)).outcome.value


def _name(named: dict[str, ChangedDecision], decision: RecordedDecision, was: str, would: str) -> None:
    """A journey is named once, by the newest of its decisions that change."""
    key = decision.journey or decision.id
    if key not in named and len(named) < MOST_NAMED:
        named[key] = ChangedDecision(
            id=decision.id,
            journey=decision.journey,
            action=decision.facts.action,
            before=was,
            after=would,
            decided_at=decision.decided_at,
        )
