"""A gateway whose neighbours and workers can be killed, and what a test asks of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from config.environment import env
from config.supervisor.processes import Child, start, stop
from tests.faults.neighbours import Broker, Postgres
from tests.journeys.running_demo import ROOT, RunningDemo
from tests.listener import Heard


@dataclass
class House:
    """A running gateway, its PostgreSQL, its Valkey, and the workers a test has started."""

    demo: RunningDemo
    postgres: Postgres
    broker: Broker
    workers: list[int] = field(default_factory=list)
    nursery: subprocess.Popen[str] | None = None
    others: list[Child] = field(default_factory=list)
    count: int = 0

    # --- Who works here ---------------------------------------------------------------------------------------

    def hire(self, number: int = 1) -> None:
        """Start so many workers, which are at work within a moment: see `tests.faults.nursery`."""
        if self.nursery is None:
            command = [sys.executable, "-m", "tests.faults.nursery"]
            settings = {**self.demo.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
            self.nursery = subprocess.Popen(
                command, cwd=ROOT, env=settings, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        for _ in range(number):
            self.count += 1
            print(self.demo.logs / f"worker-{self.count}.log", file=self.nursery.stdin, flush=True)
            self.workers.append(int(self.nursery.stdout.readline()))

    def wind_the_clock(self) -> None:
        """Start the one process that rings scheduled tasks."""
        self.others.append(self.demo.work(name="beat"))

    def kill_one(self) -> None:
        """The worker that has been here longest is gone, with whatever it had in hand."""
        os.kill(self.workers.pop(0), signal.SIGKILL)

    def kill_all(self) -> None:
        """So are all of them."""
        while self.workers:
            self.kill_one()

    def send_home(self) -> None:
        """End what a test has started."""
        self.kill_all()
        if self.nursery is not None:
            self.nursery.communicate(timeout=20)  # no more lines: it ends
            self.nursery = None
        stop(self.others)
        self.others.clear()

    def forget_systems(self) -> None:
        """Whoever is connected is told nothing more, those of the demo included."""
        self.demo.manage("shell", "-v0", "-c", _crowd("disconnect_all()"))

    # --- What happens here ------------------------------------------------------------------------------------

    def tell(self, words: str) -> Any:
        """Run something of `tests.faults.crowd` in a process of its own; what it printed last."""
        return json.loads(self.demo.manage("shell", "-v0", "-c", _crowd(words)).splitlines()[-1])

    def begin(self, words: str) -> Child:
        """The same, while the test goes on."""
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", _crowd(words)]
        self.count += 1
        log = self.demo.logs / f"crowd-{self.count}.log"
        child = start("crowd", command, log=log, cwd=ROOT, env=self.demo.environment)
        self.others.append(child)
        return child

    def outcome(self, child: Child, *, seconds: float = 600) -> Any:
        """What it printed, once it has ended."""
        code = child.process.wait(timeout=seconds)
        assert code == 0, child.last_words(40)
        return json.loads(child.log.read_text().splitlines()[-1])

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        parts = env.db_url_config(self.demo.environment["DATABASE_URL"])
        where = make_conninfo("", host=parts["HOST"], user=parts["USER"], dbname=parts["NAME"])
        with psycopg.connect(where, autocommit=True) as connection:
            return connection.execute(statement, values).fetchall()

    def changes(self, subs: Iterable[str]) -> dict[str, list[str]]:
        """What the journal says was changed: the ids of each subject's facts, in their order."""
        found: dict[str, list[str]] = {sub: [] for sub in subs}
        rows = self.query(
            "SELECT subject, event_id FROM audit_event WHERE type = 'profile.changed' AND subject = ANY(%s) "
            "ORDER BY subject, seq",
            list(found),
        )
        for sub, event_id in rows:
            found[sub].append(event_id)
        return found

    def open_deliveries(self, slug: str) -> int:
        """How many deliveries to a system wait or are under way."""
        [(count,)] = self.query(
            "SELECT count(*) FROM sync_delivery d JOIN sync_receiver r ON r.id = d.receiver_id "
            "WHERE r.key = %s AND d.state IN ('waiting', 'leased')",
            slug,
        )
        return int(count)

    def is_through(self, slug: str) -> bool:
        """Whether nothing to a system waits or is under way."""
        return not self.open_deliveries(slug)

    def memory(self) -> float:
        """What the worker that has been here longest holds in memory, in MB."""
        words = ["ps", "-o", "rss=", "-p", str(self.workers[0])]
        return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout) / 1024


def first_seen(heard: Iterable[Heard]) -> dict[str, list[str]]:
    """The ids that came of each subject, in the order in which each was first seen."""
    found: dict[str, dict[str, None]] = {}
    for each in heard:
        found.setdefault(each.event["subject"], {}).setdefault(each.id)
    return {sub: list(ids) for sub, ids in found.items()}


def require_same_bodies(heard: Iterable[Heard]) -> int:
    """Whatever came twice under one id says the same twice; how many came twice."""
    bodies: dict[str, bytes] = {}
    twice = 0
    for each in heard:
        twice += each.id in bodies
        assert bodies.setdefault(each.id, each.body) == each.body, each.id
    return twice


def wait_until(done: Callable[[], object], *, seconds: float, what: Callable[[], object] = lambda: "") -> float:
    """Wait for something; how long it took."""
    begun = time.monotonic()
    while not done():
        assert time.monotonic() - begun < seconds, what()
        time.sleep(0.05)
    return time.monotonic() - begun


def pace() -> float:
    """How many changes a second a crowd makes; FAULTS_PACE where a machine has other things to do."""
    return float(os.environ.get("FAULTS_PACE", "100"))


def sized(whole: int, *, least: int = 1) -> int:
    """A whole size, or the part of it that FAULTS_SIZE says: 1 is all of it."""
    return max(int(whole * float(os.environ.get("FAULTS_SIZE", "1"))), least)


def _crowd(words: str) -> str:
    return f"from tests.faults.crowd import *; {words}"
