"""Values at rest, wrapped anew after KEY_ENCRYPTION_KEY was replaced: some rows at a time, until none is left."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet

from kit import crypto

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What became of some rows: `after` is the primary key to go on from, None at the end of the table."""

    after: str | int | None
    renewed: int = 0
    unreadable: int = 0


def rewrap_rows(
    rows: "QuerySet[M]", renew: Callable[[M], dict[str, object]], *, after: str | int | None, limit: int = 500
) -> Rewrapped:
    """Give the next rows what `renew` says: the fields that are still under a previous key, wrapped anew.

    A row that opens under no key is counted and left. Doing it again changes nothing; part of the caller's deed.
    """
    following = rows if after is None else rows.filter(pk__gt=after)
    locked = list(following.order_by("pk").select_for_update(of=("self",), no_key=True)[:limit])
    renewed = unreadable = 0
    for row in locked:
        try:
            fields = renew(row)
        except (crypto.CannotUnwrap, ValueError):  # ValueError: text that is not even base64
            unreadable += 1
            continue
        if fields:
            rows.filter(pk=row.pk).update(**fields)
            renewed += 1
    return Rewrapped(locked[-1].pk if len(locked) == limit else None, renewed, unreadable)


def renewed_fields(contexts: dict[str, str], row: Model) -> dict[str, object]:
    """Those of a row's binary fields (by name, with the context they are bound to) that must be written anew."""
    stored = {name: bytes(value) for name in contexts if (value := getattr(row, name))}
    found = {name: crypto.rewrap(value, context=contexts[name]) for name, value in stored.items()}
    return {name: value for name, value in found.items() if value is not None}
