import shutil
import subprocess
from pathlib import Path

import pytest

from tests.journeys.running_demo import ROOT

FOLDER = ROOT / "tests" / "clients" / "openid_client"


@pytest.fixture(scope="session")
def openid_client() -> Path:
    """The folder with openid-client installed, exactly as locked; fetched at first need."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        done = subprocess.run([npm, "ci"], cwd=FOLDER, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"npm ci: {done.stderr}"
    return FOLDER
