"""Two workers tell one connected system of everybody's changes: nothing twice under another id, hers in their order."""

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from config.supervisor.processes import Child, stop
from tests.journeys.running_demo import RunningDemo, run_demo
from tests.listener import Listener, listener

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("real processes share PostgreSQL")
    with run_demo(tmp_path_factory.mktemp("house"), sites=False, broker=True) as running:
        yield running


@pytest.fixture
def at_work() -> Iterator[list[Child]]:
    """Processes that the test started; they end with it."""
    children: list[Child] = []
    yield children
    stop(children)


def change(house: RunningDemo, party: Listener, *, slug: str, people: int, changes: int, rate: float) -> None:
    crowd = f"from tests.operations.crowd import *; rename({party.url!r}, {slug!r}, {people}, {changes}, {rate})"
    house.manage("shell", "-v0", "-c", crowd)


def wait_until(party: Listener, count: int, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while len(set(party.ids)) < count:
        assert time.monotonic() < deadline, f"{len(set(party.ids))} of {count}"
        time.sleep(0.05)


def by_subject(party: Listener) -> dict[str, list[int]]:
    """First-seen sequences of each subject."""
    seen: dict[str, list[int]] = {}
    first = {each.id: each for each in reversed(party.facts)}
    for id in dict.fromkeys(party.ids):
        seen.setdefault(first[id].event["subject"], []).append(first[id].seq)
    return seen


def test_order_holds_over_two_workers_one_of_which_is_killed(house, at_work):
    with listener((200, {}, b'{"applied": true}')) as party:
        at_work += [house.work(name="beat"), house.work(), house.work()]
        change(house, party, slug="killed", people=12, changes=10, rate=200)
        wait_until(party, 30, seconds=60)
        killed = at_work.pop()
        os.killpg(killed.process.pid, signal.SIGKILL)
        wait_until(party, 120, seconds=90)
        seen = by_subject(party)
        assert len(seen) == 12
        for hers in seen.values():
            assert len(hers) == 10
            assert all(one < other for one, other in pairwise(hers))
        bodies = {(each.id, each.body) for each in party.facts}
        assert len(bodies) == 120, "what comes twice has one id and one body"


def test_every_change_is_applied_and_the_watch_counts_it(house, at_work):
    """All are; how soon is printed for whoever wants to know, and measured by the bench."""
    with listener((200, {}, b'{"applied": true}')) as party:
        at_work += [house.work(name="beat"), house.work()]
        change(house, party, slug="measured", people=40, changes=25, rate=100)
        wait_until(party, 1000, seconds=120)
        time.sleep(1)
    say = (
        "from sync.queries import get_watch; from kit import clock\n"
        "watch = get_watch(slug='measured', now=clock.now()).total\n"
        "print(watch.applied, watch.applied_lag.p50, watch.applied_lag.p95, watch.applied_lag.p99)"
    )
    applied, p50, p95, p99 = map(float, house.manage("shell", "-v0", "-c", say).splitlines()[-1].split())
    print(f"commit to applied: p50 {p50:.3f} s, p95 {p95:.3f} s, p99 {p99:.3f} s")
    assert applied == 1000
