"""What this room is told from outside: who knows which actions nobody could ever do."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

PolicyCheck = Callable[[str, Any], list[tuple[str, str]]]


def policy_check() -> PolicyCheck:
    """Answers, for a channel and a policy, the actions that can never be met, each with the reason.

    The judge is higher in the tower, so it is named by `POLICY_CHECK`; nothing is asked where nobody is named.
    """
    named = getattr(settings, "POLICY_CHECK", "")
    return cast(PolicyCheck, import_string(named)) if named else _finds_nothing


def _finds_nothing(_channel: str, _policy: Any) -> list[tuple[str, str]]:
    return []
