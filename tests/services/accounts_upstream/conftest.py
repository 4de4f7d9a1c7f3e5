from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from kit.call import CallContext
from tests.actors import make_channel, make_customer
from tests.upstream import Upstream, configure, serve


@pytest.fixture(autouse=True)
def _fresh_throttles() -> None:
    cache.clear()


@pytest.fixture
def acme(db, call: CallContext, settings) -> Iterator[Upstream]:
    """A provider that is configured and switched on."""
    settings.FETCH_ALLOW_LOOPBACK = True
    make_channel(call)
    with serve(Upstream()) as upstream:
        configure(upstream, call)
        yield upstream


@pytest.fixture
def ana(acme: Upstream, call: CallContext) -> Any:
    """A customer with a verified address and a password, who knows no provider yet."""
    return make_customer(call)


@pytest.fixture
def anas_acme(acme: Upstream, ana: Any) -> Upstream:
    """The provider, signing in a person with ana's verified address."""
    acme.person |= {"sub": "ana-there", "email": ana.email, "email_verified": True}
    return acme


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept": "text/html"})
