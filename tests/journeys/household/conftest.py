from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.services import enroll_totp
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from kit.call import CallContext
from tests.actors import PASSWORD, ChannelApp, make_channel, make_client, make_customer

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def web(db: None, call: CallContext) -> Iterator[None]:
    """The channel of browsers, whose policy lets sessions be carried over."""
    make_channel(call)
    publish_policy(
        channel="web",
        body={"ways_in": ["authorization_code", "refresh_token", "client_credentials", "handoff"]},
        call=call,
    )
    forget_policies()
    yield
    forget_policies()


@pytest.fixture
def ana(web: None, call: CallContext) -> Any:
    return make_customer(call, "ana")


@pytest.fixture
def ben(web: None, call: CallContext) -> Any:
    return make_customer(call, "ben")


@pytest.fixture
def cleo(web: None, call: CallContext) -> Any:
    """A customer with an authenticator app beside her password."""
    cleo = make_customer(call, "cleo")
    enroll_totp(sub=cleo.sub, secret=SECRET, call=call)
    return cleo


@pytest.fixture
def shop(call: CallContext) -> ChannelApp:
    return make_client(call)


@pytest.fixture
def sofa() -> "Sofa":
    """The browser that the household shares."""
    return Sofa()


class Sofa(Client):
    """One browser, several people."""

    def sign_in(self, account: Any) -> "Sofa":
        """Somebody signs in at the page, after whoever was at the browser stepped aside."""
        self.post("/switch/another/")
        assert self.post("/accounts/login/", {"login": account.email, "password": PASSWORD}).status_code == 302
        return self

    def names_here(self) -> list[str]:
        """Who is signed in here, the one at the browser first, as the page says it."""
        return [each.account.name for each in self.get("/switch/").context["accounts"]]

    def handle_of(self, account: Any) -> str:
        """What our forms call an account that is signed in here."""
        here = self.get("/switch/").context["accounts"]
        return str(next(each.handle for each in here if each.state.subject == account.sub))

    def switch_to(self, account: Any, **fields: str) -> Any:
        return self.post("/switch/to/", {"account": self.handle_of(account), **fields})

    def sid_of(self, account: Any) -> str:
        here = self.get("/switch/").context["accounts"]
        return str(next(each.state.sid for each in here if each.state.subject == account.sub))

    @property
    def cookie(self) -> str:
        return str(self.cookies["throughline"].value)

    def greeting(self) -> str:
        page = self.get("/").content.decode()
        return page.split("<h1>")[1].split("</h1>")[0]


@pytest.fixture
def other_browser() -> Callable[[], Sofa]:
    return Sofa
