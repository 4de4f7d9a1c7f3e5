"""Security event tokens, pushed (RFC 8935): one for each attempt, of the same claims. Only 202 acknowledges."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from audit.types import Fact
from kit.fetch import Fetched, FetchError, FetchRefused, fetch
from kit.ids import new_id
from oauth.queries import find_client, find_ways_in
from sync import rules
from sync.queries import (
    CONTROL,
    find_connection,
    list_stream_addressees,
    make_control_set,
    make_signed_set,
    open_secrets,
)
from sync.types import Addressee, Answer, ConnectionState, Kind, Order, Outcome, Transport

NAME = Kind.SSF_PUSH.value
SECONDS = 15.0
PATIENCE = timedelta(days=3)
AT_ONCE = 16
_MOST_BYTES = 64_000
_MOST_SHOWN = 500
_TOO_MUCH = frozenset({429, 502, 503, 504})
_HEADERS = {"Content-Type": rules.SET_MEDIA_TYPE, "Accept": "application/json", "User-Agent": "Throughline"}


def address(fact: Fact) -> list[Addressee]:
    """The pushed streams that carry what this fact is."""
    return list_stream_addressees(fact, kind=Kind.SSF_PUSH)


def prepare(order: Order, now: datetime) -> Callable[[], Outcome]:
    """The token, on its way to where its stream is now (section 2.1)."""
    connection = find_connection(slug=order.receiver.removesuffix(CONTROL))
    if connection is None:
        return partial(Outcome, Answer.REFUSED, "no_connection")
    if not _may_hear(connection):
        return partial(Outcome, Answer.FAILED, "client_off", pause="client_off")
    token = make_signed_set(order, connection=connection, now=now)
    if token is None:
        return partial(Outcome, Answer.REFUSED, "may_not_be_told")
    return _sending(connection, token, now)


def verify(connection: ConnectionState, now: datetime) -> Callable[[], Outcome]:
    """A verification event (SSF 1.0 section 8.1.4), whose answer is shown to who asked for it."""
    jti = new_id("vrf_")
    return _sending(connection, make_control_set(connection, jti=jti, payload={"state": jti}, now=now), now)


def judge(answer: Fetched, *, now: datetime) -> Outcome:
    """What a status means (sections 2.2, 2.3): 202 acknowledges, 400 says by a code what is wrong with the token."""
    status, said = answer.status, answer.body[:_MOST_SHOWN].decode("utf-8", "replace")
    if status == 202:
        return Outcome(Answer.CONFIRMED, status=status, said=said)
    if status == 400:
        return Outcome(Answer.REFUSED, _read_fault(answer.body), status=status, said=said)
    return Outcome(
        Answer.FAILED,
        "redirects" if 300 <= status < 400 else f"status_{status}",
        retry_after=rules.read_retry_after(answer.headers.get("retry-after", ""), now=now),
        slow_down=status in _TOO_MUCH,
        pause="gone" if status == 410 else "",
        status=status,
        said=said,
    )


def _may_hear(connection: ConnectionState) -> bool:
    """Whether the client whose stream it is may still come in itself, on a channel that is open."""
    client_id = connection.draft.options.get("client_id")
    client = find_client(client_id=client_id) if client_id else None
    return not client_id or (client is not None and bool(find_ways_in(client)))


def _read_fault(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    return rules.name_fault(said.get("err") if isinstance(said, dict) else None)


def _sending(connection: ConnectionState, token: str, now: datetime) -> Callable[[], Outcome]:
    header = next(iter(open_secrets(slug=connection.slug, now=now)), "")
    headers = _HEADERS | ({"Authorization": header} if header else {})
    return partial(_post, connection.draft.endpoint, headers, token.encode(), now)


def _post(url: str, headers: dict[str, str], body: bytes, now: datetime) -> Outcome:
    try:
        answer = fetch(url, "POST", headers=headers, body=body, seconds=SECONDS, max_bytes=_MOST_BYTES)
    except FetchRefused:
        return Outcome(Answer.FAILED, "address_not_allowed")
    except FetchError:
        return Outcome(Answer.FAILED, "no_answer")
    return judge(answer, now=now)


TRANSPORT = Transport(address=address, prepare=prepare, verify=verify, at_once=AT_ONCE, patience=PATIENCE)
