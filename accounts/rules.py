"""Judgement of this room: what roles allow, and what a sign-in proved."""

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from accounts.types import Role

# Django's permission names, `app_label.verb_model`, with `*` for any run of characters.
PERMITTED: dict[Role, tuple[str, ...]] = {
    Role.ADMIN: ("*.*",),
    Role.AUDITOR: ("*.view_*",),
    Role.AUTHOR: (
        "channel_registry.view_*",
        "channel_registry.add_*",
        "channel_registry.change_*",
        "oauth.view_client",
        "oauth.add_client",
        "oauth.change_client",
    ),
    Role.APPROVER: ("channel_registry.view_*", "oauth.view_client"),
    Role.STEWARD: ("accounts.view_account", "accounts.view_identifier"),
    Role.SUPPORT: ("accounts.view_account", "sessions_hub.view_*", "accounts.suspend_account"),
}


def patterns_of(roles: Collection[str]) -> frozenset[str]:
    """The permission patterns that the roles give together; an unknown role gives nothing."""
    return frozenset(pattern for role in Role if role in roles for pattern in PERMITTED[role])


def is_permitted(roles: Collection[str], permission: str) -> bool:
    """Whether the roles allow the permission `app_label.verb_model`."""
    return any(fnmatchcase(permission, pattern) for pattern in patterns_of(roles))


def may_enter(roles: Collection[str], app_label: str) -> bool:
    """Whether the roles allow anything in this app."""
    return any(fnmatchcase(app_label, label) for label in _labels(patterns_of(roles)))


def _labels(patterns: Iterable[str]) -> frozenset[str]:
    return frozenset(pattern.partition(".")[0] for pattern in patterns)
