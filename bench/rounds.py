"""One round of one operation on one server: how often, how long, at what cost, and whether every answer was right."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from bench import chains, load, machine, operations
from bench.load import Tally, WrongAnswer
from bench.servers import CONNECTIONS, Surroundings
from bench.target import Target
from config.supervisor.processes import Child

_NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "SHOW")
_MOST_SAMPLES = 20


@dataclass(slots=True)
class Running:
    """A started server, and the browsers of its people: they stay signed in over the rounds."""

    name: str
    child: Child
    target: Target
    database: str | None
    browsers: list[chains.Browser] = field(default_factory=list)

    def __post_init__(self) -> None:
        people = self.target.people or (None,) * (2 * CONNECTIONS)
        self.browsers = [chains.Browser(person) for person in people]


@dataclass(frozen=True, slots=True)
class Round:
    """The figures of one round; milliseconds. `fault` says why it does not count."""

    per_second: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    server_cpu: float = 0.0
    database_cpu: float = 0.0
    busy: float = 0.0
    fault: str = ""


def run_round(
    around: Surroundings,
    running: Running,
    operation: str,
    *,
    seconds: float,
    warm_up: float,
    connections: int = CONNECTIONS,
) -> Round:
    """Drive an operation over some connections; a wrong answer makes the round void."""
    tally = Tally()
    used = _Used(around, running)
    try:
        length = load.run(
            running.target.address,
            _chains(running, operation, tally, connections),
            tally,
            seconds=seconds,
            warm_up=warm_up,
            at_begin=used.begin,
            at_end=used.end,
        )
        check_signatures(running.target, tally.samples)
    except (WrongAnswer, OSError, ValueError) as error:
        return Round(fault=f"{type(error).__name__}: {error}"[:500])
    times, count = sorted(tally.seconds), len(tally.seconds)
    if not count:
        return Round(fault="nothing was finished in time")
    return Round(
        per_second=count / length,
        p50=1000 * times[count // 2],
        p95=1000 * times[min(count - 1, int(count * 0.95))],
        p99=1000 * times[min(count - 1, int(count * 0.99))],
        server_cpu=1000 * used.server / count,
        database_cpu=1000 * used.database / count,
        busy=machine.load(),
    )


def run_beside(
    running: Running,
    measured: str,
    flood: str,
    *,
    flooding: int,
    seconds: float,
    warm_up: float,
    connections: int = CONNECTIONS,
) -> tuple[Tally, Tally]:
    """Drive one operation while others flood the server with another one. Raises WrongAnswer."""
    one, other = Tally(), Tally()
    both = [
        *_chains(running, measured, one, connections),
        *_chains(running, flood, other, flooding, first=CONNECTIONS),
    ]
    load.run(running.target.address, both, one, seconds=seconds, warm_up=warm_up, also=(other,))
    return one, other


def count_statements(around: Surroundings, running: Running, operation: str) -> float | None:
    """Statements (without those of transactions) that PostgreSQL ran for one operation; None where it cannot tell."""
    if not around.can_count or running.database is None:
        return None
    tally, counted = Tally(), [0]

    def begin() -> None:
        with around.connect("postgres") as connection:
            connection.execute("SELECT pg_stat_statements_reset()")

    def end() -> None:
        counted[0] = _statements(around, running.database or "")

    around.count_statements(True)
    try:
        chain = _chains(running, operation, tally, 1)
        load.run(running.target.address, chain, tally, seconds=1.5, warm_up=1.0, at_begin=begin, at_end=end)
    except WrongAnswer:
        return None
    finally:
        around.count_statements(False)
    return counted[0] / len(tally.seconds) if tally.seconds else None


def check_signatures(target: Target, tokens: list[str]) -> None:
    """Verify a sample of JWTs against the server's published keys. Raises WrongAnswer."""
    signed = [token for token in tokens if token.count(".") == 2]
    if not signed:
        return
    with urllib.request.urlopen(f"{target.origin}{target.paths['jwks']}") as answer:
        keys = KeySet.import_key_set(json.load(answer))
    for token in signed[:_MOST_SAMPLES]:
        claims: Mapping[str, Any] = jwt.decode(token, keys, algorithms=["ES256", "RS256"]).claims
        if claims["exp"] <= time.time():
            raise WrongAnswer(f"a token that has expired: {claims}")


def _chains(running: Running, operation: str, tally: Tally, connections: int, first: int = 0) -> list[load.Chain]:
    make: Callable[..., load.Chain] = operations.OPERATIONS[operation]
    browsers = running.browsers[first : first + connections]
    if operation == "password sign-in":  # strangers each time: nobody's session is replaced
        browsers = [chains.Browser(each.person) for each in browsers]
    return [make(running.target, browser, tally) for browser in browsers]


class _Used:
    """CPU seconds between the edges of a window."""

    def __init__(self, around: Surroundings, running: Running) -> None:
        self._pids = ([running.child.process.pid], [around.postgres.process.pid])
        self._at_begin = (0.0, 0.0)
        self.server = self.database = 0.0

    def begin(self) -> None:
        self._at_begin = (machine.cpu_seconds(self._pids[0]), machine.cpu_seconds(self._pids[1]))

    def end(self) -> None:
        self.server = machine.cpu_seconds(self._pids[0]) - self._at_begin[0]
        self.database = machine.cpu_seconds(self._pids[1]) - self._at_begin[1]


def _statements(around: Surroundings, database: str) -> int:
    with around.connect("postgres") as connection:
        rows = connection.execute(
            "SELECT query, calls FROM pg_stat_statements JOIN pg_database ON dbid = pg_database.oid WHERE datname = %s",
            [database],
        ).fetchall()
    return sum(calls for query, calls in rows if not str(query).lstrip().upper().startswith(_NOT_COUNTED))
