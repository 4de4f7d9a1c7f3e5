"""Which systems are connected, what they are told, and with what it is signed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kit import crypto
from kit.fresh import Fresh
from kit.refusal import NotFound
from sync import conf, rules
from sync.errors import ConnectionInvalid
from sync.models import Connection
from sync.types import ConnectionDraft, ConnectionState, Kind, Standing

FRESH_SECONDS = 1.0


def list_connections() -> list[ConnectionState]:
    """Every connected system, by short name."""
    return [row.state for row in Connection.objects.all()]


def find_connection(*, slug: str) -> ConnectionState | None:
    """The connected system of this short name, or None."""
    row = None if "\x00" in slug else Connection.objects.filter(slug=slug).first()
    return row.state if row else None


def get_connection(*, slug: str) -> ConnectionState:
    """The connected system of this short name. Raises NotFound."""
    state = find_connection(slug=slug)
    if state is None:
        raise NotFound("There is no such connected system.")
    return state


def list_listening(*, type: str, kind: Kind | None = None) -> list[ConnectionState]:
    """The connected systems that chose this type of fact and are not disabled, as of at most a second ago.

    What a paused one is told waits.
    """
    listening = (each.state for each in _memory.get().values() if each.state.standing is not Standing.DISABLED)
    return [each for each in listening if type in each.draft.event_types and kind in (None, each.draft.kind)]


def is_listened_to(types: Collection[str]) -> bool:
    """Whether an active system chose one of these types of facts, as of at most a second ago."""
    active = (each.state for each in _memory.get().values() if each.state.standing is Standing.ACTIVE)
    return any(not set(types).isdisjoint(each.draft.event_types) for each in active)


def recall_connection(*, slug: str) -> ConnectionState | None:
    """`find_connection` for who asks for each delivery: as of at most a second ago."""
    kept = _memory.get().get(slug)
    return kept.state if kept else None


def recall_secrets(*, slug: str, now: datetime) -> tuple[str, ...]:
    """`open_secrets` for who signs each delivery: as of at most a second ago."""
    kept = _memory.get().get(slug)
    return _open(kept, now) if kept else ()


def list_chosen_types() -> dict[Kind, frozenset[str]]:
    """What systems of each kind chose and are told, as of now: what is remembered is read anew."""
    chosen: dict[Kind, set[str]] = {}
    for kept in _memory.get(seconds=0).values():
        if kept.state.standing is not Standing.DISABLED:
            chosen.setdefault(kept.state.draft.kind, set()).update(kept.state.draft.event_types)
    return {kind: frozenset(types) for kind, types in chosen.items()}


def forget_connections() -> None:
    """Have whoever asks next read the tables."""
    _memory.forget()


def list_choices() -> tuple[list[str], list[str]]:
    """The types of facts and the attributes of customers that a connected system can be told."""
    return list(rules.OFFERED), list(rules.ATTRIBUTES)


def list_options(*, kind: Kind) -> list[str]:
    """The options that a kind of connected system has a use for."""
    return sorted(rules.OPTIONS[kind])


def open_secrets(*, slug: str, now: datetime) -> tuple[str, ...]:
    """The secrets of a connected system that count now, the newest first: two while they are exchanged."""
    row = Connection.objects.filter(slug=slug).first()
    return _open(_keep(row), now) if row else ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A connected system with its secrets as they are stored, the newest first."""

    state: ConnectionState
    secrets: tuple[bytes, ...] = field(repr=False)


def _keep(row: Connection) -> _Kept:
    return _Kept(row.state, tuple(bytes(each) for each in (row.secret, row.previous_secret) if each))


def _open(kept: _Kept, now: datetime) -> tuple[str, ...]:
    until = kept.state.rotating_until
    counting = kept.secrets if until and now < until else kept.secrets[:1]
    return tuple(crypto.unwrap(each, context=conf.secret_context(kept.state.slug)).decode() for each in counting)


_memory: Fresh[dict[str, _Kept]] = Fresh(
    lambda _: {row.slug: _keep(row) for row in Connection.objects.all()}, seconds=FRESH_SECONDS
)


# --- Documents ------------------------------------------------------------------------------------------------


def read_connections(document: Mapping[str, Any]) -> dict[str, tuple[ConnectionDraft, Standing | None]]:
    """What a document says about connected systems, by short name in order. Raises ConnectionInvalid.

    Its shape: `connections: {crm: {...}}` with the fields of `types.ConnectionDraft`, and `standing`.
    """
    if unknown := [str(name) for name in document if name != "connections"]:
        raise ConnectionInvalid(unknown[0][:60], "is nothing that the document holds.")
    entries = document.get("connections", {})
    if not isinstance(entries, dict):
        raise ConnectionInvalid("connections", "holds connected systems by short name.")
    found = {}
    for slug in sorted(entries, key=str):
        draft = rules.read_draft(rules.check_slug(slug), entries[slug])
        _check(slug, draft)
        found[slug] = (draft, _read_standing(slug, entries[slug]))
    return found


def _check(slug: str, draft: ConnectionDraft) -> None:
    try:
        rules.check_draft(draft, loopback=conf.may_fetch_loopback())
    except ConnectionInvalid as error:
        raise ConnectionInvalid(f"connections.{slug}.{error.path}", error.detail.partition(": ")[2]) from error


def _read_standing(slug: str, entry: Mapping[str, Any]) -> Standing | None:
    standing = entry.get("standing")
    if standing is not None and (not isinstance(standing, str) or standing not in set(Standing)):
        raise ConnectionInvalid(f"connections.{slug}.standing", f"is one of {', '.join(Standing)}.")
    return Standing(standing) if standing is not None else None


def plan_connections(document: Mapping[str, Any]) -> list[str]:
    """What applying a document would change, a line each. Raises ConnectionInvalid."""
    lines = []
    for slug, (draft, standing) in read_connections(document).items():
        present = find_connection(slug=slug)
        lines += describe_changes(slug, present, draft, standing)
    return lines


def describe_changes(
    slug: str, present: ConnectionState | None, draft: ConnectionDraft, standing: Standing | None
) -> list[str]:
    """What makes a connected system as it shall be, a line each."""
    if present is None:
        return [f"connect {slug} ({draft.kind})"]
    changes = rules.list_differences(present.draft, draft)
    lines = [f"change {slug}: {', '.join(changes)}"] if changes else []
    if standing is not None and standing != present.standing:
        lines.append(f"change {slug}: {present.standing} -> {standing}")
    return lines


def export_connections() -> dict[str, Any]:
    """The connected systems as a document that makes them so; without their secrets."""
    return {
        "connections": {
            each.slug: rules.write_draft(each.draft) | {"standing": each.standing.value} for each in list_connections()
        }
    }
