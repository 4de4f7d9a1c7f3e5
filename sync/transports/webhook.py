"""Signed webhooks: a CloudEvent 1.0 in a Standard Webhooks envelope, to whatever system listens over HTTP.

The id is the fact's: the same over all attempts, replays and restarts. 2xx alone is success; `{"applied": true}` in the
answer says that it is not only taken but done.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from audit.types import Fact
from kit.fetch import Fetched, FetchError, FetchFailed, FetchRefused, fetch
from kit.ids import new_id
from sync import conf, rules
from sync.queries import list_addressees, open_attributes, open_secrets, recall_connection, recall_secrets
from sync.types import Addressee, Answer, ConnectionState, Kind, Order, Outcome, Read, Reading, Transport

NAME = Kind.WEBHOOK.value
VERIFICATION = "throughline.verification"
SECONDS = 15.0
PATIENCE = timedelta(days=3)
AT_ONCE = 16
_MOST_BYTES = 64_000
_MOST_DIGESTS = 1_000_000
_MOST_SHOWN = 500
_TOO_MUCH = frozenset({429, 502, 503, 504})
_NEVER_THIS = frozenset({400, 413, 422})
_HEADERS = {"Content-Type": rules.MEDIA_TYPE, "Accept": "application/json, */*;q=0.5", "User-Agent": "Throughline"}


def address(fact: Fact) -> list[Addressee]:
    """The systems connected by webhook that chose this type of fact."""
    return list_addressees(fact, kind=Kind.WEBHOOK)


def prepare(order: Order, now: datetime) -> Callable[[], Outcome]:
    """The event with what its system may know now, signed for this attempt, on its way to where the system is now."""
    connection = recall_connection(slug=order.receiver)
    if connection is None:
        return partial(Outcome, Answer.REFUSED, "no_connection")
    attributes = open_attributes(order, connection=connection, now=now)
    body = rules.make_event(
        id=order.event_id,
        source=conf.issuer(),
        type=order.type,
        time=order.occurred_at,
        subject=order.subject,
        seq=order.seq,
        data={**order.facts.get("data", {}), **_context(order), **({"attributes": attributes} if attributes else {})},
    )
    digest = rules.digest(attributes) if attributes else ""
    send = _sending(connection, order.event_id, body, now)
    return lambda: replace(send(), digest=digest)


def verify(connection: ConnectionState, now: datetime) -> Callable[[], Outcome]:
    """A verification event: real in all but that it is about nobody, and the answer is shown to who asked for it."""
    id = new_id("vrf_")
    body = rules.make_event(id=id, source=conf.issuer(), type=VERIFICATION, time=now, data={"system": connection.slug})
    return _sending(connection, id, body, now)


def read(connection: ConnectionState, subjects: Sequence[str], now: datetime) -> Read:
    """Ask the system's digest endpoint what it holds of subjects, in the envelope of a webhook."""
    id, body = new_id("dig_"), json.dumps({"subjects": list(subjects)}, separators=(",", ":")).encode()
    secrets = open_secrets(slug=connection.slug, now=now)
    headers = (
        _HEADERS | {"Content-Type": "application/json"} | rules.sign_headers(body, id=id, now=now, secrets=secrets)
    )
    return partial(_ask, connection.draft.options.get("digest_url", ""), headers, body, tuple(subjects))


def _ask(url: str, headers: dict[str, str], body: bytes, subjects: tuple[str, ...]) -> Reading:
    try:
        answer = fetch(url, "POST", headers=headers, body=body, seconds=SECONDS, max_bytes=_MOST_DIGESTS)
        said = answer.json() if answer.is_success else None
    except FetchRefused:
        return Reading(code="address_not_allowed")
    except FetchFailed as error:
        return Reading(code=rules.UNREADABLE if isinstance(error.__cause__, ValueError) else "no_answer")
    if not answer.is_success:
        return Reading(code=f"status_{answer.status}")
    held = rules.read_held(said, subjects)
    return Reading(code=rules.UNREADABLE) if held is None else Reading(held)


def judge(answer: Fetched, *, now: datetime) -> Outcome:
    """What a status means: 2xx alone is success; 410 ends it until somebody looks; some ask for patience."""
    status, said = answer.status, answer.body[:_MOST_SHOWN].decode("utf-8", "replace")
    if answer.is_success:
        return Outcome(Answer.CONFIRMED, applied=rules.says_applied(answer.body), status=status, said=said)
    code = "redirects" if 300 <= status < 400 else f"status_{status}"
    return Outcome(
        Answer.REFUSED if status in _NEVER_THIS else Answer.FAILED,
        code,
        retry_after=rules.read_retry_after(answer.headers.get("retry-after", ""), now=now),
        slow_down=status in _TOO_MUCH,
        pause="gone" if status == 410 else "",
        status=status,
        said=said,
    )


def _context(order: Order) -> dict[str, str]:
    said = {"session": order.session}
    if "channel" not in rules.told_fields(
        order.type, {"channel": ""}
    ):  # where a choice counts is not where it was made
        said["channel"] = str(order.facts.get("channel", ""))
    return {name: value for name, value in said.items() if value}


def _sending(connection: ConnectionState, id: str, body: bytes, now: datetime) -> Callable[[], Outcome]:
    secrets = recall_secrets(slug=connection.slug, now=now)
    headers = _HEADERS | rules.sign_headers(body, id=id, now=now, secrets=secrets)
    return partial(_post, connection.draft.endpoint, headers, body, now)


def _post(url: str, headers: dict[str, str], body: bytes, now: datetime) -> Outcome:
    try:
        answer = fetch(url, "POST", headers=headers, body=body, seconds=SECONDS, max_bytes=_MOST_BYTES)
    except FetchRefused:
        return Outcome(Answer.FAILED, "address_not_allowed")
    except FetchError:
        return Outcome(Answer.FAILED, "no_answer")
    return judge(answer, now=now)


TRANSPORT = Transport(address=address, prepare=prepare, verify=verify, read=read, at_once=AT_ONCE, patience=PATIENCE)
