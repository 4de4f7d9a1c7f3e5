"""Devices and clients that ask to be let in, and the customer who answers them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as HttpClient

from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from channel_registry.types import WAYS_IN
from kit import clock
from kit.call import CallContext
from oauth.types import GrantType
from tests.actors import ChannelApp, make_client

ASKING = {
    "grant_types": (GrantType.DEVICE_CODE, GrantType.CIBA, GrantType.REFRESH_TOKEN),
    "scopes": ("openid", "profile", "email", "offline_access"),
    "redirect_uris": (),
}


def open_ways_in(call: CallContext, channel: str = "web", **changes: Any) -> None:
    """Let a channel offer every way in."""
    publish_policy(channel=channel, body={"ways_in": list(WAYS_IN), **changes}, call=call)
    forget_policies()


def make_asking_client(call: CallContext, **changes: Any) -> ChannelApp:
    """A first-party client called Kiosk, on a channel of its own that is open to it."""
    usual: dict[str, Any] = {"name": "Kiosk", "channel": "in_store", **ASKING}
    if changes.get("client_type") == "public":
        usual["grant_types"] = (GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN)
    app = make_client(call, **{**usual, **changes})
    open_ways_in(call, app.client.channel_id)
    return app


@dataclass
class Asked:
    """A question that waits: what the client was told, and how it comes back for the tokens."""

    app: ChannelApp
    told: dict[str, Any]

    def poll(self, **changes: Any) -> Any:
        """The token endpoint's answer."""
        return self.app.post("/oauth/token", **{**self.fields, **changes})

    @property
    def fields(self) -> dict[str, Any]:
        """The token request."""
        if "device_code" in self.told:
            return {"grant_type": GrantType.DEVICE_CODE, "device_code": self.told["device_code"]}
        return {"grant_type": GrantType.CIBA, "auth_req_id": self.told["auth_req_id"]}

    @property
    def error(self) -> str:
        """The error of a poll now."""
        answer = self.poll()
        assert answer.status_code == 400, answer.content
        return str(answer.json()["error"])


def ask_by_device(app: ChannelApp, **changes: Any) -> Asked:
    """A device asks for a code."""
    answer = app.post("/oauth/device_authorization", **{"scope": "openid offline_access", **changes})
    assert answer.status_code == 200, answer.content
    return Asked(app, dict(answer.json()))


def ask_by_ciba(app: ChannelApp, hint: str, **changes: Any) -> Asked:
    """A client asks a customer."""
    answer = send_ciba(app, login_hint=hint, **changes)
    assert answer.status_code == 200, answer.content
    return Asked(app, dict(answer.json()))


def send_ciba(app: ChannelApp, **fields: Any) -> Any:
    """The answer to a backchannel request; None drops a parameter."""
    usual = {"scope": "openid offline_access", "binding_message": "Order 4711"}
    return app.post(
        "/oauth/bc-authorize", **{name: value for name, value in {**usual, **fields}.items() if value is not None}
    )


def answer_device(browser: HttpClient, asked: Asked, answer: str = "yes") -> Any:
    """She opens the page with the code, and says yes or no."""
    code = asked.told["user_code"]
    page = browser.get("/oauth/device", {"user_code": code})
    assert page.status_code == 200, page.content
    return browser.post(
        "/oauth/device", f"user_code={code}&answer={answer}", content_type="application/x-www-form-urlencoded"
    )


def answer_ciba(browser: HttpClient, asked: Asked, answer: str = "yes", *, number: str | None = None) -> Any:
    """She answers the newest question on the page of the portal."""
    fields = {"answer": answer, "number": asked.told["number"] if number is None else number}
    return browser.post(newest_request(browser), fields)


def newest_request(browser: HttpClient) -> str:
    """The address of the newest question that waits for her."""
    page = browser.get("/approvals/").content.decode()
    _, found, rest = page.partition('href="/approvals/ask_')
    assert found, page
    return "/approvals/ask_" + rest.partition('"')[0]


def ask_and_approve(app: ChannelApp, browser: HttpClient, account: Any, way: str, **changes: Any) -> Asked:
    """A question that she has said yes to; `way` is `device_code` or `ciba`."""
    if way == "device_code":
        asked = ask_by_device(app, **changes)
        assert "Connected" in answer_device(browser, asked).content.decode()
        return asked
    asked = ask_by_ciba(app, account.email, **changes)
    assert answer_ciba(browser, asked).status_code == 302
    return asked


def after(seconds: float, time_machine: Any) -> None:
    """Let time pass."""
    time_machine.move_to(clock.now() + timedelta(seconds=seconds), tick=True)


WAYS = pytest.mark.parametrize("way", ["device_code", "ciba"])
