"""How long the gateway takes to learn of a session, inside the process: `python -m bench.peers.gateway.lookups 2.0`."""

import json
import os
import sys
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit import clock
from oauth.revocation_list import REVOCATIONS
from oauth.types import RevocationKind
from sessions_hub.queries import find_live_session, list_live_sessions, list_signed_in


def measure(seconds: float) -> list[dict[str, object]]:
    """Each way for so many seconds, with a session that somebody left behind in a round before."""
    [subject] = list_signed_in(now=clock.now(), limit=1)
    sid = list_live_sessions(subject=subject, now=clock.now())[0].sid
    keys = [(RevocationKind.ACCOUNT, subject), (RevocationKind.SESSION, sid)]
    issued_at = int(clock.now().timestamp()) + 60
    ways: dict[str, Callable[[], object]] = {
        "the session itself (refresh, code, refresh token introspected)": (
            lambda: find_live_session(sid=sid, now=clock.now())
        ),
        "whether it was revoked (access token introspected, userinfo, API)": (
            lambda: REVOCATIONS.reaches(keys, issued_at=issued_at)
        ),
    }
    return [_measure(what, way, seconds) for what, way in ways.items()]


def _measure(what: str, way: Callable[[], object], seconds: float) -> dict[str, object]:
    way()
    with CaptureQueriesContext(connection) as captured:
        way()
    taken: list[float] = []
    ends = time.perf_counter() + seconds
    while (began := time.perf_counter()) < ends:
        way()
        taken.append(time.perf_counter() - began)
    taken.sort()
    figures = {"p50": 1e6 * taken[len(taken) // 2], "p99": 1e6 * taken[int(len(taken) * 0.99)]}
    return {"what": what, "statements": len(captured), **figures}


if __name__ == "__main__":
    print(json.dumps({"lookups": measure(float(sys.argv[1]))}))
