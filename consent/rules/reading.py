"""Questions and choices as they come over the wire. Every doubt about what was meant is refused."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consent.types import (
    INTERNAL,
    LONGEST_EVENT_ID,
    LONGEST_NAME,
    LONGEST_PARTY,
    MOST_ITEMS,
    Action,
    Item,
    NoticeRef,
    Statement,
)
from kit.refusal import MalformedInput

PARTIES = ("subject", "device", "profile")
"""How a question may name whom it is about; exactly one of these."""

ACTIONS = (Action.GRANT, Action.DENY, Action.WITHDRAW, Action.OBJECT)
LONGEST_CHANNEL = 32
LONGEST_TOKEN = 64 * 1024
_LONGEST_LANGUAGE = 16
_LONGEST_MANDATE = 40
_MOST_LISTED, _LONGEST_LISTED = 100, 100
_HIGHEST = 2**31 - 1

Body = Mapping[str, Any]


def read_items(body: Body) -> list[Item]:
    """The questions of a check, 1 to 100. Raises MalformedInput naming the place."""
    items = body.get("items")
    if not isinstance(items, list) or not 0 < len(items) <= MOST_ITEMS:
        raise MalformedInput(f"items: between 1 and {MOST_ITEMS} questions.")
    return [_read_item(item, f"items[{at}]") for at, item in enumerate(items)]


def _read_item(item: object, place: str) -> Item:
    if not isinstance(item, Mapping):
        raise MalformedInput(f"{place}: must be an object.")
    return Item(
        party=_party(item, place, PARTIES),
        purpose=_text(item, "purpose", place, longest=LONGEST_NAME, least=1),
        channel=_text(item, "channel", place, longest=LONGEST_CHANNEL),
        processor=_text(item, "processor", place, longest=LONGEST_NAME) if "processor" in item else INTERNAL,
        category=_text(item, "data_category", place, longest=LONGEST_NAME),
        agent=_text(item, "agent", place, longest=LONGEST_PARTY),
    )


def read_statement(body: Body) -> Statement:
    """A choice as somebody says it. Raises MalformedInput naming the place."""
    action = _text(body, "action", "", longest=LONGEST_NAME, least=1)
    if action not in {each.value for each in ACTIONS}:
        raise MalformedInput(f"action: one of {', '.join(each.value for each in ACTIONS)}.")
    return Statement(
        event_id=_text(body, "event_id", "", longest=LONGEST_EVENT_ID, least=1),
        party=_party(body, "", PARTIES[:2]),
        purpose=_text(body, "purpose", "", longest=LONGEST_NAME, least=1),
        action=Action(action),
        channel=_text(body, "channel", "", longest=LONGEST_CHANNEL),
        processor=_text(body, "processor", "", longest=LONGEST_NAME),
        category=_text(body, "data_category", "", longest=LONGEST_NAME),
        notice=_notice(body),
        occurred_at=_instant(body, "occurred_at"),
        expires_at=_instant(body, "expires_at"),
        listed=_listed(body),
        source=_text(body, "source", "", longest=LONGEST_NAME),
        sid=_text(body, "sid", "", longest=LONGEST_PARTY),
        mandate=_text(body, "mandate", "", longest=_LONGEST_MANDATE),
        acknowledged=_flag(body, "acknowledged"),
        age=_number(body, "age", "", highest=150),
        seen=_number(body, "seen", ""),
    )


def read_token(body: Body) -> str:
    """The token of a check. Raises MalformedInput."""
    return _text(body, "token", "", longest=LONGEST_TOKEN, least=1)


def _party(body: Body, place: str, names: tuple[str, ...]) -> str:
    given = [name for name in names if name in body]
    if len(given) != 1:
        raise MalformedInput(f"{place or 'the body'}: name one of {', '.join(names)}.")
    party = _text(body, given[0], place, longest=LONGEST_PARTY, least=1)
    if given[0] != "subject" and not party.startswith(_PREFIXES[given[0]]):
        raise MalformedInput(f"{_at(place, given[0])}: this is none.")
    return party


_PREFIXES = {"device": ("dev_",), "profile": ("rec_", "prf_")}


def _notice(body: Body) -> NoticeRef | None:
    if "notice" not in body:
        return None
    notice = body["notice"]
    if not isinstance(notice, Mapping):
        raise MalformedInput("notice: must be an object.")
    version = _number(notice, "version", "notice", least=1)
    if version is None:
        raise MalformedInput("notice.version: is missing.")
    return NoticeRef(
        _text(notice, "id", "notice", longest=LONGEST_NAME, least=1),
        version,
        _text(notice, "language", "notice", longest=_LONGEST_LANGUAGE, least=1),
    )


def _listed(body: Body) -> tuple[str, ...]:
    listed = body.get("listed", [])
    if not isinstance(listed, list) or len(listed) > _MOST_LISTED:
        raise MalformedInput(f"listed: a list of at most {_MOST_LISTED} names.")
    return tuple(_checked(each, f"listed[{at}]", _LONGEST_LISTED, 1) for at, each in enumerate(listed))


def _instant(body: Body, name: str) -> datetime | None:
    if name not in body:
        return None
    text = _text(body, name, "", longest=LONGEST_NAME, least=1)
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise MalformedInput(f"{name}: say the time zone.")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedInput(f"{name}: an instant by RFC 3339.") from error


def _flag(body: Body, name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise MalformedInput(f"{name}: true or false.")
    return value


def _number(body: Body, name: str, place: str, *, least: int = 0, highest: int = _HIGHEST) -> int | None:
    if name not in body:
        return None
    value = body[name]
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # to JSON, 1.0 is a whole number
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= highest:
        raise MalformedInput(f"{_at(place, name)}: a whole number from {least} to {highest}.")
    return value


def _text(body: Body, name: str, place: str, *, longest: int, least: int = 0) -> str:
    if name not in body and not least:
        return ""
    return _checked(body.get(name), _at(place, name), longest, least)


def _checked(value: object, place: str, longest: int, least: int) -> str:
    if not isinstance(value, str) or not least <= len(value) <= longest or not value.isprintable():
        raise MalformedInput(f"{place}: must be printable text of {least} to {longest} characters.")
    return value


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
