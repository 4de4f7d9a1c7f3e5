import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.house import House
from tests.faults.neighbours import start_broker, start_postgres, stop_both
from tests.journeys.running_demo import run_demo
from tests.listener import Listener, listener


@pytest.fixture(scope="session")
def running() -> Iterator[House]:
    """A gateway with neighbours of its own, so that they may be killed."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("real processes share PostgreSQL")
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="throughline-faults-")).resolve()
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)
        postgres, broker = start_postgres(folder / "postgres"), start_broker(folder / "valkey")
        cleanup.callback(stop_both, postgres, broker)
        patch = cleanup.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("DATABASE_URL", postgres.url)
        patch.setenv("REDIS_URL", broker.url)
        (folder / "data").mkdir()
        demo = cleanup.enter_context(run_demo(folder / "data", sites=False, broker=True))
        house = House(demo, postgres, broker)
        house.forget_systems()
        yield house


@pytest.fixture
def house(running: House) -> Iterator[House]:
    """The same; systems that a test connected are switched off after it, and who works for it goes."""
    yield running
    running.send_home()
    running.forget_systems()


@pytest.fixture
def connect(house: House) -> Iterator[object]:
    """Connect a listener."""
    with ExitStack() as cleanup:

        def make(reply: object = 200, *event_types: str) -> Listener:
            heard = cleanup.enter_context(listener(reply))  # type: ignore[arg-type]
            house.count += 1
            heard.slug = f"system{house.count}"  # type: ignore[attr-defined]
            types = "".join(f", {each!r}" for each in event_types)
            heard.secret = house.tell(f"connect({heard.slug!r}, {heard.url!r}{types})")  # type: ignore[attr-defined]
            return heard

        yield make
