"""Streams of security events, as their receivers make and change them (SSF 1.0 section 8.1)."""

import secrets
from dataclasses import replace

from accounts.queries import find_account, find_account_by_proven_email
from accounts.types import Kind as AccountKind
from audit import journal
from kit.call import CallContext
from kit.locks import hold_name
from kit.refusal import MalformedInput, NotAllowed, NotFound
from kit.unit_of_work import deed
from oauth.queries import find_client
from sync import conf, events, rules
from sync.errors import ConnectionInvalid, StreamsExceeded
from sync.models import Connection, Delivery, Receiver, StreamSubject
from sync.queries import CONTROL, describe_stream, get_connection, get_stream, list_streams, may_release, open_secrets
from sync.services.connections import (
    change_connection,
    create_connection,
    disable_connection,
    pause_connection,
    resume_connection,
    rotate_secret,
)
from sync.services.control import VERIFICATION, tell_stream
from sync.types import OPEN, ConnectionDraft, Kind, Method, State, StreamDraft, StreamState, StreamStatus

MOST_STREAMS = 10
BY_RECEIVER = "by_receiver"
_ITS_OWN_TO_END = frozenset({BY_RECEIVER, "gone", "client_off"})
_KINDS = {Method.PUSH: Kind.SSF_PUSH, Method.POLL: Kind.SSF_POLL}


@deed
def create_stream(*, draft: StreamDraft, call: CallContext) -> StreamState:
    """Give the calling client a stream, at once enabled. Raises MalformedInput, StreamsExceeded."""
    client_id = call.caller.client_id or ""
    hold_name(f"ssf streams {client_id}")
    if len(list_streams(client_id=client_id)) >= MOST_STREAMS:
        raise StreamsExceeded
    client = find_client(client_id=client_id)
    name = f"{client.name if client else client_id}: security events"[:100]
    plain = ConnectionDraft(
        name=name,
        kind=_KINDS[draft.method],
        endpoint="",
        event_types=(),
        owner_channel=call.caller.channel or "",
        options={"client_id": client_id},
    )
    slug = f"ssf_{secrets.token_hex(10)}"
    try:
        state, _ = create_connection(slug=slug, draft=_fill(plain, draft), secret=draft.authorization, call=call)
    except ConnectionInvalid as error:
        raise MalformedInput(error.detail) from error
    return describe_stream(state)


@deed
def change_stream(*, stream_id: str, draft: StreamDraft, call: CallContext) -> StreamState:
    """Make a client's own stream as it says; what waits goes the new way. Raises NotFound, MalformedInput."""
    present = get_stream(stream_id=stream_id, client_id=call.caller.client_id or "")
    row = _lock(stream_id)
    if draft.method is not present.draft.method:
        _move(row, _KINDS[draft.method])
    try:
        change_connection(slug=stream_id, draft=_fill(row.draft, draft), call=call)
        if draft.authorization is not None:
            _authorize(stream_id, draft.authorization, call)
    except ConnectionInvalid as error:
        raise MalformedInput(error.detail) from error
    return describe_stream(get_connection(slug=stream_id))


@deed
def delete_stream(*, stream_id: str, call: CallContext) -> None:
    """Delete a client's own stream: what waits for it is given up. Raises NotFound."""
    get_stream(stream_id=stream_id, client_id=call.caller.client_id or "")
    row = _lock(stream_id)
    disable_connection(slug=stream_id, reason=BY_RECEIVER, call=call)
    control = Delivery.objects.filter(receiver__transport=row.kind, receiver__key=stream_id + CONTROL, state__in=OPEN)
    control.update(state=State.DEAD.value, last_error="switched_off")
    payload = {"connection": row.slug, "kind": row.kind}
    row.delete()
    journal.record(events.CONNECTION_DELETED, call=call, payload=payload)


@deed
def set_stream_status(*, stream_id: str, status: StreamStatus, call: CallContext) -> StreamState:
    """Let a client's own stream run, wait or be silent. What an operator stopped stays so.

    Raises NotFound, and NotAllowed where an operator has paused or switched it off.
    """
    stream = get_stream(stream_id=stream_id, client_id=call.caller.client_id or "")
    _lock(stream_id)
    stream = describe_stream(get_connection(slug=stream_id))
    if stream.status is status:
        return stream
    if stream.status is not StreamStatus.ENABLED:
        if stream.reason not in _ITS_OWN_TO_END:
            raise NotAllowed("The transmitter's operator has stopped this stream.")
        resume_connection(slug=stream_id, call=call)
    if status is StreamStatus.PAUSED:
        pause_connection(slug=stream_id, reason=BY_RECEIVER, call=call)
    if status is StreamStatus.DISABLED:
        disable_connection(slug=stream_id, reason=BY_RECEIVER, call=call)
    return describe_stream(get_connection(slug=stream_id))


@deed
def add_subject(*, stream_id: str, issuer: str, subject: str, email: str, call: CallContext) -> None:
    """Have a client's own stream tell of a customer. Raises NotFound, MalformedInput.

    Nothing is said of an address that nobody has, nor of a customer whose address the stream may not have: whoever asks
    learns nothing by asking (SSF 1.0 section 8.1.3.2).
    """
    _name_subject(stream_id, (issuer, subject, email), call, included=True)


@deed
def remove_subject(*, stream_id: str, issuer: str, subject: str, email: str, call: CallContext) -> None:
    """Have a client's own stream tell of a customer no more. Raises as `add_subject`."""
    _name_subject(stream_id, (issuer, subject, email), call, included=False)


@deed
def request_verification(*, stream_id: str, call: CallContext, state: str | None = None) -> str:
    """Put a verification event in a stream's line (SSF 1.0 section 8.1.4); its `jti`. Raises NotFound."""
    return tell_stream(_lock(stream_id), VERIFICATION, {} if state is None else {"state": state}, call)


def _name_subject(stream_id: str, who: tuple[str, str, str], call: CallContext, *, included: bool) -> None:
    get_stream(stream_id=stream_id, client_id=call.caller.client_id or "")
    row = _lock(stream_id)
    issuer, subject, email = who
    if email:
        account = find_account_by_proven_email(email)
        if account and "email" not in may_release(connection=row.state, subject=account.sub, now=call.now):
            account = None
    elif issuer != conf.issuer():
        raise MalformedInput("A subject is named by our issuer and her sub, or by her e-mail address.")
    else:
        account = None if "\x00" in subject else find_account(subject)
        if account is None or account.kind != AccountKind.CUSTOMER:
            raise NotFound("There is no such subject.")
    if account is not None and account.kind == AccountKind.CUSTOMER:
        said = {"included": included, "changed_at": call.now}
        StreamSubject.objects.update_or_create(connection=row, subject=account.sub, defaults=said)


def _fill(plain: ConnectionDraft, draft: StreamDraft) -> ConnectionDraft:
    """A connected system as a receiver wants its stream."""
    options = {name: value for name, value in plain.options.items() if name not in ("events", "description")}
    options |= {"events": " ".join(draft.events)} if draft.events is not None else {}
    options |= {"description": draft.description} if draft.description else {}
    wanted = rules.EVENTS_SUPPORTED if draft.events is None else draft.events
    return replace(
        plain,
        kind=_KINDS[draft.method],
        endpoint=draft.endpoint,
        event_types=rules.types_behind(wanted),
        options=options,
    )


def _move(row: Connection, kind: Kind) -> None:
    """Let a stream's events go another way, with whatever waits."""
    held = kind in rules.PULLED
    keys = [row.slug, row.slug + CONTROL]
    receivers = Receiver.objects.select_for_update(no_key=True).filter(transport=row.kind, key__in=keys)
    for receiver in receivers.order_by("pk"):
        on = receiver.pk == row.receiver_id
        receiver.transport, receiver.failures, receiver.quiet_until = kind.value, 0, None
        receiver.held = held or (on and row.standing != "active")
        receiver.save(update_fields=["transport", "failures", "quiet_until", "held"])
    row.kind = kind.value
    row.save(update_fields=["kind"])


def _authorize(slug: str, header: str, call: CallContext) -> None:
    present = next(iter(open_secrets(slug=slug, now=call.now)), "")
    if header != present:
        rotate_secret(slug=slug, secret=header, call=call)


def _lock(slug: str) -> Connection:
    kinds = [each.value for each in rules.STREAMS]
    rows = Connection.objects.select_for_update(of=("self",), no_key=True).filter(kind__in=kinds)
    row = None if "\x00" in slug else rows.filter(slug=slug).first()
    if row is None:
        raise NotFound("There is no such stream.")
    return row
