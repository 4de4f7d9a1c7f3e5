"""The demo's channel apps and connected systems: programs around the same customers, and samples to read.

They know the gateway only as any other program would: by its issuer address and their own registration or secret.
What they have in common: `settings.py` (where that is found), `channel_app.py` (signing in and out) and
`connected_system.py` (hearing of changes).
"""

from typing import Final, TypedDict


class Example(TypedDict):
    """One program: the WSGI application to serve, `port_offset` above the gateway's own port; `title` for people."""

    name: str
    title: str
    module: str
    port_offset: int


EXAMPLES: Final[tuple[Example, ...]] = (
    {"name": "shop", "title": "Shop", "module": "examples.shop.app:app", "port_offset": 1},
    {"name": "help", "title": "Help site", "module": "examples.help.app:app", "port_offset": 2},
    {"name": "mobile", "title": "Mobile app", "module": "examples.mobile.app:app", "port_offset": 3},
    {"name": "kiosk", "title": "Store kiosk", "module": "examples.kiosk.app:app", "port_offset": 4},
    {"name": "chat", "title": "Chat", "module": "examples.chat.app:app", "port_offset": 5},
    {"name": "contact_center", "title": "Desk", "module": "examples.contact_center.app:app", "port_offset": 6},
)
SYSTEMS: Final[tuple[Example, ...]] = (
    {"name": "crm", "title": "CRM", "module": "examples.crm.app:app", "port_offset": 7},
    {"name": "marketing", "title": "Marketing", "module": "examples.marketing.app:app", "port_offset": 8},
)
PROGRAMS: Final = (*EXAMPLES, *SYSTEMS)
