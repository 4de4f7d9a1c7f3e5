"""A town for each test, reached over loopback, in which nobody rings by himself."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from sync.models import Delivery
from tests.town import Town


@pytest.fixture(autouse=True)
def _on_this_machine(settings):
    settings.FETCH_ALLOW_LOOPBACK = True


@pytest.fixture(autouse=True)
def _nobody_rings(monkeypatch):
    """No broker: a test rings the couriers itself."""
    monkeypatch.setattr("sync.services._ring", lambda: None)


@pytest.fixture
def town(call) -> Iterator[Town]:
    with ExitStack() as cleanup:
        yield Town(call=call, cleanup=cleanup)


@pytest.fixture
def states() -> Callable[[], list[str]]:
    """How the deliveries stand, oldest first."""
    return lambda: list(Delivery.objects.order_by("id").values_list("state", flat=True))
