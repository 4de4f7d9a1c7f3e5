"""Two apps of one maker on one phone, and the customer who is signed in to the first."""

from typing import Any

import pytest
from django.test import Client as HttpClient

from kit.call import CallContext
from tests.actors import ChannelApp, make_customer, open_channel, sign_in
from tests.exchanges import EVERY_WAY_IN, PHONE, make_app


@pytest.fixture(autouse=True)
def channels(call: CallContext) -> None:
    for slug in ("web", "mobile", "chat"):
        open_channel(call, slug, EVERY_WAY_IN)


@pytest.fixture
def ana(call: CallContext, channels: None) -> Any:
    return make_customer(call)


@pytest.fixture
def first(call: CallContext, channels: None) -> ChannelApp:
    return make_app(call, "First")


@pytest.fixture
def second(call: CallContext, channels: None) -> ChannelApp:
    return make_app(call, "Second")


@pytest.fixture
def phone(ana: Any) -> HttpClient:
    """The browser of Ana's phone, in which she signed in to the first app."""
    return sign_in(ana, headers=PHONE)


@pytest.fixture
def tokens(first: ChannelApp, phone: HttpClient) -> dict[str, Any]:
    """What the first app holds, its device secret included."""
    return first.tokens_for(phone, scope="openid profile offline_access device_sso")
