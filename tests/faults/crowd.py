"""Run inside a gateway's own process by `manage.py shell`: systems are connected, people come and change names."""

import json
import random
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.test.utils import override_settings

from accounts.services import change_name
from audit.models import SubjectHead
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id
from sync.models import Delivery, Receiver
from sync.queries import list_connections
from sync.services import apply_transmitters, create_connection, disable_connection, resume_connection
from sync.types import ConnectionDraft, Kind, Standing
from tests.actors import make_customer


def connect(slug: str, url: str, *event_types: str) -> None:
    """A system that is told by webhook; prints its secret."""
    draft = ConnectionDraft(name=slug, kind=Kind.WEBHOOK, endpoint=url, event_types=event_types or ("profile.changed",))
    _, secret = create_connection(slug=slug, draft=draft, call=_call())
    print(json.dumps(secret))


def disconnect_all() -> None:
    """Nobody is told anything more, and what waited is given up."""
    for state in list_connections():
        if state.standing != Standing.DISABLED:
            disable_connection(slug=state.slug, call=_call())


def come(count: int) -> None:
    """So many customers; prints their subjects."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        subs = [make_customer(_call(), new_id("crowd").lower()).sub for _ in range(count)]
    print(json.dumps(subs))


def change(subs: list[str], count: int, *, writers: int = 4, seconds: float = 0.0) -> None:
    """So many changes of names, from threads that draw whose; prints how many of each were acknowledged.

    With `seconds` they are spread over so long. What the database was away for counts as not acknowledged.
    """
    crowd = _Crowd(subs, count, seconds / count if seconds else 0.0)
    threads = [threading.Thread(target=crowd.write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"acknowledged": crowd.acknowledged, "failed": crowd.failed}))


class _Crowd:
    def __init__(self, subs: list[str], count: int, pause: float) -> None:
        self.acknowledged: Counter[str] = Counter()
        self.failed = 0
        self._subs, self._left, self._pause = subs, count, pause
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._done = 0
        self._dice = random.Random(7)

    def _next(self) -> str | None:
        with self._lock:
            if not self._left:
                return None
            self._left -= 1
            self._done += 1
            sub, turn = self._dice.choice(self._subs), self._begun + self._done * self._pause
        time.sleep(max(0.0, turn - time.monotonic()))
        return sub

    def write(self) -> None:
        while (sub := self._next()) is not None:
            try:
                change_name(sub=sub, name=new_id("name"), call=_call())
            except (OperationalError, InterfaceError):
                connection.close()
                with self._lock:
                    self.failed += 1
                time.sleep(0.2)
            else:
                with self._lock:
                    self.acknowledged[sub] += 1
        connection.close()


def resume(slug: str) -> None:
    """A system that was paused is told again."""
    resume_connection(slug=slug, call=_call())
    print(json.dumps(slug))


def lie_there(slug: str, subs: list[str], count: int) -> None:
    """So many deliveries to a system as an hour of its silence leaves them: made over the hour, the oldest tried."""
    now = clock.now()
    receiver = Receiver.objects.get(key=slug)
    hour, seqs = timedelta(hours=1), Counter[str]()
    for start in range(0, count, 1000):
        rows = []
        for number in range(start, min(start + 1000, count)):
            sub, made = subs[number % len(subs)], now - hour + hour * number / count
            seqs[sub] += 1
            row = Delivery(receiver=receiver, event_id=new_id("evt_"), subject=sub, seq=seqs[sub], facts={"data": {}})
            row.type, row.occurred_at, row.created_at, row.next_attempt_at = "profile.changed", made, made, made
            row.give_up_at = made + timedelta(days=3)
            if seqs[sub] == 1:
                row.attempts, row.last_error, row.next_attempt_at = 9, "status_500", now + timedelta(minutes=20)
            rows.append(row)
        Delivery.objects.bulk_create(rows)
    Receiver.objects.filter(key=slug).update(failures=70, quiet_until=now)
    Delivery.objects.filter(receiver=receiver, subject=subs[0], attempts=9).update(next_attempt_at=now)
    SubjectHead.objects.filter(subject__in=subs).update(seq=F("seq") + count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sync_delivery")
    print(json.dumps(count))


def hear_from(issuer: str, jwks: dict[str, Any]) -> None:
    """A transmitter of security events that is believed."""
    entry = {"name": "Bank", "issuer": issuer, "jwks": jwks, "may": ["risk"]}
    apply_transmitters(document={"transmitters": {"bank": entry}}, call=_call())
    print(json.dumps(issuer))


def at_once(sub: str, writers: int, each: int) -> None:
    """So many threads change the name of one customer, each so often, all beginning together."""
    start = threading.Barrier(writers)

    def write() -> None:
        connection.ensure_connection()
        start.wait(60)
        for _ in range(each):
            change_name(sub=sub, name=new_id("name"), call=_call())
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(writers * each))


def _call() -> CallContext:
    return CallContext(caller=system_caller("crowd"), now=clock.now(), trace_id=new_id())
