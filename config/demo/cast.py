"""Who is in the demo, and on which channels. No secrets: those are random per installation and stand in `demo.json`."""

from dataclasses import dataclass
from typing import Any, Final

from accounts.types import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login; `second_factor` gives a TOTP secret, a role makes an operator."""

    key: str
    email: str
    name: str
    second_factor: bool
    role: Role | None = None


CUSTOMERS: Final = (
    Person("ana", "ana@willow.example", "Ana Willow", second_factor=True),
    Person("ben", "ben@larch.example", "Ben Larch", second_factor=False),
    Person("household", "household@willow.example", "The Willows", second_factor=False),
)
OPERATORS: Final = tuple(
    Person(role.value, f"{role.value}@operators.example", f"Demo {role.value}", second_factor=True, role=role)
    for role in Role
)
_OFFER: Final = {"offer.personalize": {"class": "personalize"}}
_VIEW: Final = {"account.view": {"class": "history"}, "orders.view": {"class": "history"}}
_CONTACT: Final = {"contact.update": {"class": "change"}}
_PAYMENT: Final = {"payment.create": {"class": "change", "max_age": "5m"}}
_RECOVERY: Final = {"account.recover": {"class": "recovery"}}
CHANNELS: Final[dict[str, dict[str, Any]]] = {
    "web": {
        "name": "Web",
        "policy": {
            "minimum_acr": "urn:throughline:1fa",
            "ways_in": ["authorization_code", "refresh_token", "client_credentials", "token_exchange", "handoff"],
            "session": {"idle": "7d", "absolute": "30d"},
            "actions": {**_OFFER, **_VIEW, **_CONTACT, **_PAYMENT, **_RECOVERY},
        },
    },
    "mobile": {
        "name": "Mobile app",
        "policy": {
            "minimum_acr": "urn:throughline:1fa",
            "ways_in": ["authorization_code", "refresh_token", "token_exchange", "handoff"],
            "session": {"idle": "30d", "absolute": "30d"},
            "actions": {**_OFFER, **_VIEW, **_CONTACT, **_PAYMENT},
        },
    },
    "chat": {
        "name": "Chat",
        "policy": {
            "minimum_acr": "urn:throughline:1fa",
            "ways_in": ["client_credentials", "ciba"],
            "session": {"idle": "1h", "absolute": "12h", "verified": "30m"},
            "actions": {**_OFFER, **_VIEW, **_CONTACT},
        },
    },
    "contact_center": {
        "name": "Contact center",
        "policy": {
            "minimum_acr": "urn:throughline:1fa",
            "ways_in": [
                *("authorization_code", "refresh_token", "client_credentials"),
                *("ciba", "token_exchange", "handoff", "assistance"),
            ],
            "session": {"idle": "15m", "absolute": "1h", "verified": "30m"},
            "actions": {**_VIEW, **_CONTACT, **_PAYMENT, **_RECOVERY},
        },
    },
    "in_store": {
        "name": "In the store",
        "policy": {
            "minimum_acr": "urn:throughline:1fa",
            "ways_in": ["client_credentials", "device_code"],
            "session": {"idle": "5m", "absolute": "1h"},
            # Staff stand beside it: a proof fades in an hour, so that orders can be looked at for some minutes.
            "confidence": {"devices": {"kiosk": {"base": 0.3, "per": "1h"}}},
            "actions": {**_OFFER, **_VIEW},
        },
    },
    "agent": {
        "name": "AI agents",
        "policy": {
            "minimum_acr": "urn:throughline:2fa",
            "ways_in": ["client_credentials"],
            "actions": {**_OFFER, **_VIEW},
        },
    },
}
FEEDS: Final[dict[str, dict[str, Any]]] = {
    "crm": {
        "name": "CRM",
        "source": "crm",
        "kind": "profile",
        "client": "crm",
        "freshness": "2m",
        "fields": {"email": {"type": "email"}, "phone": {"type": "phone", "most_null": 0.3}, "city": {}},
        "links_by": ["sub"],
        "volume": {"per": "1h", "least": 0, "most": 5000},
        "canary": {"id": "canary-1", "says": {"email": "canary@crm.example"}},
    },
    "crm_people": {
        "name": "CRM, people",
        "source": "crm_people",
        "client": "crm_people",
        "scim": True,
        "freshness": "7d",
        "fields": {
            "given_name": {},
            "family_name": {},
            "display_name": {},
            "email": {"type": "email"},
            "phone": {"type": "phone"},
            "city": {},
            "active": {"type": "flag"},
        },
        "links_by": ["sub"],
    },
}
