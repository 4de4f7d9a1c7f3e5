"""Which rule an action is judged by: the channel's own, and for going on to a channel at all one that always stands."""

from channel_registry.types import ActionRule, ChannelPolicy

ENTRY_ACTION = "session.use"
"""Going on to a channel: what an authorization code and every token of a customer stand for."""

_ENTRY = ActionRule(ENTRY_ACTION, "entry", threshold=0.80)
# Its threshold is that of the mildest class of action: a session that is not sure enough for anything opens nothing.
# It names no level: the least one is the channel's `minimum_acr`, and where the number is short, the level to ask for
# is that of the proof which would make it good.


def find_rule(policy: ChannelPolicy, action: str) -> ActionRule | None:
    """What a channel asks for an action; None for one that it does not know, which is refused.

    A policy that lists `session.use` itself may ask for more there.
    """
    rule = policy.find_action(action)
    return _ENTRY if rule is None and action == ENTRY_ACTION else rule
