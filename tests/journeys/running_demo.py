"""The demo as a newcomer has it: a gateway and its channel apps, on real sockets.

Its database is made for it and dropped afterwards, beside the one the tests use.
"""

import atexit
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
import requests
from psycopg import sql

from config.environment import read_database
from config.serving import beat_command, examples_command, worker_command
from config.supervisor.processes import Child, start, stop
from examples import PROGRAMS

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120.0  # a machine that tests has other things to do


@dataclass(frozen=True)
class RunningDemo:
    """Addresses and logins of a running demo; `demo` is what its `demo.json` says."""

    demo: dict[str, Any]
    environment: Mapping[str, str]
    logs: Path

    @property
    def issuer(self) -> str:
        """The gateway's address."""
        return str(self.demo["issuer"])

    def site(self, name: str) -> str:
        """The address of a sample site."""
        return str(self.demo["clients"][name]["url"])

    def client(self, name: str) -> dict[str, Any]:
        """A demo client's registration."""
        return dict(self.demo["clients"][name])

    def work(self, *, name: str = "worker") -> Child:
        """Start a worker, or the clock (`name="beat"`); the caller stops it. It needs a broker."""
        command = beat_command() if name == "beat" else worker_command()
        return start(name, command, log=self.logs / f"{name}.log", cwd=ROOT, env=self.environment)

    def manage(self, *arguments: str) -> str:
        """Run a management command of the running gateway; what it printed."""
        return _manage(self.environment, *arguments)


@dataclass(frozen=True)
class _Model:
    """A database nobody works in, and the `demo.json` that belongs to it."""

    database: str
    demo: str


_MODELS: dict[str, _Model] = {}  # by the DATABASE_URL of the server


@contextmanager
def run_demo(
    directory: Path, *, host: str = "localhost", sites: bool = True, broker: bool = False
) -> Iterator[RunningDemo]:
    """Furnish and serve; everything is stopped and dropped at the end.

    With `broker` the gateway rings through Redis, and `RunningDemo.work` starts whoever hears it.
    Cookies know no ports: a second gateway beside the first one needs a `host` of its own.
    """
    with ExitStack() as cleanup:
        port = _free_ports(1 + len(PROGRAMS), cleanup)
        environment = _environment(directory, port, cleanup) | {"ISSUER_URL": f"http://{host}:{port}"}
        if broker:
            environment.pop("CELERY_BROKER_URL")  # that of REDIS_URL
        _furnish(environment, directory)
        children: list[Child] = []
        cleanup.callback(lambda: stop(children))
        children.append(_serve_gateway(port, environment, directory))
        if sites:
            command = examples_command(port)
            children.append(start("examples", command, log=directory / "examples.log", cwd=ROOT, env=environment))
        _wait_for(f"http://localhost:{port}/livez", children[0])
        for each in PROGRAMS if sites else ():
            _wait_for(f"http://localhost:{port + each['port_offset']}/", children[1])
        demo = json.loads((directory / "demo.json").read_text())
        yield RunningDemo(demo=demo, environment=environment, logs=directory)


def _environment(directory: Path, port: int, cleanup: ExitStack) -> dict[str, str]:
    environment = {
        **os.environ,
        "THROUGHLINE_MODE": "embedded",
        "DATA_DIR": str(directory),
        "DEMO_FILE": str(directory / "demo.json"),
        "PORT": str(port),
        "ISSUER_URL": f"http://localhost:{port}",
        "DATABASE_URL": _own_database(directory, cleanup),
        "RATE_LIMIT_FACTOR": "1000",
        "FETCH_ALLOW_LOOPBACK": "1",
        "CELERY_BROKER_URL": "memory://",  # nobody works off a queue here
    }
    if redis := os.environ.get("REDIS_URL"):
        environment["REDIS_URL"] = other_redis_database(redis)
    else:
        environment.pop("REDIS_URL", None)
    return environment


def _own_database(directory: Path, cleanup: ExitStack) -> str:
    shared = os.environ.get("DATABASE_URL", "")
    parts = urlsplit(shared)
    if not parts.scheme.startswith(("postgres", "psql")):
        return f"sqlite:///{directory / 'demo.sqlite3'}"
    name = _new_database(_MODELS[shared].database if shared in _MODELS else "template1")
    cleanup.callback(_on_postgresql, "DROP DATABASE {} WITH (FORCE)", name)
    return urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/{name}"))


def _furnish(environment: Mapping[str, str], directory: Path) -> None:
    """Make tables, people and clients; what the first gateway of this process has made, the next ones copy.

    Seeding a copy brings it to the new gateway's addresses.
    """
    server, file = os.environ.get("DATABASE_URL", ""), directory / "demo.json"
    if server in _MODELS:
        file.write_text(_MODELS[server].demo)
    else:
        _manage(environment, "prepare", "--verbosity=0")
    _manage(environment, "demo_seed")
    made = urlsplit(environment["DATABASE_URL"])
    if server not in _MODELS and made.scheme.startswith(("postgres", "psql")):
        database = _new_database(made.path.rpartition("/")[2])
        atexit.register(_drop_if_there, database)
        _MODELS[server] = _Model(database, file.read_text())


def _new_database(template: str) -> str:
    name = f"throughline_demo_{os.getpid()}_{time.monotonic_ns()}"
    _on_postgresql("CREATE DATABASE {} TEMPLATE {}", name, template)
    return name


def _drop_if_there(name: str) -> None:
    with suppress(psycopg.OperationalError):  # its server may have gone before
        _on_postgresql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _on_postgresql(statement: LiteralString, *names: str) -> None:
    server = read_database()  # as the settings understand DATABASE_URL, sockets included
    keys = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    parameters = {key: str(server[setting]) for key, setting in keys.items() if server.get(setting)}
    with psycopg.connect(**parameters, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def other_redis_database(url: str) -> str:
    """A database of the same server for the servers that this test process starts, from 15 downwards.

    No test process uses one of them for itself, and none hears what another one's gateway rings.
    """
    number = 15 - int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if url.startswith("unix:"):
        return f"{url.partition('?')[0]}?db={number}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def _free_ports(count: int, cleanup: ExitStack) -> int:
    """The first of `count` free ports in a row, kept from other test runs on this machine until the end.

    The servers bind them only later, and more than one may bind the same port: a lock file says who has them.
    """
    for first in range(21000, 32000, count):
        lock = (Path(tempfile.gettempdir()) / f"throughline-ports-{first}-{count}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with ExitStack() as probes:
                for port in range(first, first + count):
                    probes.enter_context(socket.create_server(("127.0.0.1", port)))
        except OSError:
            lock.close()
            continue
        cleanup.callback(lock.close)
        return first
    raise RuntimeError("no free ports")


def _manage(environment: Mapping[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


def _serve_gateway(port: int, environment: Mapping[str, str], directory: Path) -> Child:
    granian = shutil.which("granian", path=str(Path(sys.executable).parent)) or "granian"
    command = [granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "config.wsgi:application"]
    return start("gateway", command, log=directory / "gateway.log", env={**environment, "PYTHONPATH": str(ROOT)})


def _wait_for(url: str, child: Child) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert not child.has_ended, f"{child.name} did not start: {child.last_words()}"
        try:
            if requests.get(url, timeout=2, allow_redirects=False).status_code < 500:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise AssertionError(f"{child.name} does not answer: {child.last_words()}")
