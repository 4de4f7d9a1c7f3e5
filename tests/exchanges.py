"""What apps, sites and browsers do when one token is exchanged for another."""

from typing import Any

from django.test import Client as HttpClient

from channel_registry.types import WAYS_IN
from kit.call import CallContext
from oauth.types import GrantType, TokenType
from tests.actors import ChannelApp, make_client, query_of

EVERY_WAY_IN = list(WAYS_IN)
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"}
LAPTOP = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def make_app(call: CallContext, name: str, *, vendor: str = "shop", **changes: Any) -> ChannelApp:
    """A maker's app: public, native, on the channel `mobile`."""
    draft: dict[str, Any] = {
        "channel": "mobile",
        "client_type": "public",
        "application_type": "native",
        "redirect_uris": (f"com.{name.lower()}.app:/cb",),
        "grant_types": ("authorization_code", "refresh_token", GrantType.TOKEN_EXCHANGE.value),
        "scopes": ("openid", "profile", "email", "offline_access", "device_sso"),
        "vendor": vendor,
    }
    return make_client(call, name=name, **{**draft, **changes})


def exchange(app: ChannelApp, **fields: Any) -> Any:
    """The token endpoint's response to an exchange; None drops a field."""
    given = {name: value for name, value in fields.items() if value is not None}
    return app.post("/oauth/token", grant_type=GrantType.TOKEN_EXCHANGE.value, **given)


def ask_transfer(app: ChannelApp, tokens: dict[str, Any], to: ChannelApp, **changes: Any) -> Any:
    """The app asks for a session-transfer token with its access token."""
    fields: dict[str, Any] = {
        "subject_token": tokens["access_token"],
        "subject_token_type": TokenType.ACCESS_TOKEN.value,
        "requested_token_type": TokenType.SESSION_TRANSFER.value,
        "audience": to.client.client_id,
    }
    return exchange(app, **{**fields, **changes})


def transfer_token(app: ChannelApp, tokens: dict[str, Any], to: ChannelApp, **changes: Any) -> str:
    """A session-transfer token for the site."""
    answer = ask_transfer(app, tokens, to, **changes)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def open_site(browser: HttpClient, site: ChannelApp, token: str, **changes: Any) -> Any:
    """The app opens the site's sign-in in a browser, with the token; the last answer before a client or a page."""
    parameters = site.authorize_parameters("v" * 43, session_transfer_token=token, **changes)
    return follow(browser, browser.get("/oauth/authorize", parameters))


def follow(browser: HttpClient, answer: Any) -> Any:
    """Go where the gateway sends the browser, as long as that is the gateway."""
    while answer.status_code in (302, 303) and answer["Location"].startswith("/"):
        answer = browser.get(answer["Location"])
    return answer


def press(browser: HttpClient, page: Any, session: str) -> Any:
    """Press a button of the page that names whose session it is: `continue` or `stay`."""
    return follow(browser, browser.post(page.wsgi_request.path, {"session": session}))


def arrive(site: ChannelApp, answer: Any) -> dict[str, Any]:
    """The tokens that the site gets for the code it was sent."""
    assert answer.status_code == 303, answer.content
    redeemed = site.redeem(query_of(answer["Location"])["code"], "v" * 43)
    assert redeemed.status_code == 200, redeemed.content
    return dict(redeemed.json())
