"""A PostgreSQL and a Valkey that a test may kill, freeze and start again: durable, on sockets of their own."""

import os
import pwd
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.supervisor import valkey
from config.supervisor.processes import Child, start, stop
from scripts.throwaway_postgres import ROLE, start_cluster

#: Commits reach the disk, and PostgreSQL remembers when each was: an order that our own numbers have no part in.
_SETTINGS = ["fsync=on", "synchronous_commit=on", "track_commit_timestamp=on", "max_parallel_workers_per_gather=0"]


@dataclass
class Postgres:
    """A cluster; `crash` leaves whatever was under way as a power cut does."""

    folder: Path
    child: Child
    url: str

    def crash(self) -> None:
        """Every process of it is gone at once."""
        os.killpg(self.child.process.pid, signal.SIGKILL)
        self.child.process.wait()

    def restart(self) -> None:
        """Shut down as an operator does for an upgrade: whoever is connected is cut off."""
        os.killpg(self.child.process.pid, signal.SIGINT)
        self.child.process.wait()
        self.start()

    def start(self) -> None:
        """Start again and wait until it lets somebody in."""
        data = self.folder / "cluster"
        owner = pwd.getpwuid(data.stat().st_uid).pw_name if os.geteuid() == 0 else None
        (data / "postmaster.pid").unlink(missing_ok=True)
        command = [str(word) for word in self.child.process.args]
        log = self.folder / "postgres.log"
        self.child = start("postgres", command, log=log, user=owner, stop_signal=signal.SIGQUIT)
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(host=str(self.folder), user=ROLE, dbname="postgres").close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, self.child.last_words()
                time.sleep(0.05)


@dataclass
class Broker:
    """A Valkey that keeps nothing on disk."""

    socket_path: Path
    child: Child

    @property
    def url(self) -> str:
        """For REDIS_URL."""
        return f"unix://{self.socket_path}?db=0"

    def kill(self) -> None:
        """Gone, with all it knew."""
        os.killpg(self.child.process.pid, signal.SIGKILL)
        self.child.process.wait()

    def start(self) -> None:
        """Start again, empty."""
        self.child = _start_valkey(self.socket_path)

    def flush(self) -> None:
        """It forgets everything."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.socket_path))
            line.sendall(b"FLUSHALL\r\n")
            assert line.recv(16).startswith(b"+OK")

    def freeze(self) -> None:
        """It takes connections and answers nothing."""
        os.killpg(self.child.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it stood."""
        os.killpg(self.child.process.pid, signal.SIGCONT)


def start_postgres(folder: Path) -> Postgres:
    """A fresh cluster in a folder of its own."""
    folder.mkdir(mode=0o700)
    child, url = start_cluster(folder, also=_SETTINGS)
    return Postgres(folder, child, url)


def start_broker(folder: Path) -> Broker:
    """A fresh Valkey in a folder of its own."""
    folder.mkdir(mode=0o700)
    socket_path = valkey.socket_in(folder)
    return Broker(socket_path, _start_valkey(socket_path))


def _start_valkey(socket_path: Path) -> Child:
    program = valkey.find_server()
    assert program, "no Valkey or Redis was found"
    child = valkey.start_server(program, socket_path=socket_path, log=socket_path.with_name("valkey.log"))
    assert valkey.wait_until_it_answers(child, socket_path), child.last_words()
    return child


def stop_both(postgres: Postgres, broker: Broker) -> None:
    """Whatever state they are in."""
    if not broker.child.has_ended:
        broker.thaw()
    stop([broker.child, postgres.child])
