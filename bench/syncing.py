"""From the commit of a customer's change to *applied* at a connected system, and how many a second get there."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench import machine
from bench.load import WrongAnswer
from bench.peers.gateway.server import start_worker
from bench.results import Synced
from bench.rounds import Running
from bench.servers import ROOT, CannotMeasure, Surroundings, run_seed

PACE = 100  # changes a second
BURST = 2000
_PORT = 18130
_PATIENCE = 60.0  # seconds; what has not arrived by then counts as lost
_CHANGES = "bench.peers.gateway.changes"


def measure_sync(around: Surroundings, gateway: Running, *, seconds: float) -> Synced:
    """Changes at a steady pace for so long, then many at once. Raises CannotMeasure, WrongAnswer, OSError."""
    env = gateway.target.env
    arrivals = around.folder / "arrivals"
    secret = run_seed(_CHANGES, "connect", f"http://127.0.0.1:{_PORT}/hooks", env=env)["secret"]
    worker = start_worker(around, env)
    with _receiver(secret, arrivals):
        _change(around, env, arrivals, count=50, pace=PACE)  # the worker has started when these have arrived
        steady = _change(around, env, arrivals, count=int(PACE * seconds), pace=PACE)
        pids = [worker.process.pid], [around.postgres.process.pid]
        before = [machine.cpu_seconds(each) for each in pids]
        burst = _change(around, env, arrivals, count=BURST, pace=0)
        spent = [machine.cpu_seconds(each) - had for each, had in zip(pids, before, strict=True)]
    if worker.has_ended:
        raise CannotMeasure(f"the worker ended: {worker.last_words()}")
    taken = sorted(1000 * (applied - committed) for committed, applied in steady if applied is not None)
    applied = [applied for _, applied in burst if applied is not None]
    if not taken or not applied:
        raise WrongAnswer("no change arrived at the connected system")
    return Synced(
        pace=PACE,
        changes=len(steady),
        lost=len(steady) - len(taken) + len(burst) - len(applied),
        p50=taken[len(taken) // 2],
        p95=taken[int(len(taken) * 0.95)],
        p99=taken[int(len(taken) * 0.99)],
        burst=len(burst),
        burst_rate=len(applied) / (max(applied) - min(committed for committed, _ in burst)),
        worker_cpu=1000 * spent[0] / len(burst),
        database_cpu=1000 * spent[1] / len(burst),
        busy=machine.load(),
    )


def _change(
    around: Surroundings, env: Mapping[str, str], arrivals: Path, *, count: int, pace: int
) -> list[tuple[float, float | None]]:
    """Make changes and wait until they have arrived: when each was written, and when applied."""
    since = time.time()
    run_seed(_CHANGES, "change", str(count), str(pace), env=env, core=around.cores.server)
    with around.connect("gateway") as connection:
        rows = connection.execute(
            "SELECT event_id, extract(epoch FROM recorded_at)::float8 FROM audit_event "
            "WHERE type = 'profile.changed' AND recorded_at >= to_timestamp(%s)",
            [since],
        ).fetchall()
    deadline = time.monotonic() + _PATIENCE
    while True:
        found = _read(arrivals)
        if all(event_id in found for event_id, _ in rows) or time.monotonic() > deadline:
            return [(committed, found.get(event_id)) for event_id, committed in rows]
        time.sleep(0.2)


def _read(arrivals: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in arrivals.read_text().splitlines():
        event_id, at = line.split()
        found.setdefault(event_id, float(at))
    return found


@contextmanager
def _receiver(secret: str, arrivals: Path) -> Iterator[None]:
    """A connected system in a process of its own, on the core where the load is."""
    arrivals.touch()
    command = [sys.executable, "-m", "bench.receiver", str(_PORT), secret, str(arrivals)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if json.loads(process.stdout.readline() or "null") != "listening":
            raise CannotMeasure("the connected system does not listen")
        yield
    finally:
        process.kill()
        process.wait()
