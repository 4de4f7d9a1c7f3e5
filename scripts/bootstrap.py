"""Makes `.venv` with exactly the locked dependencies; run by whatever Python the machine has.

    python3 scripts/bootstrap.py          what running needs
    python3 scripts/bootstrap.py --dev    what testing and checking need

Nothing but the standard library, and syntax that old versions can read far enough to say what is wrong.
"""

import configparser
import hashlib
import html
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import urllib.parse
import urllib.request
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

# For systems whose Python comes without pip (Debian without python3-venv): this file from the package index.
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
PUBLIC_INDEX = "https://pypi.org/simple"  # pip's own default, for when nothing is configured


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
    """The command that starts a pip for the environment: its own, the one Python carries, or one from the index."""
    own: list[str | Path] = [PYTHON, "-m", "pip"]
    if _succeeds([*own, "--version"], quietly=True):
        return own
    if _succeeds([PYTHON, "-m", "ensurepip"], quietly=True):
        return own
    return [PYTHON, _fetch_pip() / "pip"]


def _fetch_pip() -> Path:
    place = VENV / PIP_WHEEL
    index = _configured_index()
    page_url = index.rstrip("/") + "/pip/"
    try:
        page = _fetch(page_url).decode("utf-8", "replace")
        link = re.search('href="([^"]*/' + re.escape(PIP_WHEEL) + '[^"]*)"', page)
        if link is None:
            raise CannotInstall("the package index does not offer " + PIP_WHEEL + ".")
        content = _fetch(urllib.parse.urljoin(page_url, html.unescape(link.group(1))))
    except OSError as error:
        raise CannotInstall(
            "this Python has no pip, and the package index cannot be reached (" + str(error) + "). "
            "Install python3-venv, or set PIP_INDEX_URL."
        ) from error
    if hashlib.sha256(content).hexdigest() != PIP_SHA256:
        raise CannotInstall(PIP_WHEEL + " from the package index is not the file it should be.")
    place.write_bytes(content)
    return place


def _configured_index() -> str:
    """The index pip would use: from its environment variable, from its files, else the public one."""
    home = Path.home()
    files = [home / ".config/pip/pip.conf", home / ".pip/pip.conf", Path("/etc/pip.conf")]
    files.insert(0, Path(os.environ.get("PIP_CONFIG_FILE", os.devnull)))
    found = os.environ.get("PIP_INDEX_URL", "")
    for file in files:
        settings = configparser.RawConfigParser()
        try:
            settings.read(file)
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in ("install", "global"):
            found = found or settings.get(section, "index-url", fallback="")
    return found or PUBLIC_INDEX


def _fetch(url: str) -> bytes:
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
    with urllib.request.urlopen(url, timeout=60, context=context) as answer:  # noqa: S310  the index pip is set to
        return bytes(answer.read())


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
