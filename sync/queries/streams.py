"""Streams of security events as their receivers see them, and what waits for one that fetches."""

from datetime import datetime

from kit.refusal import NotFound
from sync import rules
from sync.models import Connection, Delivery
from sync.queries.connections import find_connection
from sync.queries.security_events import CONTROL, audience_of
from sync.types import ConnectionState, Kind, Method, StreamDraft, StreamState, StreamStatus

STREAM_KINDS = {Kind.SSF_PUSH: Method.PUSH, Kind.SSF_POLL: Method.POLL}


def get_stream(*, stream_id: str, client_id: str) -> StreamState:
    """A client's own stream. Raises NotFound, for anybody else's too."""
    connection = None if "\x00" in stream_id else find_connection(slug=stream_id)
    if connection is None or not client_id or connection.draft.options.get("client_id") != client_id:
        raise NotFound("You have no such stream.")
    return describe_stream(connection)


def list_streams(*, client_id: str) -> list[StreamState]:
    """A client's own streams."""
    rows = Connection.objects.filter(kind__in=[each.value for each in STREAM_KINDS], options__client_id=client_id)
    return [describe_stream(row.state) for row in rows]


def describe_stream(connection: ConnectionState) -> StreamState:
    """A connected system of these kinds as a stream."""
    draft, options = connection.draft, connection.draft.options
    requested = options.get("events", "").split()
    return StreamState(
        stream_id=connection.slug,
        client_id=options.get("client_id", ""),
        audience=audience_of(connection),
        draft=StreamDraft(
            method=STREAM_KINDS[draft.kind],
            endpoint=draft.endpoint,
            events=tuple(requested) if requested else None,
            description=options.get("description", ""),
        ),
        events_delivered=rules.list_delivered(draft.event_types, requested),
        status=rules.status_of(connection.standing),
        reason=connection.reason,
    )


def has_offers(*, stream: StreamState, now: datetime) -> bool:
    """Whether something waits for a stream that fetches."""
    keys = line_of(stream)
    waiting = Delivery.objects.due(now)
    return waiting.filter(receiver__transport=Kind.SSF_POLL.value, receiver__key__in=keys).exists()


def line_of(stream: StreamState) -> list[str]:
    """The keys of the receivers that a stream is at the moment: while it is not enabled it hears of itself only."""
    own = [stream.stream_id + CONTROL]
    return [*own, stream.stream_id] if stream.status is StreamStatus.ENABLED else own
