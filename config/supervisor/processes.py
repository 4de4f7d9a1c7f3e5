"""Child processes that do not outlive us: each leads a process group of its own and is ended as a group."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Child:
    """One started process, the leader of its own group."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    @property
    def has_ended(self) -> bool:
        """Whether the leader is gone."""
        return self.process.poll() is not None

    def last_words(self, lines: int = 12) -> str:
        """The end of the child's log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Child:
    """Start a process in a group of its own; what it prints goes to `log`, which starts empty.

    On Linux the child also gets `stop_signal` when this process dies without a chance to say goodbye.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, stop_signal)
            if os.getppid() != parent:  # died in between: the signal will not come any more
                os._exit(1)

    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command lines
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            process_group=0,
            preexec_fn=before_exec,  # noqa: PLW1509 - no threads run when children start
        )
    return Child(name=name, process=process, log=log, stop_signal=stop_signal)


def stop(children: Iterable[Child], *, patience: float = 5.0) -> None:
    """End every child with its whole group: ask first, and after `patience` seconds kill.

    The group is what counts: granian's workers survive a killed leader.
    """
    waiting = list(children)
    for child in waiting:
        _signal_group(child, child.stop_signal)
    deadline = time.monotonic() + patience
    while (waiting := [child for child in waiting if _is_alive(child)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in waiting:
        _signal_group(child, signal.SIGKILL)
        child.process.wait()


def _is_alive(child: Child) -> bool:
    return not child.has_ended or _signal_group(child, 0)


def _signal_group(child: Child, number: int) -> bool:
    """Whether anybody was there to receive it."""
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says "not permitted" about a group of zombies
        return False
    return True
