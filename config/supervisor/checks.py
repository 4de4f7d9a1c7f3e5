"""What can be wrong with a machine before anything starts; each problem is one sentence. No Django in this file."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis


class CannotStart(Exception):
    """The house cannot start, or cannot go on; the message is one line for the person at the keyboard."""


def check_port(name: str, port: int) -> None:
    """Refuse a port that we may not open or that somebody answers on, at any address that `localhost` can mean."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        if _somebody_answers(family, address, port):
            raise CannotStart(f"port {port} for the {name} is in use; choose another: PORT=8100 make run")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            problem = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
            raise CannotStart(f"port {port} for the {name} {problem}; choose another: PORT=8100 make run") from error


@contextmanager
def hold(data_dir: Path) -> Iterator[None]:
    """Make DATA_DIR, private to its owner, and hold it: two runs on the same data would harm each other."""
    try:
        if not data_dir.exists():
            data_dir.mkdir(parents=True, mode=0o700)
        for name in ("logs", "broker"):
            (data_dir / name).mkdir(exist_ok=True, mode=0o700)
        lock = (data_dir / "up.lock").open("w")
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CannotStart(f"cannot write to {data_dir} ({reason}); set DATA_DIR to a place you own") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(
                f"{data_dir} is in use by another run of this command; set DATA_DIR to another"
            ) from error
        yield


def check_redis(url: str) -> None:
    """Refuse a REDIS_URL that nobody answers at."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise CannotStart(f"REDIS_URL cannot be used: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _somebody_answers(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            return probe.connect_ex((address, port)) == 0
    except OSError:  # no IPv6 on this machine
        return False
