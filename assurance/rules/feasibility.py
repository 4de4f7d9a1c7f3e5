"""Which rules nobody could ever meet: found before a policy that has them is in force."""

from assurance.rules.confidence import AGE_OF_A_STEP_UP, aged
from assurance.rules.limits import DEFAULT_CEILING, SHORTEST_USEFUL, allowed_seconds
from channel_registry.types import ACR_LADDER, ActionRule, Ageing, ChannelPolicy, DeviceClass, meets

DEVICE_OF_CHANNEL = {"mobile": DeviceClass.OWN_PHONE, "in_store": DeviceClass.KIOSK}
"""On what people come to a channel; everywhere else it is a browser of their own."""


def device_of_channel(channel: str) -> DeviceClass:
    """The class of device on which people come to a channel, where several people do not share it."""
    return DEVICE_OF_CHANNEL.get(channel, DeviceClass.OWN_BROWSER)


def unmeetable(
    channel: str, policy: ChannelPolicy, *, ceiling: float = DEFAULT_CEILING, best_acr: str = ACR_LADDER[-1]
) -> list[tuple[str, str]]:
    """The actions of a policy that nobody could ever do, each with the reason as a sentence part for an operator.

    `ceiling` is the highest confidence that may be reported, `best_acr` the level that all proofs which count on the
    channel lead to together.
    """
    ageing = policy.ageing(device_of_channel(channel))
    judged = ((rule.name, _reason(rule, ageing, ceiling, best_acr)) for rule in policy.actions if not rule.is_static)
    return [(name, reason) for name, reason in judged if reason]


def out_of_reach(
    channel: str, policy: ChannelPolicy, *, ceiling: float = DEFAULT_CEILING
) -> list[tuple[str, DeviceClass, str]]:
    """The actions for which nobody is ever asked for a proof on some class of device that people come with.

    There even the best proof does not last for the two minutes that a step-up takes: whoever has not proved enough is
    refused. Often that is meant; it is told so that nobody wonders.
    """
    devices = (device_of_channel(channel), DeviceClass.SHARED_BROWSER)
    return [
        (rule.name, device, f"asks for {rule.threshold}, which the best proof keeps for less than two minutes there.")
        for rule in policy.actions
        for device in devices
        if not rule.is_static and rule.threshold <= ceiling
        if aged(ceiling, policy.ageing(device), AGE_OF_A_STEP_UP) < rule.threshold
    ]


def _reason(rule: ActionRule, ageing: Ageing, ceiling: float, best_acr: str) -> str:
    if rule.threshold > ceiling:
        return f"asks for {rule.threshold}, and no confidence above {ceiling} is ever reported."
    if rule.acr and not meets(best_acr, rule.acr):
        return f"asks for {rule.acr}, and the authenticators that count here lead to {best_acr} at most."
    seconds = allowed_seconds(ceiling, ageing, threshold=rule.threshold)
    if seconds is not None and seconds < SHORTEST_USEFUL:
        return f"asks for {rule.threshold}, which here even the best proof keeps for {seconds} s only."
    return ""
