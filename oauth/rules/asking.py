"""Requests that wait for a person on another device: codes to type, messages to show, answers to polls, and how many.

RFC 8628 (device grant) and OpenID CIBA Core 1.0 in poll mode.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from channel_registry.types import ACR_LADDER
from oauth.types import Decision, EarlierAsk, Poll, WaitingFacts
from sessions_hub.types import Via

USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words; no digits, so none that looks like a letter (RFC 8628 section 6.1). Eight: 34 bits."""
USER_CODE_LENGTH = 8
WRONG_NUMBERS = 3
SLOWER_BY = 5
_SLOWEST = 600
_RACE = timedelta(seconds=5)
_LONGEST_TYPED = 64
_LONGEST_MESSAGE = 100
_MARKS_IN_A_ROW = 2

WAITING_PER_SUBJECT, WAITING_PER_CLIENT = 5, 3
HOURLY_PER_SUBJECT, HOURLY_PER_CLIENT = 20, 10
_HOUR = timedelta(hours=1)
REMEMBERED = timedelta(days=1)
"""How long requests are looked back at, and how long a client that was disowned asks nothing of that person."""


def read_user_code(typed: str) -> str | None:
    """The code somebody typed, whatever its case, dashes and spaces; None when it cannot be one."""
    if len(typed) > _LONGEST_TYPED:
        return None
    text = unicodedata.normalize("NFKC", typed).upper()
    letters = "".join(each for each in text if unicodedata.category(each) not in ("Pd", "Zs", "Pc"))
    return letters if re.fullmatch(f"[{USER_CODE_LETTERS}]{{{USER_CODE_LENGTH}}}", letters) else None


def group_user_code(code: str) -> str:
    """A code as it is shown: `WDJB-MJHT`."""
    half = USER_CODE_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def read_number(typed: str) -> str:
    """The two digits somebody typed; empty when it cannot be a number."""
    text = unicodedata.normalize("NFKC", typed[:_LONGEST_TYPED]).strip()
    return text if re.fullmatch(r"[0-9]{2}", text) else ""


def message_is_fit(message: str) -> bool:
    """Whether a binding message is one line that reads the same wherever it is shown (CIBA Core section 7.1).

    Printable, at most 100 characters, no control or format character (bidi overrides among them), no pile of marks.
    """
    if not message.strip() or len(message) > _LONGEST_MESSAGE or not message.isprintable():
        return False
    marks = 0
    for each in unicodedata.normalize("NFC", message):
        marks = marks + 1 if unicodedata.combining(each) else 0
        if marks > _MARKS_IN_A_ROW:
            return False
    return True


def known_levels(acr_values: str) -> tuple[str, ...]:
    """The levels among `acr_values` that there are, from weakest to strongest; the rest is voluntary and dropped."""
    asked = set(acr_values.split())
    return tuple(acr for acr in ACR_LADDER if acr in asked)


def read_expiry(requested: str, *, usual: int, longest: int) -> int | None:
    """How many seconds a request waits: what was asked for up to `longest`; None when that is no positive number."""
    if not requested:
        return usual
    if not re.fullmatch(r"[0-9]{1,9}", requested) or int(requested) == 0:
        return None
    return min(int(requested), longest)


def answer_to_poll(facts: WaitingFacts, *, now: datetime) -> Poll:
    """What a client that polls is told (RFC 8628 section 3.5, CIBA Core section 11).

    A decision is told at once; only who asks again and again about a pending one is slowed down.
    """
    if facts.redeemed_at is not None:
        # However slow its polls were made: a thief who polls too often must not buy himself a longer race.
        is_racing = now - facts.redeemed_at < _RACE
        return Poll.REDEEMED_JUST_NOW if is_racing else Poll.REPLAYED
    if now >= facts.ends_at:
        return Poll.EXPIRED
    if facts.decision:
        return Poll.APPROVED if facts.decision == Decision.APPROVED else Poll.DENIED
    if facts.polled_at is not None and now - facts.polled_at < timedelta(seconds=facts.interval):
        return Poll.SLOW_DOWN
    return Poll.PENDING


def slower(interval: int) -> int:
    """The interval after a client polled too soon, in seconds (RFC 8628 section 3.5)."""
    return min(interval + SLOWER_BY, _SLOWEST)


def asks_too_much(earlier: Sequence[EarlierAsk], *, client_id: str, now: datetime) -> bool:
    """Whether a person has been asked enough: by anybody, or by this client, which may also have been disowned."""
    own = [ask for ask in earlier if ask.client_id == client_id]
    if any(ask.is_disowned and now - ask.asked_at < REMEMBERED for ask in own):
        return True
    return _is_full(earlier, WAITING_PER_SUBJECT, HOURLY_PER_SUBJECT, now) or _is_full(
        own, WAITING_PER_CLIENT, HOURLY_PER_CLIENT, now
    )


def _is_full(asks: Sequence[EarlierAsk], waiting: int, hourly: int, now: datetime) -> bool:
    lately = sum(now - ask.asked_at < _HOUR for ask in asks)
    return lately >= hourly or sum(ask.is_waiting for ask in asks) >= waiting


def may_approve(via: Via, *, opened_by: str) -> bool:
    """Whether a session is in the customer's own hands: what others hold for her approves nothing.

    A session carried over by a ticket is hers on the gateway's own pages only; a client's may be a member of staff's.
    """
    if via is Via.HANDOFF:
        return not opened_by
    return via in (Via.SIGN_IN, Via.TRANSFER, Via.NATIVE_SSO)


def oldest_proof(asked_at: datetime, max_age: int | None) -> datetime | None:
    """Since when the newest proof must have been given to answer what was asked then; None for no matter when."""
    return None if max_age is None else asked_at - timedelta(seconds=max_age)


def letter(*, client: str, asked: str, issuer: str) -> tuple[str, str]:
    """Subject and text of the mail that tells a customer of a request. No link in it answers anything."""
    return f"{client} asks whether it is you", (
        f"Hello,\n\n{client} asks you to confirm that it is you. {asked}\n\n"
        f"If you are in touch with {client} now: go to {issuer}, sign in, and open Approvals. "
        "You need the number that is shown or told to you there.\n\n"
        "If this wasn't you: open Approvals all the same and choose \"This wasn't me\". "
        "Nobody gets in unless you say yes, and nobody of ours will ever ask you for a password or a code.\n\n"
        "Throughline\n"
    )
