from collections.abc import Iterator

import pytest
from django.test import Client

from kit.call import CallContext
from tests.actors import make_channel
from tests.upstream import Upstream, configure, serve


@pytest.fixture
def acme(db, call: CallContext, settings) -> Iterator[Upstream]:
    """A provider that is configured and switched on."""
    settings.FETCH_ALLOW_LOOPBACK = True
    make_channel(call)
    with serve(Upstream()) as upstream:
        configure(upstream, call)
        yield upstream


@pytest.fixture
def evil(acme: Upstream, call: CallContext) -> Iterator[Upstream]:
    """Another provider that operators trusted too, and should not have."""
    with serve(Upstream(slug="evil", document={"authorization_response_iss_parameter_supported": False})) as upstream:
        configure(upstream, call)
        yield upstream


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept": "text/html"})
