"""SCIM 2.0 out: a connected system holds the customers as they are now, and every change is read back.

What leaves is not the fact but the state it led to: attempts, replays and late ones all lead to the same. Her resource
is the one whose `externalId` is her subject. That she is not there is a failure, for nothing but an erasure.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from accounts.queries import find_account
from accounts.types import Status
from audit.types import Fact
from kit.fetch import Fetched, FetchError, FetchRefused, fetch
from kit.ids import new_id
from sync import rules
from sync.queries import find_connection, find_song, list_addressees, may_release, open_secrets, read_attributes
from sync.types import Addressee, Answer, ConnectionState, Held, Kind, Order, Outcome, Read, Reading, Transport

NAME = Kind.SCIM.value
SECONDS = 15.0
"""For all requests of one attempt together."""
PATIENCE = timedelta(days=3)
AT_ONCE = 8
_MOST_BYTES = 256_000
_MOST_SHOWN = 500
_TOO_MUCH = frozenset({429, 502, 503, 504})
_NEVER_THIS = frozenset({400, 409, 413, 422})
_NOT_SUPPORTED = frozenset({405, 501})
_NOT_THERE = frozenset({404, 410})
"""Of one User; a system that wants nothing more answers 410 to everything."""
_MEDIA_TYPE = "application/scim+json"
_LOOK_SECONDS = 60.0
_SEEN = frozenset({"no_identity", "two_identities", "differs"})
_HERE = Outcome(Answer.CONFIRMED, applied=True, read_back=True)


def address(fact: Fact) -> list[Addressee]:
    """The systems connected by SCIM that chose this type of fact; what they are told is looked up at each attempt."""
    return [replace(each, sealed=None, digest="") for each in list_addressees(fact, kind=Kind.SCIM)]


def prepare(order: Order, now: datetime) -> Callable[[], Outcome]:
    """The way from what stands there to what shall stand there."""
    connection = find_connection(slug=order.receiver)
    if connection is None:
        return partial(Outcome, Answer.REFUSED, "no_connection")
    creates = order.type in rules.CREATING or connection.draft.options.get("missing") == "create"
    creates = creates or find_song(slug=order.receiver, subject=order.subject) is not None
    wanted = _describe(order.subject, connection, now)
    far_end = _far_end(connection, now)
    if wanted is None:
        return partial(_act, partial(_remove, order.subject), far_end)
    return partial(_act, partial(_provide, order.subject, wanted, creates=creates), far_end)


def compare(connection: ConnectionState, subject: str, now: datetime) -> Callable[[], Outcome]:
    """Look whether a customer stands there as she shall, and change nothing: `no_identity`, `differs`, or confirmed."""
    return partial(_act, partial(_look_only, subject, _describe(subject, connection, now)), _far_end(connection, now))


def read(connection: ConnectionState, subjects: Sequence[str], now: datetime) -> Read:
    """Look how these customers stand there, one after the other, as far as a minute reaches."""
    wanted = {subject: _describe(subject, connection, now) for subject in subjects}
    return partial(_look_at_all, wanted, _far_end(connection, now))


def _look_at_all(wanted: Mapping[str, dict[str, Any] | None], far_end: "_FarEnd") -> Reading:
    held: dict[str, Held | None] = {}
    until = time.monotonic() + _LOOK_SECONDS
    for subject, shall in wanted.items():
        if time.monotonic() > until:
            break
        seen = _act(partial(_look_only, subject, shall), far_end)
        if seen.answer is not Answer.CONFIRMED and seen.code not in _SEEN:
            return Reading(held, seen.code)
        held[subject] = None if seen.code == "no_identity" else Held(alike=seen.answer is Answer.CONFIRMED)
    return Reading(held)


def verify(connection: ConnectionState, now: datetime) -> Callable[[], Outcome]:
    """Ask for somebody who does not exist: proves address, token and filter, and writes nothing."""
    return partial(_act, partial(_look_for_nobody, new_id("vrf_")), _far_end(connection, now))


def _describe(subject: str, connection: ConnectionState, now: datetime) -> dict[str, Any] | None:
    """What shall stand there now; None for somebody who was erased."""
    account = find_account(subject)
    if account is None and (song := find_song(slug=connection.slug, subject=subject)) is not None:
        return rules.describe_canary(subject=subject, song=song)
    if account is None or account.status == Status.ERASED:
        return None
    allowed = may_release(connection=connection, subject=subject, now=now)
    known = read_attributes(subject=subject) if allowed else {}
    return rules.describe_user(
        subject=subject,
        active=account.status == Status.ACTIVE,
        listed=connection.draft.attributes,
        known={name: value for name, value in known.items() if name in allowed},
    )


# --- In a sender's thread, without a database ------------------------------------------------------------------


class _Stop(Exception):
    """This attempt ends here."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


@dataclass(slots=True)
class _FarEnd:
    """The other side, for one attempt."""

    base: str
    token: str
    now: datetime
    deadline: float = 0.0

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, match: str = "") -> Fetched:
        """Its answer, whatever its status. Raises _Stop where there is none in time."""
        headers = {"Accept": _MEDIA_TYPE, "User-Agent": "Throughline"}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Content-Type": _MEDIA_TYPE} if body is not None else {}
        headers |= {"If-Match": match} if match else {}
        content = json.dumps(body).encode() if body is not None else None
        left = max(self.deadline - time.monotonic(), 0.01)
        try:
            return fetch(self.base + path, method, headers=headers, body=content, seconds=left, max_bytes=_MOST_BYTES)
        except FetchRefused as error:
            raise _Stop(Outcome(Answer.FAILED, "address_not_allowed")) from error
        except FetchError as error:
            raise _Stop(Outcome(Answer.FAILED, "no_answer")) from error

    def look_up(self, subject: str) -> Fetched:
        """Who has this `externalId`."""
        query = urlencode({"filter": f"externalId eq {json.dumps(subject)}", "count": 2})
        return self.judge(self.ask("GET", f"/Users?{query}"))

    def find(self, subject: str) -> list[dict[str, Any]]:
        """Her resources there; two at most. Raises _Stop where the answer is not about her."""
        found = rules.read_found(self.look_up(subject).body, subject=subject)
        if found is None:
            raise _Stop(Outcome(Answer.REFUSED, "filter_not_understood"))
        return found

    def judge(self, answer: Fetched) -> Fetched:
        """The answer, when it is 2xx. Raises _Stop with what its status means otherwise (RFC 7644 section 3.12)."""
        if answer.is_success:
            return answer
        status = answer.status
        redirects = 300 <= status < 400
        raise _Stop(
            Outcome(
                Answer.REFUSED if status in _NEVER_THIS or redirects else Answer.FAILED,
                "redirects" if redirects else f"status_{status}",
                retry_after=rules.read_retry_after(answer.headers.get("retry-after", ""), now=self.now),
                slow_down=status in _TOO_MUCH,
                pause="gone" if status == 410 else "",
                status=status,
                said=answer.body[:_MOST_SHOWN].decode("utf-8", "replace"),
            )
        )


def _far_end(connection: ConnectionState, now: datetime) -> _FarEnd:
    token = next(iter(open_secrets(slug=connection.slug, now=now)), "")
    return _FarEnd(connection.draft.endpoint.rstrip("/"), token, now)


def _act(act: Callable[[_FarEnd], Outcome], far_end: _FarEnd) -> Outcome:
    far_end.deadline = time.monotonic() + SECONDS
    try:
        return act(far_end)
    except _Stop as stop:
        return stop.outcome


def _provide(subject: str, wanted: rules.Wanted, far_end: _FarEnd, *, creates: bool) -> Outcome:
    """Let her stand there as wanted. Somebody else's change in between is looked at once more."""
    for _ in range(2):
        found = far_end.find(subject)
        if len(found) > 1:
            return Outcome(Answer.REFUSED, "two_identities")
        if not found:
            return _create(subject, wanted, far_end) if creates else Outcome(Answer.REFUSED, "no_identity")
        operations = rules.find_differences(wanted, found[0])
        if not operations:
            return _HERE
        answer = _update(found[0], operations, wanted, far_end)
        if answer.status != 412:
            return _read_back(found[0]["id"], subject, wanted, far_end)
    return Outcome(Answer.FAILED, "changed_meanwhile")


def _create(subject: str, wanted: rules.Wanted, far_end: _FarEnd) -> Outcome:
    answer = far_end.judge(far_end.ask("POST", "/Users", rules.write_user(wanted)))
    made = rules.read_provided(answer.body, subject=subject)
    found = [made] if made else far_end.find(subject)  # it need not show what it made
    return _read_back(found[0]["id"], subject, wanted, far_end) if found else Outcome(Answer.FAILED, "not_applied")


def _update(
    there: Mapping[str, Any], operations: list[dict[str, Any]], wanted: rules.Wanted, far_end: _FarEnd
) -> Fetched:
    """PATCH, and PUT where that is not spoken; under the version that was looked at, where it has one."""
    path, match = _path(there["id"]), rules.version_of(there)
    answer = far_end.ask("PATCH", path, rules.write_patch(operations), match=match)
    if answer.status in _NOT_SUPPORTED:
        answer = far_end.ask("PUT", path, rules.write_user(wanted, there), match=match)
    if answer.status in _NOT_THERE:
        raise _Stop(Outcome(Answer.REFUSED, "no_identity"))
    return answer if answer.status == 412 else far_end.judge(answer)


def _read_back(id: str, subject: str, wanted: rules.Wanted, far_end: _FarEnd) -> Outcome:
    """It says that it is done; this looks."""
    answer = far_end.ask("GET", _path(id))
    user = None if answer.status in _NOT_THERE else rules.read_provided(far_end.judge(answer).body, subject=subject)
    if user is None or rules.find_differences(wanted, user):
        return Outcome(Answer.FAILED, "not_applied")
    return _HERE


def _remove(subject: str, far_end: _FarEnd) -> Outcome:
    """Let nothing stand there of her; that nothing does is what was asked for."""
    found = far_end.find(subject)
    for each in found:
        answer = far_end.ask("DELETE", _path(each["id"]))
        if answer.status not in _NOT_THERE:
            far_end.judge(answer)
    return _HERE if not found or not far_end.find(subject) else Outcome(Answer.FAILED, "not_applied")


def _look_only(subject: str, wanted: rules.Wanted | None, far_end: _FarEnd) -> Outcome:
    found = far_end.find(subject)
    if wanted is None:
        return Outcome(Answer.REFUSED, "differs") if found else _HERE
    if len(found) != 1:
        return Outcome(Answer.REFUSED, "two_identities" if found else "no_identity")
    return Outcome(Answer.REFUSED, "differs") if rules.find_differences(wanted, found[0]) else _HERE


def _look_for_nobody(name: str, far_end: _FarEnd) -> Outcome:
    answer = far_end.look_up(name)
    said = answer.body[:_MOST_SHOWN].decode("utf-8", "replace")
    if rules.read_found(answer.body, subject=name) != []:
        return Outcome(Answer.REFUSED, "filter_not_understood", status=answer.status, said=said)
    return Outcome(Answer.CONFIRMED, status=answer.status, said=said)


def _path(id: str) -> str:
    return f"/Users/{quote(id, safe='')}"


TRANSPORT = Transport(address=address, prepare=prepare, verify=verify, read=read, at_once=AT_ONCE, patience=PATIENCE)
