from pathlib import Path

import pytest

from tests.journeys.npm import install
from tests.journeys.running_demo import ROOT


@pytest.fixture(scope="session")
def openid_client() -> Path:
    """The folder with openid-client installed."""
    return install(ROOT / "tests" / "clients" / "openid_client")
