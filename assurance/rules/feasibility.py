"""Which rules nobody could ever meet: found before a policy that has them is in force."""

from assurance.rules.limits import SHORTEST_USEFUL, allowed_seconds
from channel_registry.types import ActionRule, Ageing, ChannelPolicy, DeviceClass

CEILING = 0.9995
"""The highest confidence that is ever reported before labels say otherwise: what `Facts` starts from."""
DEVICE_OF_CHANNEL = {"mobile": DeviceClass.OWN_PHONE, "in_store": DeviceClass.KIOSK}
"""On what people come to a channel; everywhere else it is a browser of their own."""


def device_of_channel(channel: str) -> DeviceClass:
    """The class of device on which people come to a channel, where several people do not share it."""
    return DEVICE_OF_CHANNEL.get(channel, DeviceClass.OWN_BROWSER)


def unmeetable(channel: str, policy: ChannelPolicy, *, ceiling: float = CEILING) -> list[tuple[str, str]]:
    """The actions of a policy that nobody could ever do, each with the reason as a sentence part for an operator.

    `ceiling` is the highest confidence that may be reported.
    """
    ageing = policy.ageing(device_of_channel(channel))
    judged = ((rule.name, _reason(rule, ageing, ceiling)) for rule in policy.actions if not rule.is_static)
    return [(name, reason) for name, reason in judged if reason]


def _reason(rule: ActionRule, ageing: Ageing, ceiling: float) -> str:
    if rule.threshold > ceiling:
        return f"asks for {rule.threshold}, and no confidence above {ceiling} is ever reported."
    seconds = allowed_seconds(ceiling, ageing, threshold=rule.threshold)
    if seconds is not None and seconds < SHORTEST_USEFUL:
        return f"asks for {rule.threshold}, which here even the best proof keeps for {seconds} s only."
    return ""
