from collections.abc import Iterator

import pytest

from tests.journeys.running_demo import RunningDemo, run_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """The running demo, shared by all journeys of this run: each brings its own visitors."""
    with run_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
