"""Reading deliveries: their shape first, which is all or nothing, then each record by what its feed expects."""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from accounts.types import IdentifierLevel
from assurance.types import RiskKind
from kit.refusal import MalformedInput
from resolution.types import SIGNAL, Basis, Entry, Stated, Value
from sync.types import Fault, FeedKind, FeedRecord, FeedSettings, FieldType, Sifted, Tally, Told

MOST_RECORDS = 500
LONGEST_ID = 200
LONGEST_VALUE = 1000
MOST_ATTRIBUTES = 50
HIGHEST_SEQUENCE = 2**63 - 1
AHEAD = timedelta(minutes=5)
"""How far a source's clock may be ahead of ours."""
RAISED = "raised"
CLEARED = "cleared"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_KINDS = {"attributes": FeedKind.PROFILE, "verification": FeedKind.VERIFICATION, "risk": FeedKind.RISK}
_KEY = re.compile(r"[!-~]{1,200}")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{3,30}")


def read_delivery(body: Mapping[str, Any]) -> tuple[tuple[FeedRecord, ...], datetime | None]:
    """The records of a body, and as of when they are complete, if it says so. Raises MalformedInput for any doubt."""
    _known(body, ("records", "as_of"), "The body")
    items = body.get("records")
    if not isinstance(items, list) or len(items) > MOST_RECORDS:
        raise MalformedInput(f"`records` must be a list of at most {MOST_RECORDS} records.")
    as_of = read_instant(body["as_of"], "as_of") if "as_of" in body else None
    return tuple(read_record(item, f"records.{at}") for at, item in enumerate(items)), as_of


def read_key(key: str) -> str:
    """An Idempotency-Key. Raises MalformedInput."""
    if not _KEY.fullmatch(key):
        raise MalformedInput("Idempotency-Key must be 1 to 200 visible characters of ASCII.")
    return key


def read_record(item: object, path: str) -> FeedRecord:
    """One record. Raises MalformedInput, which names the place and never the value."""
    if not isinstance(item, Mapping):
        raise MalformedInput(f"{path} must be an object.")
    _known(item, ("id", "sequence", "occurred_at", "sub", *_KINDS), path)
    brought = [name for name in _KINDS if name in item]
    if len(brought) != 1:
        raise MalformedInput(f"{path} must hold one of {', '.join(_KINDS)}.")
    sequence = item.get("sequence")
    if isinstance(sequence, bool) or not isinstance(sequence, int) or not 0 <= sequence <= HIGHEST_SEQUENCE:
        raise MalformedInput(f"{path}.sequence must be a whole number, 0 or more.")
    read = {"attributes": _attributes, "verification": _verification, "risk": _risk}[brought[0]]
    return FeedRecord(
        id=_text(item.get("id"), f"{path}.id", LONGEST_ID),
        sequence=sequence,
        occurred_at=read_instant(item.get("occurred_at"), f"{path}.occurred_at"),
        kind=_KINDS[brought[0]],
        attributes=read(item[brought[0]], f"{path}.{brought[0]}"),
        sub=_text(item["sub"], f"{path}.sub", 64) if "sub" in item else "",
    )


def write_record(record: FeedRecord) -> dict[str, Any]:
    """A record as it is kept while it waits: `kept_record` reads it again."""
    told = {
        name: [each.value, each.level, each.occurred_at.isoformat() if each.occurred_at else None]
        for name, each in record.attributes.items()
    }
    at = record.occurred_at.isoformat()
    return {
        "id": record.id,
        "seq": record.sequence,
        "at": at,
        "kind": record.kind.value,
        "told": told,
        "sub": record.sub,
    }


def kept_record(kept: Mapping[str, Any]) -> FeedRecord:
    """A record that `write_record` wrote."""
    told = {
        name: Told(value, level, datetime.fromisoformat(at) if at else None)
        for name, (value, level, at) in kept["told"].items()
    }
    at = datetime.fromisoformat(kept["at"])
    return FeedRecord(kept["id"], kept["seq"], at, FeedKind(kept["kind"]), told, kept["sub"])


def _attributes(value: object, path: str) -> dict[str, Told]:
    if not isinstance(value, Mapping) or not value or len(value) > MOST_ATTRIBUTES:
        raise MalformedInput(f"{path} must be an object of 1 to {MOST_ATTRIBUTES} attributes.")
    return {_name(name, path): _told(each, f"{path}.{str(name)[:40]}") for name, each in value.items()}


def _told(value: object, path: str) -> Told:
    if not isinstance(value, Mapping):
        return Told(_plain(value, path))
    _known(value, ("value", "level", "occurred_at"), path)
    if "value" not in value:
        raise MalformedInput(f"{path}.value is needed.")
    level = value.get("level")
    if level is not None and (isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= 4):
        raise MalformedInput(f"{path}.level must be a level from 0 to 4.")
    at = read_instant(value["occurred_at"], f"{path}.occurred_at") if "occurred_at" in value else None
    return Told(_plain(value["value"], f"{path}.value"), level, at)


def _verification(value: object, path: str) -> dict[str, Told]:
    """A check that somebody made: what was right has the highest level that its source is trusted with, else none."""
    if not isinstance(value, Mapping):
        raise MalformedInput(f"{path} must be an object.")
    _known(value, ("attribute", "value", "result", "level"), path)
    if value.get("result") not in ("verified", "failed"):
        raise MalformedInput(f"{path}.result must be verified or failed.")
    told = _told({"value": value.get("value"), "level": value.get("level")}, path)
    level = IdentifierLevel.PROOFED.value if told.level is None else told.level
    if value["result"] == "failed":
        level = IdentifierLevel.OBSERVED.value
    return {_name(value.get("attribute"), f"{path}.attribute"): Told(told.value, level)}


def _risk(value: object, path: str) -> dict[str, Told]:
    if not isinstance(value, Mapping):
        raise MalformedInput(f"{path} must be an object.")
    _known(value, ("kind", "state"), path)
    kind, state = value.get("kind"), value.get("state")
    if not isinstance(kind, str) or kind not in [each.value for each in RiskKind]:
        raise MalformedInput(f"{path}.kind must be one of {', '.join(each.value for each in RiskKind)}.")
    if state not in (RAISED, CLEARED):
        raise MalformedInput(f"{path}.state must be raised or cleared.")
    return {f"{SIGNAL}{kind}": Told(state)}


def _known(value: Mapping[str, Any], names: Sequence[str], path: str) -> None:
    if any(name not in names for name in value):
        raise MalformedInput(f"{path} may hold {', '.join(names)} only.")


def _name(value: object, path: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise MalformedInput(f"{path}: attributes are named in lower-case letters, digits and _.")
    return value


def _plain(value: object, path: str) -> Value | None:
    if isinstance(value, str):
        return _text(value, path, LONGEST_VALUE) if value else None  # an empty text is how many systems say nothing
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and not (math.isfinite(value) and abs(value) < 1e15):  # type: ignore[arg-type]  # a number, as just asked
        raise MalformedInput(f"{path} is no number that can be kept.")
    if value is not None and not isinstance(value, bool | int | float):
        raise MalformedInput(f"{path} must be a text, a number, true, false or null.")
    return value


def _text(value: object, path: str, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise MalformedInput(f"{path} must be a text of 1 to {longest} characters.")
    if any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value):
        raise MalformedInput(f"{path} holds a character that is none.")
    return value


def read_instant(value: object, path: str) -> datetime:
    """An instant of RFC 3339 with its offset. Raises MalformedInput."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None or not 1970 < at.year < 9000:
        raise MalformedInput(f"{path} must be an instant such as 2026-11-20T14:00:00Z.")
    return at


def sift(
    records: Sequence[FeedRecord],
    settings: FeedSettings,
    *,
    now: datetime,
    known: Mapping[str, Collection[str]] | None = None,
) -> Sifted:
    """Take a delivery apart by what its feed expects. The canary is looked at and not let through.

    `known` are of records, by their ids, the attributes that have a value so far.
    """
    fit: list[FeedRecord] = []
    faults: list[Fault] = []
    lives, canary_at = None, None
    for record in records:
        if settings.canary_id and record.id == settings.canary_id:
            lives, canary_at = (lives is not False) and _sings(record, settings), record.occurred_at
        elif fault := find_fault(record, settings, now=now):
            faults.append(fault)
        else:
            fit.append(record)
    return Sifted(tuple(fit), tuple(faults), _count(fit, faults, known or {}), lives, canary_at)


def _sings(record: FeedRecord, settings: FeedSettings) -> bool:
    told = {name: each.value for name, each in record.attributes.items()}
    return all(told.get(name) == each for name, each in settings.canary.items())


def _count(fit: Sequence[FeedRecord], faults: Sequence[Fault], known: Mapping[str, Collection[str]]) -> Tally:
    mentions, nulls, had, lost = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for record in fit:
        empty = {name for name, each in record.attributes.items() if each.value is None}
        filled = record.attributes.keys() & known.get(record.id, ())
        mentions.update(record.attributes.keys())
        nulls.update(empty)
        had.update(filled)
        lost.update(empty & filled)
    return Tally(
        received=len(fit) + len(faults),
        refused=len(faults),
        fields={name: (count, nulls[name]) for name, count in mentions.items()},
        losses={name: (count, lost[name]) for name, count in had.items()},
    )


def find_fault(record: FeedRecord, settings: FeedSettings, *, now: datetime) -> Fault | None:
    """Why a record is not what its feed brings, or None."""
    if record.kind is not settings.kind:
        return Fault(record.id, "wrong_kind")
    times = [record.occurred_at, *(each.occurred_at for each in record.attributes.values() if each.occurred_at)]
    if any(each > now + AHEAD for each in times):
        return Fault(record.id, "in_the_future")
    if record.sub and Basis.SUB not in settings.links_by:
        return Fault(record.id, "may_not_name_accounts", "sub")
    if record.kind is FeedKind.RISK:
        return None if record.sub else Fault(record.id, "missing", "sub")
    return _find_field_fault(record, settings)


def _find_field_fault(record: FeedRecord, settings: FeedSettings) -> Fault | None:
    for name, told in record.attributes.items():
        rule = settings.fields.get(name)
        if rule is None:
            return Fault(record.id, "unknown_attribute", name)
        if told.value is not None and not _FORMS[rule.type](told.value):
            return Fault(record.id, "wrong_type", name)
    if record.kind is FeedKind.VERIFICATION:
        return None
    missing = [name for name, rule in settings.fields.items() if rule.required and name not in record.attributes]
    return Fault(record.id, "missing", missing[0]) if missing else None


def _is_date(value: Value) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


_FORMS: dict[FieldType, Callable[[Value], bool]] = {
    FieldType.TEXT: lambda value: isinstance(value, str),
    FieldType.EMAIL: lambda value: isinstance(value, str) and bool(_EMAIL.fullmatch(value)),
    FieldType.PHONE: lambda value: isinstance(value, str) and bool(_PHONE.fullmatch(value)),
    FieldType.DATE: _is_date,
    FieldType.NUMBER: lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    FieldType.FLAG: lambda value: isinstance(value, bool),
}


def to_entry(record: FeedRecord, settings: FeedSettings) -> Entry:
    """A record that fits, as `resolution` takes it: no level is higher than its source is trusted with."""
    stated = {name: _state(name, told, record, settings) for name, told in record.attributes.items()}
    account, basis = record.sub, Basis.SUB if record.sub else None
    email = stated.get("email")
    if not account and Basis.EMAIL in settings.links_by and email and email.level >= IdentifierLevel.VERIFIED:
        account, basis = str(email.value or ""), Basis.EMAIL
    return Entry(record.id, record.sequence, stated, account, basis if account else None)


def _state(name: str, told: Told, record: FeedRecord, settings: FeedSettings) -> Stated:
    trust = settings.fields[name].trust if name in settings.fields else IdentifierLevel.SELF_ASSERTED
    claimed = IdentifierLevel.SELF_ASSERTED if told.level is None else told.level
    return Stated(told.value, IdentifierLevel(min(claimed, trust)), told.occurred_at or record.occurred_at)
