from collections.abc import Iterator

import pytest

from tests.journeys.running_demo import RunningDemo, run_demo
from tests.journeys.upstream.gateways import Registered, configure_at, register_at


@pytest.fixture(scope="session")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """A second gateway, with its own people: the provider that the first one sends people to."""
    with run_demo(tmp_path_factory.mktemp("upstream"), host="127.0.0.1", sites=False) as running:
        yield running


@pytest.fixture(scope="session")
def cousin(demo: RunningDemo, upstream: RunningDemo) -> Registered:
    """The provider as the demo's operator has configured it: a client there, a provider here."""
    client_id, secret = register_at(upstream, callback=f"{demo.issuer}/accounts/upstream/cousin/callback/")
    return configure_at(demo, slug="cousin", issuer=upstream.issuer, client_id=client_id, secret=secret)
