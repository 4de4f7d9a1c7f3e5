"""Signals from outside: what may be said of a transmitter, and what comes of what it tells."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

from assurance.types import RiskKind
from kit.destinations import DestinationRefused, literal_address, may_connect, read_destination
from sync.errors import TransmitterInvalid
from sync.rules.security_events import (
    ACCOUNT_DISABLED,
    ACCOUNT_PURGED,
    CREDENTIAL_COMPROMISE,
    RISK_LEVEL_CHANGE,
    SESSION_REVOKED,
    SESSIONS_REVOKED,
    VERIFICATION,
)
from sync.types import Effect, HeardSet, TransmitterDraft

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ENDS_SESSIONS = frozenset({SESSION_REVOKED, SESSIONS_REVOKED, ACCOUNT_DISABLED, ACCOUNT_PURGED, CREDENTIAL_COMPROMISE})
_LONGEST = 90 * 86_400
_MOST_SIGNALS = 1_000_000
COUNTED_OVER = timedelta(hours=1)
"""Over how long the signals of a transmitter are counted."""
_FIELDS = tuple(each.name for each in fields(TransmitterDraft))


@dataclass(frozen=True, slots=True)
class Consequences:
    """What comes of a signal: a risk of this kind is raised, those that its sender raised are cleared, sessions end."""

    risk: RiskKind | None = None
    clears: bool = False
    ends_sessions: bool = False
    verifies: bool = False


def judge_signal(heard: HeardSet, draft: TransmitterDraft) -> Consequences:
    """What comes of a signal, within what its transmitter may bring about; of one that we do not know, nothing."""
    if heard.uri == VERIFICATION:
        return Consequences(verifies=True)
    risk, clears = _judge_risk(heard, draft) if Effect.RISK in draft.may else (None, False)
    ends = Effect.SESSIONS in draft.may and heard.uri in _ENDS_SESSIONS
    return Consequences(risk=risk, clears=clears, ends_sessions=ends)


def _judge_risk(heard: HeardSet, draft: TransmitterDraft) -> tuple[RiskKind | None, bool]:
    said = heard.payload
    if heard.uri == CREDENTIAL_COMPROMISE:
        return RiskKind.CREDENTIAL_COMPROMISE, False
    if heard.uri == ACCOUNT_DISABLED and said.get("reason") == "hijacking":
        return RiskKind.CREDENTIAL_COMPROMISE, False
    if heard.uri != RISK_LEVEL_CHANGE or said.get("principal", "USER") != "USER":
        return None, False
    if said.get("current_level") == "HIGH":
        reason = said.get("risk_reason")
        is_known = isinstance(reason, str) and reason in set(RiskKind)
        return RiskKind(str(reason) if is_known else draft.risk), False
    return None, said.get("current_level") == "LOW"


# --- Documents ------------------------------------------------------------------------------------------------


def read_transmitter(slug: object, entry: object, *, loopback: bool) -> TransmitterDraft:
    """What a document says of one transmitter; `loopback` lets addresses of this machine pass.

    Raises TransmitterInvalid, whose path names the field.
    """
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise TransmitterInvalid("transmitters", "short names have lower-case letters, digits and _.")
    place = f"transmitters.{slug}"
    if not isinstance(entry, dict):
        raise TransmitterInvalid(place, "holds fields.")
    if unknown := [str(name) for name in entry if name not in _FIELDS]:
        raise TransmitterInvalid(f"{place}.{unknown[0][:60]}", "is no field of a transmitter.")
    draft = TransmitterDraft(
        name=_text(entry, "name", place, longest=100, needed=True),
        issuer=_text(entry, "issuer", place, needed=True),
        audience=_text(entry, "audience", place),
        jwks_uri=_text(entry, "jwks_uri", place),
        jwks=_group(entry, "jwks", place),
        provider=_text(entry, "provider", place, longest=64),
        by_email=_flag(entry, "by_email", place, default=False),
        may=_effects(entry.get("may", [Effect.RISK.value]), f"{place}.may"),
        risk=_risk(entry.get("risk", "credential_compromise"), f"{place}.risk"),
        enabled=_flag(entry, "enabled", place, default=True),
        freshness=_seconds(entry.get("freshness", 0), f"{place}.freshness"),
        most=_count(entry.get("most", 1000), f"{place}.most"),
    )
    _check_keys(draft, place, loopback=loopback)
    return draft


def write_transmitter(draft: TransmitterDraft) -> dict[str, Any]:
    """A transmitter as a document says it, without what is left empty."""
    plain = asdict(draft) | {"may": [each.value for each in draft.may]}
    if not draft.freshness:
        del plain["freshness"]
    return {name: value for name, value in plain.items() if value not in ("", {}) or name == "may"}


def _check_keys(draft: TransmitterDraft, place: str, *, loopback: bool) -> None:
    if bool(draft.jwks_uri) == bool(draft.jwks):
        raise TransmitterInvalid(f"{place}.jwks_uri", "is where its keys are, unless they stand in `jwks`.")
    if draft.jwks_uri:
        try:
            destination = read_destination(draft.jwks_uri, loopback=loopback)
        except DestinationRefused as error:
            raise TransmitterInvalid(f"{place}.jwks_uri", str(error)) from error
        literal = literal_address(destination.host)
        if literal and not may_connect(destination, literal, loopback=loopback):
            raise TransmitterInvalid(f"{place}.jwks_uri", "The address is not public.")
    keys = draft.jwks.get("keys", [])
    if not isinstance(keys, list) or any(not isinstance(key, dict) or "d" in key or "k" in key for key in keys):
        raise TransmitterInvalid(f"{place}.jwks", "holds public keys (RFC 7517).")


def _text(entry: Mapping[str, Any], name: str, place: str, *, longest: int = 2048, needed: bool = False) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str) or len(value) > longest or not value.isprintable() or (needed and not value.strip()):
        raise TransmitterInvalid(f"{place}.{name}", f"is one line of at most {longest} characters.")
    return value


def _group(entry: Mapping[str, Any], name: str, place: str) -> dict[str, Any]:
    value = entry.get(name, {})
    if not isinstance(value, dict):
        raise TransmitterInvalid(f"{place}.{name}", "holds fields.")
    return value


def _flag(entry: Mapping[str, Any], name: str, place: str, *, default: bool) -> bool:
    value = entry.get(name, default)
    if not isinstance(value, bool):
        raise TransmitterInvalid(f"{place}.{name}", "is true or false.")
    return value


def _seconds(value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LONGEST:
        raise TransmitterInvalid(path, "is a number of seconds, 90 days at most; 0: none is expected.")
    return value


def _count(value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_SIGNALS:
        raise TransmitterInvalid(path, f"is a number of signals, from 1 to {_MOST_SIGNALS}.")
    return value


def _effects(value: object, path: str) -> tuple[Effect, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each in set(Effect) for each in value):
        raise TransmitterInvalid(path, f"is a list of {', '.join(Effect)}.")
    return tuple(each for each in Effect if each.value in value)


def _risk(value: object, path: str) -> str:
    if not isinstance(value, str) or value not in set(RiskKind):
        raise TransmitterInvalid(path, f"is one of {', '.join(RiskKind)}.")
    return value
