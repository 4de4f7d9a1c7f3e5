"""Who is in most of these tests: Ana, Ben, and a shop at which Ana's browser is signed in."""

from typing import Any

import pytest
from django.test import Client as HttpClient

from kit.call import CallContext
from tests.actors import ChannelApp, make_client, make_customer, sign_in


@pytest.fixture
def ana(call: CallContext) -> Any:
    """A customer with a password."""
    return make_customer(call)


@pytest.fixture
def ben(call: CallContext) -> Any:
    """Another one."""
    return make_customer(call, "ben")


@pytest.fixture
def shop(call: CallContext) -> ChannelApp:
    """A confidential client of the web."""
    return make_client(call)


@pytest.fixture
def browser(ana: Any, shop: ChannelApp) -> HttpClient:
    """Ana's, signed in with her password."""
    return sign_in(ana)
