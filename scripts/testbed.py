"""A real PostgreSQL and a real Valkey around one command, both thrown away afterwards.

    python -m scripts.testbed -- tests/unit -x       pytest with these arguments
    python -m scripts.testbed --sqlite -- -m sqlite  the same on SQLite

TEST_DATABASE_URL and TEST_REDIS_URL name servers to use instead of throw-away ones.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from config.supervisor import valkey
from config.supervisor.processes import stop
from scripts.throwaway_postgres import NoPostgres, start_cluster

ROOT = Path(__file__).resolve().parent.parent
# What a developer's shell may hold and a test run must not depend on.
_NOT_INHERITED = {
    *("ALLOWED_HOSTS", "CELERY_BROKER_URL", "DATABASE_REPLICA_URL", "DEBUG", "DJANGO_SETTINGS_MODULE"),
    *("EMAIL_URL", "EXAMPLES", "FETCH_ALLOW_LOOPBACK", "ISSUER_URL", "PORT", "TRUSTED_PROXY_COUNT"),
    "PYTHONDONTWRITEBYTECODE",  # a hundred processes start: what one has compiled, tests included, the others load
}
# Known to everybody and worth nothing: they only let the processes of one test run agree.
_KEY = "dGhyb3VnaGxpbmUtdGVzdC1rZXktb2YtMzItYnl0ZXM="
_FIXED = {
    "THROUGHLINE_MODE": "test",
    "RATE_LIMIT_FACTOR": "1000",
    "SECRET_KEY": "only-for-tests",
    "KEY_ENCRYPTION_KEY": _KEY,
    "SEAL_SIGNING_KEY": _KEY,
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright runs an event loop beside live_server
}


@contextmanager
def servers(*, sqlite: bool) -> Iterator[dict[str, str]]:
    """Start what is missing and give the environment for a test run; everything is gone at the end."""
    with ExitStack() as cleanup:
        directory = Path(tempfile.mkdtemp(prefix="throughline-test-")).resolve()
        cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o711)  # the server's own user passes through; every folder inside is private
        folders = {name: directory / name for name in ("data", "postgres", "valkey")}
        for folder in folders.values():
            folder.mkdir(mode=0o700)
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED} | _FIXED
        environment["DATA_DIR"] = str(folders["data"])
        if sqlite:
            environment["DATABASE_URL"] = f"sqlite:///{folders['data'] / 'proof.sqlite3'}"
        else:
            environment["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or _postgres(folders["postgres"], cleanup)
        environment["REDIS_URL"] = os.environ.get("TEST_REDIS_URL") or _valkey(folders["valkey"], cleanup)
        yield environment


def run_pytest(arguments: Sequence[str], environment: dict[str, str]) -> int:
    """Run pytest to its end; the exit code."""
    with pytest_running(arguments, environment) as process:
        return process.wait()


@contextmanager
def pytest_running(
    arguments: Sequence[str], environment: dict[str, str], output: IO[str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """pytest, running; what it prints goes to `output`, or to the terminal. An exception ends it."""
    command = [sys.executable, "-m", "pytest", "-p", "scripts.pytest_plugin", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output and subprocess.STDOUT)
    try:
        yield process
    except KeyboardInterrupt:  # the terminal told pytest too
        _wait_or_kill(process)
        raise
    except BaseException:
        process.send_signal(signal.SIGINT)  # pytest then ends what its fixtures started
        _wait_or_kill(process)
        raise


def _wait_or_kill(process: subprocess.Popen[bytes], patience: float = 30.0) -> None:
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def raise_on_termination() -> None:
    """Make SIGTERM unwind like an exception, so that servers end and folders go."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits "ignored"


def _postgres(directory: Path, cleanup: ExitStack) -> str:
    child, url = start_cluster(directory)
    cleanup.callback(stop, [child])
    return url


def _valkey(directory: Path, cleanup: ExitStack) -> str:
    program = valkey.find_server()
    if program is None:
        sys.exit("testbed: no Valkey or Redis found: set TEST_REDIS_URL or install valkey or redis")
    socket_path = valkey.socket_in(directory)
    child = valkey.start_server(program, socket_path=socket_path, log=directory / "valkey.log")
    cleanup.callback(stop, [child])
    if not valkey.wait_until_it_answers(child, socket_path):
        sys.exit(f"testbed: {program} did not start: {child.last_words()}")
    return f"unix://{socket_path}?db=0"


def main() -> int:
    """The command line described above."""
    own, arguments = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, arguments = own[:at], own[at + 1 :]
    if set(own) - {"--sqlite"}:
        print(__doc__, file=sys.stderr)
        return 2
    raise_on_termination()
    try:
        with servers(sqlite="--sqlite" in own) as environment:
            return run_pytest(arguments, environment)
    except NoPostgres as error:
        print(f"testbed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
