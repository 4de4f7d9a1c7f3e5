"""Connecting systems: what they are told, their secrets, pausing and ending it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from audit import journal
from audit.types import EventType
from kit import crypto
from kit.call import CallContext
from kit.refusal import NotFound
from kit.rewrapping import Rewrapped, renewed_fields, rewrap_rows
from kit.unit_of_work import deed
from oauth.queries import find_client
from sync import conf, events, rules
from sync.errors import ConnectionDisabled, ConnectionExists, ConnectionInvalid
from sync.models import Connection, Delivery, Receiver
from sync.queries import forget_connections
from sync.services.bell import ring_couriers
from sync.services.control import tell_standing
from sync.transports import TRANSPORTS
from sync.types import OPEN, ConnectionDraft, ConnectionState, Kind, Outcome, Standing, State

ROTATION = timedelta(days=1)
PAUSED_BY_OPERATOR = "by_operator"


@deed
def create_connection(
    *, slug: str, draft: ConnectionDraft, call: CallContext, secret: str | None = None
) -> tuple[ConnectionState, str]:
    """Connect a system, at once active: the state, and its secret, which is shown this once.

    Where we sign, a secret is made unless one is given; of other kinds it is what the other side gave, or "". Raises
    ConnectionInvalid, ConnectionExists.
    """
    slug, draft = rules.check_slug(slug), _checked(draft)
    secret = _fit_secret(draft.kind, secret)
    held = draft.kind in rules.PULLED
    receiver, _ = Receiver.objects.get_or_create(transport=draft.kind.value, key=slug, defaults={"held": held})
    row, created = Connection.objects.get_or_create(
        slug=slug,
        defaults={
            **_columns(draft),
            "receiver": receiver,
            "secret": _wrap(slug, secret),
            "created_at": call.now,
            "changed_at": call.now,
        },
    )
    if not created:
        raise ConnectionExists
    # Whoever had this name before and was deleted may have left it held, or in trouble.
    Receiver.objects.filter(pk=receiver.pk).update(held=held, failures=0, quiet_until=None)
    _tell(events.CONNECTION_CREATED, row, call, **_said(draft))
    return row.state, secret


@deed
def change_connection(*, slug: str, draft: ConnectionDraft, call: CallContext) -> bool:
    """Make a connected system as the draft says; False when it is. Its kind stays.

    What it did not choose before is not told afterwards. A token that the other side gave does not go with it to
    another host: it is forgotten, and given anew by `rotate_secret`. Raises NotFound, ConnectionInvalid.
    """
    row = _lock(slug)
    draft = _checked(replace(draft, options=dict(draft.options)), client_id=row.options.get("client_id", ""))
    if draft.kind != row.kind:
        raise ConnectionInvalid("kind", "stays as it is: connect it anew instead.")
    changes = rules.list_differences(row.draft, draft)
    if not changes:
        return False

    if row.secret and row.kind not in rules.MADE_HERE and not rules.share_host(row.endpoint, draft.endpoint):
        row.secret, changes = b"", [*changes, "secret"]
    for name, value in _columns(draft).items():
        setattr(row, name, value)
    row.changed_at = call.now
    row.save()

    _tell(events.CONNECTION_CHANGED, row, call, fields=changes, **_said(draft))
    return True


@deed
def rotate_secret(*, slug: str, call: CallContext, secret: str | None = None, overlap: timedelta = ROTATION) -> str:
    """Give a connected system a new secret and answer it, this once; where we sign the one before does for `overlap`.

    One that is being exchanged already loses the oldest of the three. Where the other side made the secret it must be
    given, "" for none, and is used at once. Raises NotFound, ConnectionInvalid.
    """
    row = _lock(slug)
    if secret is None and row.kind not in rules.MADE_HERE:
        raise ConnectionInvalid("secret", "is what the other side gave: it cannot be made here.")
    fresh = _fit_secret(Kind(row.kind), secret)

    row.previous_secret, row.secret = row.secret if row.kind in rules.MADE_HERE else b"", _wrap(slug, fresh)
    row.rotating_until = call.now + overlap if row.previous_secret else None
    row.save(update_fields=["secret", "previous_secret", "rotating_until"])

    _tell(events.SECRET_ROTATED, row, call, until=row.rotating_until.isoformat() if row.rotating_until else None)
    return fresh


@deed
def end_rotation(*, slug: str, call: CallContext) -> bool:
    """Let the secret before the present one sign no more, at once; False when there is none. Raises NotFound."""
    row = _lock(slug)
    if not row.previous_secret:
        return False
    row.previous_secret, row.rotating_until = b"", None
    row.save(update_fields=["previous_secret", "rotating_until"])
    _tell(events.SECRET_ROTATED, row, call, until=None)
    return True


@deed
def pause_connection(*, slug: str, call: CallContext, reason: str = PAUSED_BY_OPERATOR) -> bool:
    """Tell a connected system nothing until it is resumed; its news waits. False when it is paused already.

    Raises NotFound, ConnectionDisabled.
    """
    row = _lock(slug)
    if row.standing == Standing.DISABLED:
        raise ConnectionDisabled
    if row.standing == Standing.PAUSED:
        return False
    _pause(row, reason, call)
    tell_standing(row, call)
    return True


@deed
def resume_connection(*, slug: str, call: CallContext) -> bool:
    """Tell a connected system again, what waited first and in its order; False when it is told. Raises NotFound.

    One that was disabled begins with what happens from now on. What waited has its whole time to arrive.
    """
    row = _lock(slug)
    if row.standing == Standing.ACTIVE:
        return False
    row.standing, row.reason, row.changed_at = Standing.ACTIVE.value, "", call.now
    row.save(update_fields=["standing", "reason", "changed_at"])
    held = row.kind in rules.PULLED
    Receiver.objects.filter(pk=row.receiver_id).update(held=held, failures=0, quiet_until=None)
    waiting = Delivery.objects.filter(receiver=row.receiver_id, state=State.WAITING.value)
    patience = TRANSPORTS[row.kind].patience if row.kind in TRANSPORTS else rules.PATIENCE
    waiting.update(next_attempt_at=call.now, give_up_at=call.now + patience)

    _tell(events.CONNECTION_RESUMED, row, call)
    tell_standing(row, call)
    ring_couriers(call=call)
    return True


@deed
def disable_connection(*, slug: str, call: CallContext, reason: str = "") -> bool:
    """Tell a connected system nothing any more; what waits for it is given up. False when it is so. Raises NotFound."""
    row = _lock(slug)
    if row.standing == Standing.DISABLED:
        return False
    row.standing, row.reason, row.changed_at = Standing.DISABLED.value, reason[:40], call.now
    row.save(update_fields=["standing", "reason", "changed_at"])
    Receiver.objects.filter(pk=row.receiver_id).update(held=True)
    waiting = Delivery.objects.filter(receiver=row.receiver_id, state__in=OPEN)
    given_up = waiting.update(state=State.DEAD.value, last_error="switched_off", sealed=None)

    _tell(events.CONNECTION_DISABLED, row, call, given_up=given_up)
    tell_standing(row, call)
    return True


@deed
def note_test(*, slug: str, outcome: Outcome, call: CallContext) -> None:
    """Keep what a verification event came to; nothing of what the other side said. Raises NotFound."""
    row = _lock(slug)
    row.tested_at, row.verification = call.now, outcome.code[:40]
    row.verified_at = row.verified_at if outcome.code else call.now
    row.save(update_fields=["tested_at", "verified_at", "verification"])
    _tell(events.CONNECTION_TESTED, row, call, came_to=row.verification or "ok", status=outcome.status)


@deed
def rewrap_connection_secrets(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Wrap the secrets of connected systems anew that a previous key wrapped, the next few from an id on."""
    return rewrap_rows(
        Connection.objects.all(),
        lambda row: renewed_fields(dict.fromkeys(("secret", "previous_secret"), conf.secret_context(row.slug)), row),
        after=after,
    )


@deed
def rewrap_deliveries(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Wrap what deliveries hold of people anew that a previous key wrapped, the next few from an id on."""
    return rewrap_rows(
        Delivery.objects.exclude(sealed=None).select_related("receiver"),
        lambda row: renewed_fields({"sealed": conf.delivery_context(row.event_id, row.receiver.key)}, row),
        after=after,
    )


def note_verified(*, slug: str, call: CallContext) -> None:
    """A verification event has arrived, whoever asked for it; part of an open deed."""
    Connection.objects.filter(slug=slug).update(verified_at=call.now, verification="")


def hold_connection(*, transport: str, slug: str, reason: str, call: CallContext) -> None:
    """Pause the connected system that a receiver is, because it asked for that; part of an open deed."""
    rows = Connection.objects.select_for_update(of=("self",), no_key=True)
    row = rows.filter(kind=transport, slug=slug).first()
    if row is not None and row.standing == Standing.ACTIVE:
        _pause(row, reason, call)


def _pause(row: Connection, reason: str, call: CallContext) -> None:
    row.standing, row.reason, row.changed_at = Standing.PAUSED.value, reason[:40], call.now
    row.save(update_fields=["standing", "reason", "changed_at"])
    Receiver.objects.filter(pk=row.receiver_id).update(held=True)
    _tell(events.CONNECTION_PAUSED, row, call, reason=row.reason)


def _lock(slug: str) -> Connection:
    """The connected system, held until the deed ends. Raises NotFound."""
    rows = Connection.objects.select_for_update(of=("self",), no_key=True)
    row = None if "\x00" in slug else rows.filter(slug=slug).first()
    if row is None:
        raise NotFound("There is no such connected system.")
    return row


def _checked(draft: ConnectionDraft, *, client_id: str = "") -> ConnectionDraft:
    """The draft, when all of it can be; `client_id` is whose stream it was before."""
    rules.check_draft(draft, loopback=conf.may_fetch_loopback())
    named = draft.options.get("client_id", "")
    if named != client_id and named and find_client(client_id=named) is None:
        raise ConnectionInvalid("options.client_id", "is no client of ours, or one that is switched off.")
    return replace(draft, name=draft.name.strip())


def _fit_secret(kind: Kind, given: str | None) -> str:
    if given:
        return rules.check_secret(kind, given)
    return rules.write_secret(crypto.new_key()) if kind in rules.MADE_HERE else ""


def _wrap(slug: str, secret: str) -> bytes:
    return crypto.wrap(secret.encode(), context=conf.secret_context(slug)) if secret else b""


def _columns(draft: ConnectionDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "kind": draft.kind.value,
        "endpoint": draft.endpoint,
        "event_types": list(draft.event_types),
        "attributes": list(draft.attributes),
        "purpose": draft.purpose,
        "freshness": draft.freshness,
        "cycle": draft.cycle,
        "owner_channel": draft.owner_channel,
        "options": dict(draft.options),
    }


def _said(draft: ConnectionDraft) -> dict[str, Any]:
    """What the journal keeps of a draft: whom we told what, and why."""
    said = rules.write_draft(draft)
    return {"said": {name: value for name, value in said.items() if name != "options"}}


def _tell(event: EventType, row: Connection, call: CallContext, **payload: Any) -> None:
    journal.record(event, call=call, payload={"connection": row.slug, "kind": row.kind, **payload})
    forget_connections()
    transaction.on_commit(forget_connections)  # a thread may have read the old state again before the commit
