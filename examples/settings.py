"""Where the channel apps find their registration: the environment, else the demo's `demo.json`."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What any OpenID Connect client has to know, and where the other apps of the house live.

    `client_secret` is empty for a public client; `url` is the app's own address and those in `neighbors` are the
    others', all without a slash at the end; `clients` has their client ids. `resource` is an API's name
    in tokens (RFC 8707).
    """

    issuer: str
    client_id: str
    client_secret: str
    url: str
    neighbors: Mapping[str, str] = field(default_factory=dict)
    clients: Mapping[str, str] = field(default_factory=dict)
    resource: str = ""

    @property
    def redirect_uri(self) -> str:
        """Where the gateway sends the browser back to."""
        return f"{self.url}/callback"


def read_settings(name: str) -> Settings:
    """Settings of the app `name`: OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, APP_URL and, for its neighbors,
    SHOP_URL, HELP_URL and so on when OIDC_ISSUER is set, else what the file DEMO_FILE says (default `var/demo.json`).
    """
    if "OIDC_ISSUER" in os.environ:
        return Settings(
            issuer=os.environ["OIDC_ISSUER"],
            client_id=os.environ["OIDC_CLIENT_ID"],
            client_secret=os.environ.get("OIDC_CLIENT_SECRET", ""),
            url=os.environ["APP_URL"],
            neighbors=_named("_URL"),
            clients=_named("_CLIENT_ID"),
            resource=os.environ.get("API_RESOURCE", ""),
        )
    demo = json.loads(Path(os.environ.get("DEMO_FILE", "var/demo.json")).read_text())
    client = demo["clients"][name]
    return Settings(
        issuer=demo["issuer"],
        client_id=client["client_id"],
        client_secret=client.get("client_secret", ""),
        url=client["url"],
        neighbors={key: each["url"] for key, each in demo["clients"].items() if "url" in each},
        clients={key: each["client_id"] for key, each in demo["clients"].items()},
        resource=client.get("resource", ""),
    )


def _named(ending: str) -> dict[str, str]:
    return {key.removesuffix(ending).lower(): value for key, value in os.environ.items() if key.endswith(ending)}


@dataclass(frozen=True)
class SystemSettings:
    """What a connected system has to know: its own address, its secrets, where it keeps its things.

    There are two secrets while one is exchanged for another.
    """

    name: str
    issuer: str
    url: str
    secrets: tuple[str, ...]
    database: Path


def read_system_settings(name: str) -> SystemSettings:
    """Settings of the connected system `name`: SYSTEM_URL, SYSTEM_SECRETS (separated by spaces), SYSTEM_DATABASE and
    OIDC_ISSUER when SYSTEM_SECRETS is set, else what the file DEMO_FILE says (default `var/demo.json`).
    """
    if "SYSTEM_SECRETS" in os.environ:
        secrets = tuple(os.environ["SYSTEM_SECRETS"].split())
        database = Path(os.environ["SYSTEM_DATABASE"])
        return SystemSettings(name, os.environ["OIDC_ISSUER"], os.environ["SYSTEM_URL"], secrets, database)
    file = Path(os.environ.get("DEMO_FILE", "var/demo.json"))
    demo = json.loads(file.read_text())
    system = demo.get("connected_systems", {}).get(name, {})
    secrets = (system["secret"],) if "secret" in system else ()
    return SystemSettings(name, demo["issuer"], system.get("url", ""), secrets, file.parent / f"{name}.sqlite3")


@dataclass(frozen=True)
class FeedSettings:
    """What a system has to know that tells the gateway what it knows: where that is, and its own client there."""

    issuer: str
    client_id: str
    client_secret: str


def read_feed_settings(name: str) -> FeedSettings:
    """Settings of the feed of the system `name`: OIDC_ISSUER, FEED_CLIENT_ID and FEED_CLIENT_SECRET when the last is
    set, else what the file DEMO_FILE says (default `var/demo.json`). Without a client it tells nothing.
    """
    if "FEED_CLIENT_SECRET" in os.environ or "SYSTEM_SECRETS" in os.environ:
        client_id, secret = (os.environ.get(f"FEED_CLIENT_{each}", "") for each in ("ID", "SECRET"))
        return FeedSettings(os.environ["OIDC_ISSUER"], client_id, secret)
    demo = json.loads(Path(os.environ.get("DEMO_FILE", "var/demo.json")).read_text())
    client = demo["clients"].get(name, {})
    return FeedSettings(demo["issuer"], client.get("client_id", ""), client.get("client_secret", ""))
