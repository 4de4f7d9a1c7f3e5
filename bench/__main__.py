"""The command line of the benchmark: `python -m bench`, `python -m bench --quick --only refresh`."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import machine, report
from bench.chains import Browser, tokens_of
from bench.consents import CHECKED, CHOICE
from bench.consents import OPERATIONS as CONSENTS
from bench.endings import measure_endings
from bench.load import Tally, WrongAnswer, converse
from bench.operations import OPERATIONS
from bench.peers.oidc_provider.server import provider_version
from bench.plan import CONNECTIONS_OF, GATEWAY, PEERS, Peer
from bench.results import Flood, Lookup, Results, Written
from bench.rounds import Running, count_statements, run_beside, run_round
from bench.servers import CONNECTIONS, ROOT, CannotMeasure, Surroundings, run_seed, surroundings
from bench.syncing import measure_sync
from scripts.testbed import raise_on_termination
from scripts.throwaway_postgres import NoPostgres, find_binaries

_DOCUMENT = ROOT / "docs" / "benchmarks.md"
_READERS, _WRITERS = 2, 2  # connections
_ARGON2 = """
import time
from argon2.low_level import Type, hash_secret
began, count = time.perf_counter(), 0
while (spent := time.perf_counter() - began) < %s:
    hash_secret(b"correct horse battery staple", b"saltsaltsalt", 2, 19456, 1, 32, Type.ID)
    count += 1
print(count / spent)
"""


def main() -> int:
    """Run what was asked for and write the document; 0 when every round of the gateway counted."""
    options = _read_options()
    raise_on_termination()
    began = time.monotonic()
    results = Results(command=_command(), began=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    results.machine, results.versions = machine.describe(), _versions()
    try:
        with surroundings() as around:
            running = dict(_start(around, options, results))
            _measure(around, running, options, results)
    except (CannotMeasure, NoPostgres) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    results.seconds = time.monotonic() - began
    text = report.write(results, seconds=options.seconds, connections=CONNECTIONS, notes=_notes(options.document))
    options.document.write_text(text, encoding="utf-8")
    print(f"\nWritten: {options.document}")
    return 1 if any(fault.startswith(GATEWAY) for fault in results.faults()) else 0


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of what a goal names (3)")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a round (10)")
    parser.add_argument("--quick", action="store_true", help="one round of 2 s each, into a document of its own")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="WORDS",
        help="operations whose name begins so; sessions, sync for what no load shows",
    )
    parser.add_argument("--peers", nargs="+", metavar="WORDS", help="servers whose name begins so")
    parser.add_argument("--document", type=Path, default=None, help="where to write (docs/benchmarks.md)")
    parser.add_argument(
        "--subjects", type=int, default=1_000_000, help="customers in the register of consent (1000000)"
    )
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 2.0
    whole = not (options.quick or options.only or options.peers)
    options.document = options.document or (_DOCUMENT if whole else ROOT / "var" / "benchmarks.md")
    options.document.parent.mkdir(exist_ok=True)
    options.warm_up = 1.0
    return options


def _start(around: Surroundings, options: argparse.Namespace, results: Results) -> Iterator[tuple[str, Running]]:
    for peer in PEERS:
        if options.peers and not any(peer.name.lower().startswith(word.lower()) for word in options.peers):
            continue
        try:
            child, target = peer.start(around)
        except CannotMeasure as error:
            if peer.name == GATEWAY:
                raise
            results.missing[peer.name] = str(error).splitlines()[0]
            print(f"{peer.name} is left out: {error}", file=sys.stderr)
            continue
        print(f"{peer.name} answers on port {target.port}", flush=True)
        yield peer.name, Running(peer.name, child, target, peer.database)


def _chosen(names: Iterable[str], words: list[str] | None) -> list[str]:
    return [name for name in names if not words or any(name.startswith(word) for word in words)]


def _measure(around: Surroundings, running: dict[str, Running], options: argparse.Namespace, results: Results) -> None:
    operations = _chosen(OPERATIONS, options.only)
    if GATEWAY in running and any(each in CONSENTS for each in operations):
        _seed_consents(running[GATEWAY], options, results)
    for operation in operations:
        _measure_operation(around, running, operation, options, results)
    if GATEWAY in running and _chosen(["sessions"], options.only):
        _measure_sessions(around, running[GATEWAY], options, results)
    if GATEWAY in running and _chosen(["sync"], options.only):
        _measure_sync(around, running[GATEWAY], options, results)
    if GATEWAY in running and CHECKED in operations:
        results.written = _checks_beside_choices(running[GATEWAY], options)
    if "password sign-in" in operations:
        results.argon2_per_second = _bare_argon2(around, options.seconds / 2)
        if GATEWAY in running:
            results.flood = _flood(running[GATEWAY], options)


def _measure_operation(
    around: Surroundings, running: dict[str, Running], operation: str, options: argparse.Namespace, results: Results
) -> None:
    timing = {"seconds": options.seconds, "warm_up": options.warm_up}
    if operation in CONNECTIONS_OF:
        timing["connections"] = CONNECTIONS_OF[operation]
    for number in range(options.rounds):
        for peer in _taking_part(operation, number, running):
            found = run_round(around, running[peer.name], operation, **timing)
            results.add(peer.name, operation, found)
            told = found.fault or f"{found.per_second:8.1f}/s  p50 {found.p50:.2f}  p99 {found.p99:.2f} ms"
            cost = f"  cpu {found.server_cpu:.2f} + {found.database_cpu:.2f} ms  load {found.busy:.1f}"
            print(f"{operation:32} {peer.name:22} {told}{'' if found.fault else cost}", flush=True)
    for peer in _taking_part(operation, 0, running):
        if (counted := count_statements(around, running[peer.name], operation)) is not None:
            results.statements[peer.name, operation] = counted


def _measure_sessions(around: Surroundings, gateway: Running, options: argparse.Namespace, results: Results) -> None:
    """What no load shows: the look-up of a session alone, and how soon everybody has heard that one ended."""
    seconds, samples = str(options.seconds / 2), int(options.seconds * 10)
    try:
        core, target = around.cores.server, gateway.target
        converse(target.address, tokens_of(target, Browser(target.people[-1])))  # a session to look up
        found = run_seed("bench.peers.gateway.lookups", seconds, env=target.env, core=core)["lookups"]
        results.lookups = [Lookup(**each) for each in found]
        results.endings = measure_endings(around, gateway, samples=samples)
    except (CannotMeasure, WrongAnswer, OSError) as error:
        print(f"sessions: {error}", file=sys.stderr)
        return
    print(f"end session, confirmed by all: p50 {results.endings.p50:.0f}  p99 {results.endings.p99:.0f} ms", flush=True)


def _measure_sync(around: Surroundings, gateway: Running, options: argparse.Namespace, results: Results) -> None:
    """How soon a connected system has applied a customer's change, and how many a second it can be told of."""
    try:
        results.synced = found = measure_sync(around, gateway, seconds=2 * options.seconds)
    except (CannotMeasure, WrongAnswer, OSError) as error:
        print(f"sync: {error}", file=sys.stderr)
        return
    latency = f"p50 {found.p50:.0f}  p95 {found.p95:.0f}  p99 {found.p99:.0f} ms at {found.pace}/s"
    print(f"change, applied at a system: {latency}, {found.lost} lost; burst {found.burst_rate:.0f}/s", flush=True)


def _taking_part(operation: str, number: int, running: dict[str, Running]) -> list[Peer]:
    return [
        peer
        for peer in PEERS
        if peer.name in running and operation not in peer.without and (number == 0 or operation in peer.thorough)
    ]


def _bare_argon2(around: Surroundings, seconds: float) -> float:
    """What the server's core can do when it does nothing but hash."""
    command = ["taskset", "-c", str(around.cores.server), sys.executable, "-c", _ARGON2 % seconds]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _flood(gateway: Running, options: argparse.Namespace) -> Flood | None:
    """Token requests alone, and the same while as many connections do nothing but sign in."""
    timing = {"seconds": options.seconds, "warm_up": options.warm_up}
    try:
        quiet, _ = run_beside(gateway, "client credentials", "password sign-in", flooding=0, **timing)
        flooded, signed_in = run_beside(
            gateway, "client credentials", "password sign-in", flooding=CONNECTIONS, **timing
        )
    except (WrongAnswer, OSError) as error:
        print(f"flood: {error}", file=sys.stderr)
        return None
    return Flood(
        quiet_p99=_p99(quiet.seconds),
        flooded_p99=_p99(flooded.seconds),
        quiet_rate=len(quiet.seconds) / options.seconds,
        flooded_rate=len(flooded.seconds) / options.seconds,
        sign_ins=len(signed_in.seconds) / options.seconds,
    )


def _seed_consents(gateway: Running, options: argparse.Namespace, results: Results) -> None:
    run_seed("bench.peers.gateway.register", str(options.subjects), env=gateway.target.env)
    gateway.target = replace(gateway.target, subjects=options.subjects)
    results.subjects = options.subjects
    print(f"The register of consent holds {options.subjects} customers", flush=True)


def _checks_beside_choices(gateway: Running, options: argparse.Namespace) -> Written | None:
    """Checks over most connections, while customers change their minds over the others."""
    timing = {"seconds": options.seconds, "warm_up": options.warm_up}
    try:
        checks, choices = run_beside(gateway, CHECKED, CHOICE, flooding=_WRITERS, connections=_READERS, **timing)
    except (WrongAnswer, OSError) as error:
        print(f"checks beside choices: {error}", file=sys.stderr)
        return None
    figures = {"per_second": len(checks.seconds) / options.seconds, "choices": len(choices.seconds) / options.seconds}
    found = Written(p50=_part(checks, 0.5), p95=_part(checks, 0.95), p99=_part(checks, 0.99), **figures)
    print(f"{CHECKED}, beside choices {figures}  p99 {found.p99:.2f} ms", flush=True)
    return found


def _part(tally: Tally, part: float) -> float:
    return 1000 * sorted(tally.seconds)[int(len(tally.seconds) * part)]


def _p99(seconds: list[float]) -> float:
    return 1000 * sorted(seconds)[int(len(seconds) * 0.99)]


def _notes(document: Path) -> str:
    """What somebody wrote below the figures."""
    if not document.exists():
        return ""
    return document.read_text(encoding="utf-8").partition(report.NOTES)[2]


def _versions() -> dict[str, str]:
    known = {name: version(name) for name in ("django", "django-oauth-toolkit", "granian", "psycopg")}
    postgres = machine.version_of(str(find_binaries() / "postgres"), "--version")
    return known | {"oidc-provider": provider_version(), "PostgreSQL": postgres.rpartition(") ")[2].split(" (")[0]}


def _command() -> str:
    return " ".join(["python -m bench", *sys.argv[1:]]) if sys.argv[1:] else "make bench"


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
