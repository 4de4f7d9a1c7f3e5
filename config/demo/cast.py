"""Who and what is in the demo. No secrets: those are random per installation and stand in `demo.json`."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from accounts.types import Role
from examples import EXAMPLES
from oauth.types import ClientDraft, GrantType

ORDERS_RESOURCE: Final = "https://orders.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login; `second_factor` gives a TOTP secret, a role makes an operator."""

    key: str
    email: str
    name: str
    second_factor: bool
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A client of the demo; `note` tells the reader of `demo.json` what it is for."""

    key: str
    draft: ClientDraft
    note: str = ""


CUSTOMERS: Final = (
    Person("ana", "ana@willow.example", "Ana Willow", second_factor=True),
    Person("ben", "ben@larch.example", "Ben Larch", second_factor=False),
    Person("household", "household@willow.example", "The Willows", second_factor=False),
)
OPERATORS: Final = tuple(
    Person(role.value, f"{role.value}@operators.example", f"Demo {role.value}", second_factor=True, role=role)
    for role in Role
)
CHANNELS: Final[dict[str, dict[str, Any]]] = {
    "web": {
        "name": "Web",
        "policy": {"minimum_acr": "urn:throughline:1fa", "session": {"idle": "7d", "absolute": "30d"}},
    },
    "mobile": {
        "name": "Mobile app",
        "policy": {"minimum_acr": "urn:throughline:1fa", "session": {"idle": "30d", "absolute": "30d"}},
    },
    "chat": {
        "name": "Chat",
        "policy": {"minimum_acr": "urn:throughline:1fa", "session": {"idle": "1h", "absolute": "12h"}},
    },
    "contact_center": {
        "name": "Contact center",
        "policy": {"minimum_acr": "urn:throughline:1fa", "session": {"idle": "15m", "absolute": "1h"}},
    },
    "in_store": {
        "name": "In the store",
        "policy": {"minimum_acr": "urn:throughline:1fa", "session": {"idle": "5m", "absolute": "1h"}},
    },
    "agent": {
        "name": "AI agents",
        "policy": {"minimum_acr": "urn:throughline:2fa", "ways_in": ["client_credentials"]},
    },
}


def list_clients(issuer: str) -> tuple[DemoClient, ...]:
    """The demo's clients when the gateway is at `issuer`: the sample sites are on the ports right above it."""
    shop, help_site = (_site(issuer, each["port_offset"]) for each in EXAMPLES)
    return (
        DemoClient("shop", _sample_site("Shop", shop, goodbye=f"{shop}/signed-out")),
        DemoClient("help", _sample_site("Help site", help_site, goodbye=f"{help_site}/")),
        DemoClient(
            "orders_api",
            ClientDraft(
                name="Orders API",
                channel="web",
                grant_types=(GrantType.CLIENT_CREDENTIALS,),
                scopes=("decisions", "explain", "consent.read", "consent.write", "resolution.resolve"),
                default_scopes=("decisions", "explain", "consent.read", "consent.write", "resolution.resolve"),
                resource=ORDERS_RESOURCE,
            ),
            note="resource server; the default audience of shop, help and test",
        ),
        DemoClient(
            "test",
            ClientDraft(
                name="Test client",
                channel="web",
                redirect_uris=("http://127.0.0.1:9999/cb", "http://localhost:9999/cb"),
                grant_types=tuple(GrantType),
                resource_servers=(ORDERS_RESOURCE,),
            ),
            note="for strangers' tools: code+PKCE, refresh, client credentials, default scopes",
        ),
    )


def _sample_site(name: str, address: str, *, goodbye: str) -> ClientDraft:
    return ClientDraft(
        name=name,
        channel="web",
        redirect_uris=(f"{address}/callback",),
        post_logout_redirect_uris=(goodbye,),
        resource_servers=(ORDERS_RESOURCE,),
        first_party=True,
    )


def _site(issuer: str, port_offset: int) -> str:
    parts = urlsplit(issuer)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{parts.hostname}:{port + port_offset}"
