"""What is named at start-up: policies in force that ask for what nobody can give."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DatabaseError

from assurance.queries import list_out_of_reach, list_unknown_purposes, list_unmeetable
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy, list_channels
from channel_registry.types import ChannelPolicy


@checks.register(checks.Tags.database)
def check_policies_can_be_met(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001  what every check is given
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001  and this
) -> list[checks.CheckMessage]:
    """Name each action of a live policy that nobody could ever do, that asks for a purpose nobody published, or that is
    always refused on some devices.

    Runs with `manage.py check --database default` and before every `migrate`.
    """
    if not databases:
        return []
    try:
        policies = [(channel.slug, get_policy(channel.slug)) for channel in list_channels() if channel.enabled]
        return [message for slug, policy in policies for message in _messages(slug, policy)]
    except (DatabaseError, ChannelUnavailable):
        return []  # before the tables are there; a channel that is closed meanwhile


def _messages(channel: str, policy: ChannelPolicy) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = [
        checks.Warning(f"Channel {channel}: {action} {why}", id="throughline.W010")
        for action, why in list_unmeetable(channel, policy)
    ]
    found += [
        checks.Warning(f"Channel {channel}: {action} is refused: no purpose {purpose} is known.", id="throughline.W011")
        for action, purpose in list_unknown_purposes(policy)
    ]
    by_device: dict[str, list[str]] = {}
    for action, device, _ in list_out_of_reach(channel, policy):
        by_device.setdefault(device, []).append(action)
    for device, actions in by_device.items():
        told = f"Channel {channel}, {device}: no proof lasts long enough to be asked for: {', '.join(actions)}."
        found.append(checks.Info(told, id="throughline.I010"))
    return found
