"""Makes `.venv` with exactly the locked dependencies; run by whatever Python the machine has.

    python3 scripts/bootstrap.py          what running needs
    python3 scripts/bootstrap.py --dev    what testing and checking need

Nothing but the standard library, and syntax that old versions can read far enough to say what is wrong.
"""

import hashlib
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

if sys.version_info < (3, 11):
    sys.exit(
        "Throughline needs Python 3.11 or newer; this is " + platform.python_version() + " (" + sys.executable + ")."
    )

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-lock"
RUNNING = ROOT / "requirements.lock"
DEVELOPING = ROOT / "requirements-dev.lock"  # holds everything of the other one

# For systems whose Python comes without pip (Debian without python3-venv): pip starts from its own wheel. It is kept
# here because fetching it would mean knowing where packages come from, which is pip's business.
PIP_WHEEL = ROOT / "scripts" / "wheels" / "pip-26.3-py3-none-any.whl"


class CannotInstall(Exception):
    """The environment cannot be made; the message is one line for the person at the keyboard."""


def is_installed(lock: Path) -> bool:
    """Whether `.venv` works and holds this lock, or the larger one."""
    try:
        stamp = STAMP.read_text()
        works = subprocess.run([PYTHON, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
    return works and stamp in (_stamp_of(lock), _stamp_of(DEVELOPING))


def install(lock: Path) -> None:
    """Make the environment when there is none that works, and put the locked dependencies in."""
    STAMP.unlink(missing_ok=True)
    _make_environment()
    print("Installing the locked dependencies into .venv (once; under a minute) ...", flush=True)
    uv = shutil.which("uv")
    if uv and _succeeds([uv, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "-r", lock]):
        STAMP.write_text(_stamp_of(lock))
        return
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    if not _succeeds([*_pip(), "install", *options, "-r", lock]):
        raise CannotInstall("the dependencies could not be installed; what went wrong stands above.")
    STAMP.write_text(_stamp_of(lock))


def _make_environment() -> None:
    if PYTHON.exists() and _succeeds([PYTHON, "-c", ""], quietly=True):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not _succeeds([sys.executable, "-m", "venv", "--without-pip", VENV]):
        raise CannotInstall("no virtual environment could be made in " + str(VENV) + "; what went wrong stands above.")


def _pip() -> list[str | Path]:
    """The command that starts a pip for the environment: its own, the one Python carries, or the one kept here."""
    own: list[str | Path] = [PYTHON, "-m", "pip"]
    if _succeeds([*own, "--version"], quietly=True):
        return own
    if _succeeds([PYTHON, "-m", "ensurepip"], quietly=True):
        return own
    return [PYTHON, PIP_WHEEL / "pip"]


def _succeeds(command: Sequence[str | Path], quietly: bool = False) -> bool:
    silence = subprocess.DEVNULL if quietly else None
    return subprocess.run(command, stdout=silence, stderr=silence, check=False).returncode == 0


def _stamp_of(lock: Path) -> str:
    return lock.name + " " + hashlib.sha256(lock.read_bytes()).hexdigest()


def main() -> None:
    """Install what the stamp does not know yet; a problem is one line and exit code 1."""
    lock = DEVELOPING if "--dev" in sys.argv[1:] else RUNNING
    try:
        if not is_installed(lock):
            install(lock)
    except (CannotInstall, OSError) as error:
        sys.exit("throughline: " + str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
