"""Changes that a connected system is told of, inside the gateway.

python -m bench.peers.gateway.changes connect URL      connect a system, make customers
python -m bench.peers.gateway.changes change COUNT PACE     so many changes, PACE a second or, with 0, at once
"""

import json
import os
import sys
import threading
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection
from django.test.utils import override_settings

from accounts.queries import find_account_by_email
from accounts.services import change_name, register_account
from accounts.types import Kind as AccountKind
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id
from sync.services import create_connection
from sync.types import ConnectionDraft, Kind

SUBJECTS = 200
_WRITERS = 4
_ADDRESS = "sync{}@bench.example"


def connect(url: str) -> str:
    """Connect a system, and make the customers whose changes it is told; its secret."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        for number in range(SUBJECTS):
            register_account(
                email=_ADDRESS.format(number),
                password=new_id("pw"),
                name="Bench",
                kind=AccountKind.CUSTOMER,
                email_verified=True,
                call=_call(),
            )
    draft = ConnectionDraft(
        name="Bench",
        kind=Kind.WEBHOOK,
        endpoint=url,
        event_types=("profile.changed",),
        attributes=("name", "email"),
        purpose="service",
    )
    _, secret = create_connection(slug="bench", draft=draft, call=_call())
    return secret


def change(count: int, pace: int) -> int:
    """So many changes by several threads, each customer's turn in its time; how many."""
    accounts = [find_account_by_email(_ADDRESS.format(number)) for number in range(SUBJECTS)]
    subs = [account.sub for account in accounts if account is not None]
    begun = time.monotonic()

    def write(first: int) -> None:
        for number in range(first, count, _WRITERS):
            if pace:
                time.sleep(max(0.0, begun + number / pace - time.monotonic()))
            change_name(sub=subs[number % len(subs)], name=new_id("name"), call=_call())
        connection.close()

    threads = [threading.Thread(target=write, args=(first,)) for first in range(_WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count


def _call() -> CallContext:
    return CallContext(caller=system_caller("bench"), now=clock.now(), trace_id=new_id())


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    told = {"secret": connect(*words)} if what == "connect" else {"changes": change(*map(int, words))}
    print(json.dumps(told))
