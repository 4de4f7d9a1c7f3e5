"""Ending sessions so that everybody knows: they are ended, the couriers ring, and the first confirmations are awaited.

    live --ended by the customer or an operator--> ended, nobody told --couriers--> confirmed by n of m

What is ended is ended at once, on every node; the waiting is for the answer only, and short.
"""

import time
from collections.abc import Collection

import sessions_hub.services
from kit.call import CallContext
from kit.refusal import NotFound
from sessions_hub.queries import find_end, list_ended_at, owns_session
from sessions_hub.types import SessionState
from sync.queries import get_logout_progress
from sync.types import Ended, LogoutProgress

TRANSITIONS = {"live": ("ended",), "ended": ("confirmed",), "confirmed": ()}
SECONDS = 1.0
_LOOK_EVERY = 0.04


def end_session(*, subject: str, sid: str, reason: str, call: CallContext) -> Ended:
    """End one session of a subject with all that came out of it. One that had ended already is answered alike.

    Waits about a second at most for the relying parties. Raises NotFound for a session that is not this subject's.
    """
    if "\x00" in sid or not owns_session(subject=subject, sid=sid):
        raise NotFound
    sessions_hub.services.revoke_session(sid=sid, reason=reason, call=call)
    ended_at = find_end(subject=subject, sid=sid) or call.now
    return _await(subject, list_ended_at(subject=subject, at=ended_at))


def end_sessions(
    *,
    subject: str,
    reason: str,
    call: CallContext,
    except_sid: str | None = None,
    among: Collection[str] | None = None,
) -> Ended:
    """End every session of a subject but one, or every one `among` these, and await the relying parties likewise."""
    sessions_hub.services.revoke_sessions_of(
        subject=subject, reason=reason, call=call, except_sid=except_sid, among=among
    )
    return _await(subject, list_ended_at(subject=subject, at=call.now))


def get_progress(*, subject: str, sid: str) -> tuple[list[SessionState], LogoutProgress]:
    """The sessions that were ended together with this one, and how far the news has got. Raises NotFound."""
    ended_at = None if "\x00" in sid else find_end(subject=subject, sid=sid)
    if ended_at is None:
        raise NotFound
    ended = list_ended_at(subject=subject, at=ended_at)
    return ended, get_logout_progress(subject=subject, sids=[each.sid for each in ended])


def _await(subject: str, ended: list[SessionState]) -> Ended:
    sids = tuple(each.sid for each in ended)
    deadline = time.monotonic() + SECONDS
    while True:
        progress = get_logout_progress(subject=subject, sids=sids)
        if progress.complete or time.monotonic() >= deadline:
            return Ended(sids=sids, progress=progress)
        time.sleep(_LOOK_EVERY)
