"""An app and a site of one maker, and the customer who is signed in to the app."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as HttpClient

from accounts.types import Method, Proof
from audit.models import Event
from kit.call import CallContext
from notifications.queries import list_messages
from sessions_hub.events import HANDOFF_REFUSED
from sessions_hub.services import add_proofs
from tests.actors import ChannelApp, make_client, make_customer, open_channel, sign_in
from tests.exchanges import EVERY_WAY_IN, PHONE, make_app


@pytest.fixture(autouse=True)
def channels(call: CallContext) -> None:
    for slug in ("web", "mobile", "chat"):
        open_channel(call, slug, EVERY_WAY_IN)


@pytest.fixture
def ana(call: CallContext, channels: None) -> Any:
    return make_customer(call)


@pytest.fixture
def ben(call: CallContext, channels: None) -> Any:
    return make_customer(call, "ben")


@pytest.fixture
def app(call: CallContext, channels: None) -> ChannelApp:
    """The maker's app on her phone: public, native."""
    return make_app(call, "App")


@pytest.fixture
def site(call: CallContext, channels: None) -> ChannelApp:
    """The maker's site."""
    return make_client(call, name="Site", vendor="shop")


@pytest.fixture
def phone(ana: Any) -> HttpClient:
    """The browser of Ana's phone, in which she signed in to the app."""
    return sign_in(ana, headers=PHONE)


@pytest.fixture
def tokens(app: ChannelApp, phone: HttpClient) -> dict[str, Any]:
    """What the app holds."""
    return app.tokens_for(phone)


@pytest.fixture
def bens_browser(ben: Any) -> HttpClient:
    """A browser of the same kind and network, without the phone's secret, in which Ben is signed in."""
    browser = sign_in(ben, headers=PHONE)
    browser.cookies.pop(settings.DEVICE_COOKIE_NAME)
    browser.account = ben  # type: ignore[attr-defined]
    return browser


@dataclass
class TwoSteps:
    """Ana has two steps in the app, and one in a web view of the same phone."""

    low: HttpClient
    low_sid: str
    tokens: dict[str, Any]


@pytest.fixture
def in_two_steps(app: ChannelApp, ana: Any, phone: HttpClient, call: CallContext) -> TwoSteps:
    low = sign_in(ana, headers=PHONE)
    low.cookies.pop(settings.DEVICE_COOKIE_NAME)
    sid_in_app, low_sid = phone.session["sid"], low.session["sid"]
    add_proofs(sid=sid_in_app, proofs=[Proof(method=Method.TOTP, at=call.now)], call=call)
    return TwoSteps(low, low_sid, app.tokens_for(phone))


class Mails:
    """What a customer heard of refused tickets."""

    def count(self) -> int:
        return sum(letter.to == "ana@people.example" for letter in list_messages())

    def refusals(self) -> list[Any]:
        return [line for line in Event.objects.order_by("pk") if line.type == HANDOFF_REFUSED.name]


@pytest.fixture
def mails() -> Mails:
    return Mails()
