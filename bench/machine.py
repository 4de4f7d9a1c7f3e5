"""The machine: which core does what, what a process has used of it, what it is called in the report."""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of the server under test, and the one of everything around it (the same on a machine with one)."""

    server: int
    around: int


def choose_cores() -> Cores:
    """The first two cores this process may use."""
    cores = sorted(os.sched_getaffinity(0))
    return Cores(cores[0], cores[1] if len(cores) > 1 else cores[0])


def pin(pid: int, core: int) -> None:
    """Keep a process, all its threads and what it starts from now on, on one core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time that processes and all their living descendants have used so far."""
    return sum(_ticks(each) for pid in pids for each in _family(pid)) / _TICKS


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _family(int(child))
    except OSError:
        return


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def describe() -> dict[str, str]:
    """Processor, cores, memory, kernel and the versions of what runs."""
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": str(os.cpu_count()),
        "memory": _gigabytes(_first("/proc/meminfo", "MemTotal")),
        "kernel": platform.release(),
        "Python": platform.python_version(),
        "node": version_of("node", "--version"),
    }


def version_of(*command: str) -> str:
    """What a program says about its version, or a dash."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "–"


def load() -> float:
    """How many processes wanted to run over the last minute."""
    return os.getloadavg()[0]


def _first(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return "–"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "–")


def _gigabytes(kilobytes: str) -> str:
    number = kilobytes.split(maxsplit=1)[0]
    return f"{int(number) / 2**20:.0f} GB" if number.isdigit() else kilobytes
