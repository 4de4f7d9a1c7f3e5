"""Starting what is measured, each server alone on its core, and what stands around it on the other."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import machine
from bench.target import Person, Target
from config.supervisor import valkey
from config.supervisor.processes import Child, start, stop
from scripts.throwaway_postgres import ROLE, find_binaries, start_cluster

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 8
#: As production runs it: commits reach the disk.
_DURABLE = ["fsync=on", "synchronous_commit=on", "max_parallel_workers_per_gather=0"]
_COUNTING = ["shared_preload_libraries=pg_stat_statements"]


class CannotMeasure(Exception):
    """A server that does not start, or a program that is missing; the message is for whoever runs the benchmark."""


@dataclass(slots=True)
class Surroundings:
    """PostgreSQL and Valkey on the core beside the server's, and a folder that is gone afterwards."""

    folder: Path
    cores: machine.Cores
    database_url: str
    valkey_socket: Path
    postgres: Child
    can_count: bool
    children: list[Child] = field(default_factory=list)

    def new_database(self, name: str) -> str:
        """The address of a fresh database of the cluster."""
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"{self.database_url.rpartition('/')[0]}/{name}"

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """A connection to a database of the cluster."""
        return psycopg.connect(host=str(self.folder / "postgres"), user=ROLE, dbname=database, autocommit=True)

    def count_statements(self, on: bool) -> None:
        """Let PostgreSQL count from now on, or stop it: counting costs a little, so timed rounds go without."""
        with self.connect("postgres") as connection:
            connection.execute(f"ALTER SYSTEM SET pg_stat_statements.track = '{'top' if on else 'none'}'")
            connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.3)  # every backend takes notice at its next statement

    def serve(self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, port: int) -> Child:
        """Start a server on its core and wait until it listens."""
        pinned = [shutil.which("taskset") or "taskset", "-c", str(self.cores.server), *command]
        child = start(name, pinned, log=self.folder / f"{name}.log", env=env, cwd=cwd)
        self.children.append(child)
        deadline = time.monotonic() + 60
        while not _answers(port):
            if child.has_ended or time.monotonic() > deadline:
                raise CannotMeasure(f"{name} does not start: {child.last_words(30)}")
            time.sleep(0.05)
        return child


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """A durable PostgreSQL and a Valkey, on the core where this process runs too; all children end with it."""
    cores = machine.choose_cores()
    os.sched_setaffinity(0, {cores.around})  # inherited by what is started from here
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="throughline-bench-")).resolve()
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)
        for name in ("postgres", "valkey", "data"):
            (folder / name).mkdir(mode=0o700)
        can_count = _can_count()
        postgres, url = start_cluster(folder / "postgres", also=[*_DURABLE, *(_COUNTING if can_count else [])])
        cleanup.callback(stop, [postgres])
        program, socket = valkey.find_server(), valkey.socket_in(folder / "valkey")
        if program is None:
            raise CannotMeasure("no Valkey or Redis was found")
        child = valkey.start_server(program, socket_path=socket, log=folder / "valkey.log")
        cleanup.callback(stop, [child])
        if not valkey.wait_until_it_answers(child, socket):
            raise CannotMeasure(f"{program} does not start: {child.last_words()}")
        around = Surroundings(folder, cores, url, socket, postgres, can_count)
        if can_count:
            with around.connect("postgres") as connection:
                connection.execute("CREATE EXTENSION pg_stat_statements")
            around.count_statements(False)
        cleanup.callback(stop, around.children)
        yield around


def python_server(
    around: Surroundings, name: str, application: str, *, port: int, threads: int, env: Mapping[str, str]
) -> Child:
    """A WSGI application in granian: one worker, blocking threads."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "127.0.0.1"]
    size = ["--port", str(port), "--workers", "1", "--blocking-threads", str(threads)]
    return around.serve(name, [*command, *size, application], env=env, cwd=ROOT, port=port)


def run_seed(module: str, *arguments: str, env: Mapping[str, str], core: int | None = None) -> dict[str, Any]:
    """Run a peer's seed, or another module of ours, and read the JSON it prints."""
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    command = [*pinned, sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(f"{module}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def people_in(seeded: Mapping[str, Any]) -> tuple[Person, ...]:
    """The people that a seed made."""
    return tuple(Person(each["login"], each["password"]) for each in seeded["people"])


def _can_count() -> bool:
    """Whether this PostgreSQL brings the extension that counts statements."""
    try:
        folder = subprocess.run(
            [find_binaries() / "pg_config", "--pkglibdir"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return False
    return (Path(folder) / "pg_stat_statements.so").exists()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        connection.getresponse()
        return True
    except OSError:
        return False
    finally:
        connection.close()


__all__ = ["CONNECTIONS", "ROOT", "CannotMeasure", "Surroundings", "Target", "people_in", "python_server", "run_seed"]
