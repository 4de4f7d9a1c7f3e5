"""`manage.py up` as a person at a terminal meets it: started, read, interrupted."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from examples import PROGRAMS

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120.0
_TEST_RUN_ONLY = ("TEST_", "PYTEST_", "PYTHON", "DJANGO_")
_SETTINGS = {
    *("THROUGHLINE_MODE", "DATABASE_URL", "REDIS_URL", "DATA_DIR", "SECRET_KEY", "KEY_ENCRYPTION_KEY"),
    *("SEAL_SIGNING_KEY", "RATE_LIMIT_FACTOR", "FETCH_ALLOW_LOOPBACK", "PORT", "ISSUER_URL", "EXAMPLES"),
    *("CELERY_BROKER_URL", "EMAIL_URL"),
}


def clean_environment(**changes: str) -> dict[str, str]:
    """The environment without anything of this test run, as in a fresh terminal."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _SETTINGS and not name.startswith(_TEST_RUN_ONLY)
    }
    return kept | changes


def run_up(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py up` where it is expected to refuse."""
    return run_manage("up", *arguments, **environment)


def run_manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run any command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def free_port() -> int:
    """A port with free ones above it, for the channel apps; below those that the system gives out by itself."""
    for port in range(11000 + os.getpid() % 900 * 10, 20990, 10):
        try:
            for each in range(port, port + 1 + len(PROGRAMS)):
                socket.create_server(("127.0.0.1", each)).close()
        except OSError:
            continue
        return port
    raise AssertionError("not enough free ports in a row")


@dataclass(frozen=True)
class RunningHouse:
    """A house that said it is running."""

    process: subprocess.Popen[str]
    port: int
    said: str

    def get(self, path: str, *, offset: int = 0) -> int:
        """The status that a path answers with."""
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port + offset}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            return answer.code

    def processes(self) -> dict[int, str]:
        """Every living process of the house with its command line: the supervisor and all that descend from it."""
        return descendants(self.process.pid)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal to the supervisor alone and wait for its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE)


@contextmanager
def running_house(*arguments: str, data_dir: Path, **environment: str) -> Iterator[RunningHouse]:
    """Start `manage.py up` and wait for its greeting; whatever the test leaves running is killed."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port), *arguments],
        cwd=ROOT,
        env=clean_environment(DATA_DIR=str(data_dir), **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    too_late = threading.Timer(PATIENCE, process.kill)  # reading its output would wait forever
    too_late.start()
    try:
        said = ""
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if line.startswith("Data and logs:"):
                break
        else:
            raise AssertionError(f"the house did not start: {said}")
        too_late.cancel()
        yield RunningHouse(process=process, port=port, said=said)
    finally:
        too_late.cancel()
        for pid in descendants(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()


def descendants(root: int) -> dict[int, str]:
    """`root` and everything below it that lives (a zombie does not), with command lines."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 3) for line in listing.stdout.splitlines()]
    family, alive = {root}, {}
    for _ in rows:  # parents may be listed after their children
        family |= {int(pid) for pid, parent, *_ in rows if int(parent) in family}
    for pid, _, state, *command in rows:
        if int(pid) in family and not state.startswith("Z"):
            alive[int(pid)] = " ".join(command)
    return alive


def still_alive(processes: Mapping[int, str], *, patience: float = 5.0) -> dict[int, str]:
    """Which of these processes live on after a moment."""
    deadline = time.monotonic() + patience
    left = dict(processes)
    while left and time.monotonic() < deadline:
        listing = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True)
        states = dict(line.split() for line in listing.stdout.splitlines())
        left = {pid: command for pid, command in left.items() if states.get(str(pid), "Z")[0] != "Z"}
        time.sleep(0.05)
    return left
