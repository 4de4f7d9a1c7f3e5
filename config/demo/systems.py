"""The demo's connected systems: a small CRM and a marketing tool, told by signed webhooks."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from config.demo.clients import above
from examples import SYSTEMS
from sync.types import ConnectionDraft, Kind

_PROFILE: Final = ("account.created", "profile.changed", "email_change.undone", "account.closed", "account.erased")
_IDENTIFIERS: Final = ("identifier.added", "identifier.verified", "identifier.removed")
_LIFE: Final = ("account.suspended", "account.reactivated")
_CONSENT: Final = ("granted", "confirmed", "denied", "withdrawn", "objected", "invalidated")


@dataclass(frozen=True, slots=True)
class DemoSystem:
    """A connected system of the demo, and where its page is."""

    key: str
    url: str
    draft: ConnectionDraft


def list_systems(issuer: str) -> tuple[DemoSystem, ...]:
    """The demo's connected systems when the gateway is at `issuer`; it reaches them on its own machine."""
    titles = {each["name"]: each["title"] for each in SYSTEMS}
    urls = {each["name"]: above(issuer, each["port_offset"]) for each in SYSTEMS}
    crm, marketing = (f"http://localhost:{urlsplit(urls[each]).port}" for each in ("crm", "marketing"))
    return (
        DemoSystem(
            "crm",
            urls["crm"],
            ConnectionDraft(
                name=titles["crm"],
                kind=Kind.WEBHOOK,
                endpoint=f"{crm}/hooks",
                event_types=(*_PROFILE, *_IDENTIFIERS, *_LIFE),
                attributes=("email", "email_verified", "name", "phone", "status"),
                purpose="service",
                freshness=60,
                owner_channel="contact_center",
                options={"digest_url": f"{crm}/digest"},
            ),
        ),
        DemoSystem(
            "marketing",
            urls["marketing"],
            ConnectionDraft(
                name=titles["marketing"],
                kind=Kind.WEBHOOK,
                endpoint=f"{marketing}/hooks",
                event_types=(*_PROFILE, *(f"consent.{each}" for each in _CONSENT)),
                attributes=("email", "name"),
                purpose="marketing.email",
                freshness=60,
                owner_channel="web",
                options={"digest_url": f"{marketing}/digest"},
            ),
        ),
    )
