from collections.abc import Iterator

import pytest

from tests.journeys.running_demo import RunningDemo, run_demo


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the running demo starts servers."""
    for item in items:
        if "demo" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.alone)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """The running demo, shared by all journeys of this run: each brings its own visitors."""
    with run_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
