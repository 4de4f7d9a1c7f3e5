"""Judgement of this room: what can be addressed, and when to try again."""

import unicodedata
from datetime import timedelta

MAX_ATTEMPTS = 10
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=1)
_MAX_ADDRESS = 254
_BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})


def is_one_line(text: str) -> bool:
    """Whether a text can stand in a mail header: no line breaks, no control characters."""
    return not any(unicodedata.category(each) in _BREAKING for each in text)


def is_list_header(name: str, value: str) -> bool:
    """Whether something can be added to a mail's headers: one of those that lists have, in one line of plain ASCII."""
    return name in _LIST_HEADERS and value.isascii() and value.isprintable() and len(value) <= _LONGEST_HEADER


_LIST_HEADERS = frozenset({"List-Unsubscribe", "List-Unsubscribe-Post"})
_LONGEST_HEADER = 2000


def is_address(address: str) -> bool:
    """Whether something looks like one e-mail address; whether it exists shows when mail is sent."""
    local, at, domain = address.rpartition("@")
    plain = address.isprintable() and not any(each in address for each in " ,;<>")
    return bool(local and at and domain) and plain and len(address) <= _MAX_ADDRESS


def is_worth_another(attempts: int) -> bool:
    """Whether a message that was tried this often is tried again."""
    return attempts < MAX_ATTEMPTS


def delay_after(attempts: int, *, jitter: float) -> timedelta:
    """How long to wait after this many attempts: doubling up to an hour, and `jitter` (0 to 1) of half of it off.

    The jitter keeps a thousand messages that failed together from coming back together.
    """
    doublings = min(max(attempts, 1) - 1, 16)
    whole = min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
    return whole - whole * (jitter / 2)
