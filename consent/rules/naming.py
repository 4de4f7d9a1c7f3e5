"""Digests and kinds: what names a choice, an event, a notice's text, a party."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consent.types import Choice, PartyKind, Tier


def kind_of(party: str) -> PartyKind:
    """What a party is, by the prefix of its id."""
    if party.startswith(("dev_", "ses_")):
        return PartyKind.DEVICE
    return PartyKind.RECORD if party.startswith("rec_") else PartyKind.ACCOUNT


def fingerprint(choice: Choice) -> str:
    """The digest of a choice as it came: a replay has the same, another choice under its id another one."""
    notice = choice.notice
    return _digest(
        {
            "party": choice.party,
            "purpose": choice.purpose,
            "action": choice.action.value,
            "scope": [choice.channel, choice.processor, choice.category],
            "listed": sorted(choice.listed),
            "notice": [notice.id, notice.version, notice.language] if notice else None,
            "occurred_at": choice.occurred_at,
            "expires_at": choice.expires_at,
            "source": choice.source,
            "mandate": choice.mandate,
            "refers_to": choice.refers_to,
            "acknowledged": choice.acknowledged,
            "age": choice.age,
        }
    )


def hash_event(values: Mapping[str, Any]) -> str:
    """The hash of an event over everything it says, `previous` included."""
    return _digest({name: value for name, value in values.items() if name != "hash"})


def plain_event(values: Mapping[str, Any]) -> dict[str, Any]:
    """An event as JSON; `hash_event` gives the same hash over it: compact, names sorted, UTF-8, without `hash`."""
    return {name: _plain(value) if isinstance(value, datetime) else value for name, value in values.items()}


def notice_digest(text: str) -> str:
    """SHA-256 over the UTF-8 bytes of a notice's text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def tier_of(*, authenticated: bool, confident: bool, has_mandate: bool = False) -> Tier:
    """How good the evidence of a customer's own choice is."""
    if has_mandate:
        return Tier.PROXY
    return Tier.VERIFIED if authenticated and confident else Tier.UNVERIFIED


def _digest(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=_plain, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} has no canonical form")
