"""What may be said about a connected system, in a form, by a command and in a document."""

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import urlsplit

from kit.destinations import DestinationRefused, literal_address, may_connect, read_destination
from sync.errors import ConnectionInvalid
from sync.rules.offers import ATTRIBUTES, OFFERED
from sync.rules.provisioning import PROVISIONING, TELLABLE
from sync.rules.security_events import list_delivered
from sync.rules.silence import longest_freshness
from sync.rules.webhooks import secret_bytes
from sync.types import ConnectionDraft, Kind

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TAKEN = frozenset({"connect"})
_PURPOSE = re.compile(r"[a-z][a-z0-9_.]{0,99}")
_LONGEST_SECRET = 4096
_SHORTEST_CYCLE = 60
_WEEK = 7 * 86_400
_STREAM = frozenset({"client_id", "audience", "description", "events", "subject", "subjects"})
OPTIONS: Mapping[Kind, frozenset[str]] = {
    Kind.WEBHOOK: frozenset({"digest_url", "on_drift", "canary"}),
    Kind.SSF_PUSH: _STREAM,
    Kind.SSF_POLL: _STREAM,
    Kind.SCIM: frozenset({"missing", "on_drift", "canary"}),
}
"""The options that each kind has a use for; those that end in `_url` are addresses."""
_CHOICES = {
    "subject": ("iss_sub", "email"),
    "subjects": ("all", "added"),
    "missing": ("fail", "create"),
    "on_drift": ("resend", "tell"),
    "canary": ("on", "off"),
}
_EVENTS_OF: Mapping[Kind, frozenset[str]] = {Kind.SCIM: PROVISIONING}
_ATTRIBUTES_OF: Mapping[Kind, frozenset[str]] = {Kind.SCIM: TELLABLE}
"""What a kind can say, where that is not everything."""
STREAMS = frozenset({Kind.SSF_PUSH, Kind.SSF_POLL})
"""Kinds that are told of security events (SSF 1.0)."""
PULLED = frozenset({Kind.SSF_POLL})
"""Kinds that fetch their news themselves: no courier carries it, and there is no address."""
MADE_HERE = frozenset({Kind.WEBHOOK})
"""Kinds whose secret is made here, because we sign with it; that of others is given by the other side."""


def check_slug(slug: object) -> str:
    """A connected system's short name: lower-case letters, digits and `_`, from a letter on, at most 32."""
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise ConnectionInvalid("slug", "has lower-case letters, digits and _, and starts with a letter.")
    if slug in _TAKEN:
        raise ConnectionInvalid("slug", f"is not {slug}: its page would be another one's.")
    return slug


def check_secret(kind: Kind, secret: str) -> str:
    """A secret that this kind can use. Raises ConnectionInvalid, which does not repeat it."""
    if len(secret) > _LONGEST_SECRET or not secret.isascii() or not secret.isprintable():
        raise ConnectionInvalid("secret", "is printable ASCII, at most 4096 characters.")
    if kind in MADE_HERE:
        try:
            secret_bytes(secret)
        except ValueError as error:
            raise ConnectionInvalid("secret", f"is no secret of Standard Webhooks: {error}.") from error
    return secret


def check_draft(draft: ConnectionDraft, *, loopback: bool) -> None:
    """Raises ConnectionInvalid for what cannot be; `loopback` lets addresses of this machine pass."""
    if draft.kind not in PULLED:
        _check_url("endpoint", draft.endpoint, loopback=loopback)
    elif draft.endpoint:
        raise ConnectionInvalid("endpoint", "is for kinds that are sent to; this one fetches.")
    _check_words(draft)
    _check_chosen("event_types", draft.event_types, _EVENTS_OF.get(draft.kind, OFFERED), needed=True)
    _check_chosen("attributes", draft.attributes, _ATTRIBUTES_OF.get(draft.kind, ATTRIBUTES))
    if draft.attributes and not draft.purpose:
        raise ConnectionInvalid("purpose", "says what the attributes are for; without it none are told.")
    _check_times(draft)
    _check_options(draft, loopback=loopback)
    if draft.kind in STREAMS and not list_delivered(draft.event_types, draft.options.get("events", "").split()):
        raise ConnectionInvalid("event_types", "names at least one that is a security event.")


def _check_times(draft: ConnectionDraft) -> None:
    if not _SHORTEST_CYCLE <= draft.cycle <= _WEEK:
        raise ConnectionInvalid("cycle", "is a number of seconds, from a minute to a week.")
    if not 1 <= draft.freshness <= _WEEK:
        raise ConnectionInvalid("freshness", "is a number of seconds, a week at most.")
    if draft.freshness > (most := longest_freshness(draft.cycle)):
        raise ConnectionInvalid(
            "freshness", f"is {most} seconds at most with a cycle of {draft.cycle}: else silence is noticed too late."
        )


def _check_words(draft: ConnectionDraft) -> None:
    if not draft.name.strip() or len(draft.name) > 100 or not draft.name.isprintable():
        raise ConnectionInvalid("name", "is one line of at most 100 characters.")
    if draft.purpose and not _PURPOSE.fullmatch(draft.purpose):
        raise ConnectionInvalid("purpose", "is the short name of a purpose.")
    if draft.owner_channel and not _SLUG.fullmatch(draft.owner_channel):
        raise ConnectionInvalid("owner_channel", "is the short name of a channel.")


def _check_options(draft: ConnectionDraft, *, loopback: bool) -> None:
    for name, value in draft.options.items():
        if name not in OPTIONS[draft.kind]:
            raise ConnectionInvalid(f"options.{name}", "is nothing that this kind has a use for.")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ConnectionInvalid(f"options.{name}", f"is one of {', '.join(_CHOICES[name])}.")
        if len(value) > 2048 or not value.isprintable():
            raise ConnectionInvalid(f"options.{name}", "is one line of text.")
        if name.endswith("_url"):
            _check_url(f"options.{name}", value, loopback=loopback)


def _check_url(path: str, url: str, *, loopback: bool) -> None:
    try:
        destination = read_destination(url, loopback=loopback)
    except DestinationRefused as error:
        raise ConnectionInvalid(path, str(error)) from error
    literal = literal_address(destination.host)
    if literal and not may_connect(destination, literal, loopback=loopback):
        raise ConnectionInvalid(path, "The address is not public.")


def _check_chosen(path: str, chosen: tuple[str, ...], known: Any, *, needed: bool = False) -> None:
    if needed and not chosen:
        raise ConnectionInvalid(path, "names at least one.")
    if unknown := [each for each in chosen if each not in known]:
        raise ConnectionInvalid(path, f"{unknown[0][:60]!r} cannot be chosen.")
    if len(set(chosen)) != len(chosen):
        raise ConnectionInvalid(path, "names one twice.")


# --- Documents ------------------------------------------------------------------------------------------------

_NUMBERS = frozenset({"freshness", "cycle"})
_LISTS = frozenset({"event_types", "attributes"})
_FIELDS = tuple(each.name for each in fields(ConnectionDraft))


def read_draft(slug: str, entry: object) -> ConnectionDraft:
    """What a document says about one connected system. Raises ConnectionInvalid, whose path names the field."""
    place = f"connections.{slug}"
    if not isinstance(entry, dict):
        raise ConnectionInvalid(place, "holds fields.")
    if unknown := [str(name) for name in entry if name not in (*_FIELDS, "standing")]:
        raise ConnectionInvalid(f"{place}.{unknown[0]}", "is no field of a connected system.")
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in set(Kind):
        raise ConnectionInvalid(f"{place}.kind", f"is one of {', '.join(Kind)}.")
    values = {name: _read_value(f"{place}.{name}", name, entry[name]) for name in _FIELDS if name in entry}
    missing = [name for name in ("name", "event_types") if name not in values]
    if missing:
        raise ConnectionInvalid(f"{place}.{missing[0]}", "is missing.")
    return ConnectionDraft(**{"endpoint": "", **values, "kind": Kind(kind)})


def _read_value(path: str, name: str, value: object) -> Any:
    if name in _NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ConnectionInvalid(path, "is a number of seconds.")
        return value
    if name in _LISTS:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ConnectionInvalid(path, "is a list of names.")
        return tuple(value)
    if name == "options":
        if not isinstance(value, dict) or not all(isinstance(each, str) for pair in value.items() for each in pair):
            raise ConnectionInvalid(path, "holds texts.")
        return dict(value)
    if not isinstance(value, str):
        raise ConnectionInvalid(path, "is a text.")
    return value


def write_draft(draft: ConnectionDraft) -> dict[str, Any]:
    """A draft as a document says it, without what is left empty."""
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(draft).items()}
    return {name: value for name, value in (plain | {"kind": draft.kind.value}).items() if value not in ("", [], {})}


def list_differences(before: ConnectionDraft, after: ConnectionDraft) -> list[str]:
    """The fields in which two drafts differ."""
    return [name for name in _FIELDS if getattr(before, name) != getattr(after, name)]


def share_host(one: str, other: str) -> bool:
    """Whether two addresses are of one server: scheme, host and port."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.hostname, first.port) == (second.scheme, second.hostname, second.port)
