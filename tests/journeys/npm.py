"""Programs for Node.js, installed exactly as they are locked."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest


def install(folder: Path) -> Path:
    """The folder with its packages, fetched at first need; skips the test where npm is missing."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    with lock.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # `npm ci` begins by deleting what another test's process may be using
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            done = subprocess.run([npm, "ci"], cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"npm ci: {done.stderr}"
    return folder
