"""The demo's clients: the six channel apps, the second app on the phone, an API, and one for strangers' tools."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from examples import EXAMPLES
from oauth.types import ClientDraft, GrantType

ORDERS_RESOURCE: Final = "https://orders.example"
VENDOR: Final = "throughline-samples"
_DECISIONS: Final = ("decisions", "explain", "consent.read", "consent.write", "resolution.resolve")
_WHO: Final = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A client of the demo; `url` is where its app answers, `note` tells the reader of `demo.json` what it is for."""

    key: str
    draft: ClientDraft
    url: str = ""
    note: str = ""


def list_clients(issuer: str) -> tuple[DemoClient, ...]:
    """The demo's clients when the gateway is at `issuer`: their apps are on the ports right above it."""
    urls = {each["name"]: above(issuer, each["port_offset"]) for each in EXAMPLES}
    orders = f"{urls['mobile']}/orders"
    return (
        DemoClient("shop", _site("Shop", urls["shop"], goodbye="/signed-out"), urls["shop"]),
        DemoClient("help", _site("Help site", urls["help"], goodbye="/"), urls["help"]),
        DemoClient("mobile", _mobile(urls["mobile"]), urls["mobile"]),
        DemoClient(
            "mobile_two", _second_app(orders), orders, "a second app of the same vendor on the phone: Native SSO"
        ),
        DemoClient("kiosk", _kiosk(urls["kiosk"]), urls["kiosk"]),
        DemoClient("chat", _chat(urls["chat"]), urls["chat"]),
        DemoClient("contact_center", _desk(urls["contact_center"]), urls["contact_center"]),
        DemoClient(
            "orders_api",
            _orders_api(),
            f"{urls['shop']}/orders-api",
            note="resource server; the default audience of shop, help, mobile and test",
        ),
        DemoClient("crm", _crm(), note="the CRM delivers what it knows: POST /api/feeds/crm/records"),
        DemoClient("crm_people", _crm_people(), note="the CRM keeps people at /scim/v2/, by its scim_token"),
        DemoClient(
            "test", _test(), note="for strangers' tools: code+PKCE, refresh, client credentials, default scopes"
        ),
    )


def _site(name: str, url: str, *, goodbye: str) -> ClientDraft:
    """What every channel app of the house has in common, and a web site needs."""
    return ClientDraft(
        name=name,
        channel="web",
        redirect_uris=(f"{url}/callback",),
        post_logout_redirect_uris=(f"{url}{goodbye}",),
        resource_servers=(ORDERS_RESOURCE,),
        backchannel_logout_uri=f"{url}/backchannel-logout",
        first_party=True,
    )


def _mobile(url: str) -> ClientDraft:
    return replace(
        _site("Mobile app", url, goodbye="/"),
        channel="mobile",
        client_type="public",
        grant_types=(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN, GrantType.TOKEN_EXCHANGE),
        scopes=(*_WHO, "offline_access", "device_sso"),
        vendor=VENDOR,
    )


def _second_app(url: str) -> ClientDraft:
    return replace(
        _mobile(url),
        name="Orders app",
        redirect_uris=(),
        post_logout_redirect_uris=(),
        grant_types=(GrantType.TOKEN_EXCHANGE,),
        scopes=_WHO,
    )


def _kiosk(url: str) -> ClientDraft:
    """It declares a purpose: of what its scopes open it is told what that needs, and only where she permits it."""
    kiosk = _without_browser("Store kiosk", url, "in_store", GrantType.DEVICE_CODE, scopes=_WHO)
    return replace(kiosk, purpose="personalization")


def _chat(url: str) -> ClientDraft:
    grants = (GrantType.CIBA, GrantType.CLIENT_CREDENTIALS)
    return _without_browser("Chat", url, "chat", *grants, scopes=(*_WHO, "handoff"))


def _desk(url: str) -> ClientDraft:
    """Staff sign in with a browser, and call the gateway's own API with the tokens they get."""
    grants = (*GrantType,)
    return replace(
        _site("Contact center", url, goodbye="/"),
        channel="contact_center",
        grant_types=tuple(each for each in grants if each is not GrantType.DEVICE_CODE),
        scopes=(*_WHO, "offline_access", "handoff"),
        default_scopes=(*_WHO, "handoff"),
        resource_servers=(),
    )


def _without_browser(name: str, url: str, channel: str, *grants: GrantType, scopes: tuple[str, ...]) -> ClientDraft:
    return replace(
        _site(name, url, goodbye="/"),
        channel=channel,
        redirect_uris=(),
        post_logout_redirect_uris=(),
        resource_servers=(),
        grant_types=grants,
        scopes=scopes,
        default_scopes=scopes,
    )


def _orders_api() -> ClientDraft:
    return ClientDraft(
        name="Orders API",
        channel="web",
        grant_types=(GrantType.CLIENT_CREDENTIALS,),
        scopes=_DECISIONS,
        default_scopes=_DECISIONS,
        resource=ORDERS_RESOURCE,
    )


def _crm() -> ClientDraft:
    return ClientDraft(
        name="CRM",
        channel="contact_center",
        grant_types=(GrantType.CLIENT_CREDENTIALS,),
        scopes=("feeds",),
        default_scopes=("feeds",),
    )


def _crm_people() -> ClientDraft:
    return replace(_crm(), name="CRM, people", scopes=("scim",), default_scopes=("scim",))


def _test() -> ClientDraft:
    return ClientDraft(
        name="Test client",
        channel="web",
        redirect_uris=("http://127.0.0.1:9999/cb", "http://localhost:9999/cb"),
        grant_types=(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN, GrantType.CLIENT_CREDENTIALS),
        scopes=(*_WHO, "offline_access", "sessions"),
        resource_servers=(ORDERS_RESOURCE,),
    )


def above(issuer: str, port_offset: int) -> str:
    """Where a program of the demo answers whose port is so far above the gateway's."""
    parts = urlsplit(issuer)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{parts.hostname}:{port + port_offset}"
