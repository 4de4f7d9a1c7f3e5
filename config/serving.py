"""How the web server runs, in one place: for production (`manage.py serve`) and for the embedded house. No Django here.

One process takes requests in and hands each to a thread of a worker. A worker takes in no more than it could answer
soon (`BACKPRESSURE`); what comes beyond that waits in the kernel's queue (`BACKLOG`), where a proxy sees it waiting.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APPLICATION = "config.wsgi:application"
BACKLOG = 1024
BACKPRESSURE = 8  # requests in a worker for each of its threads
GRACE_SECONDS = 30  # how long requests in flight may take to end after SIGTERM
_LOG = Path(__file__).with_name("server_log.json")


@dataclass(frozen=True, slots=True)
class WebServer:
    """One web server: where it listens, and how much it does at once."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 16

    def command(self, application: str = APPLICATION) -> list[str]:
        """The command line that becomes this server; SIGTERM to it lets requests in flight end."""
        words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"]
        words += ["--host", self.host, "--port", str(self.port), "--log-config", str(_LOG)]
        words += ["--workers", str(self.workers), "--blocking-threads", str(self.threads)]
        words += ["--backlog", str(BACKLOG), "--backpressure", str(self.threads * BACKPRESSURE)]
        words += ["--respawn-failed-workers", "--workers-kill-timeout", str(GRACE_SECONDS)]
        return [*words, application]


def worker_command() -> list[str]:
    """The command line of a worker. SIGTERM to it ends what it is doing and leaves the rest to others."""
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # workers need not know each other
    return [sys.executable, "-m", "celery", "--quiet", "-A", "config.celery", "worker", *alone]


def beat_command() -> list[str]:
    """The command line of the clock that rings scheduled tasks; there is one of it."""
    return [sys.executable, "-m", "celery", "--quiet", "-A", "config.celery", "beat", "--pidfile="]


def examples_command(port: int) -> list[str]:
    """The command line of the demo's channel apps, on the ports above the gateway's."""
    return [sys.executable, "-m", "examples.serve", str(port)]


def default_workers() -> int:
    """A worker for each processor, from two to eight: a worker runs Python on one processor at a time."""
    return min(max(os.cpu_count() or 2, 2), 8)


def counting_in(folder: Path) -> Mapping[str, str]:
    """The environment in which a server's workers count together, in `folder`, from zero."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
