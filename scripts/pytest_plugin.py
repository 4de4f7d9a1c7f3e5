"""What every test run loads first: one Redis database per parallel worker, and the counts for the closing line."""

import json
import os
from pathlib import Path

import pytest


def _own_redis_database() -> None:
    """Parallel workers must not empty each other's cache. Runs before the settings are read."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    url = os.environ.get("REDIS_URL", "")
    if not worker or not url:
        return
    number = int(worker) % 15 + 1  # a server has sixteen databases; 0 is for runs without workers
    if url.startswith("unix:"):
        os.environ["REDIS_URL"] = f"{url.partition('?')[0]}?db={number}"
    else:
        os.environ["REDIS_URL"] = f"{url.rpartition('/')[0] if url.count('/') > 2 else url}/{number}"


_own_redis_database()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Leave the counts where TEST_COUNTS_FILE says; an error counts as a failure."""
    place = os.environ.get("TEST_COUNTS_FILE")
    if not place:
        return
    stats = terminalreporter.stats
    counts = {
        "passed": len(stats.get("passed", [])) + len(stats.get("xpassed", [])),
        "failed": len(stats.get("failed", [])) + len(stats.get("error", [])),
        "skipped": len(stats.get("skipped", [])) + len(stats.get("xfailed", [])),
    }
    Path(place).write_text(json.dumps(counts))
