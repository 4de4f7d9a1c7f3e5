"""Two web sites that let their customers sign in through the gateway: samples to read, and the demo's channels.

They know the gateway only as any other site would: by its issuer address and their own client registration.
"""

from typing import Final, TypedDict


class Example(TypedDict):
    """One site: the WSGI application to serve, `port_offset` above the gateway's own port."""

    name: str
    module: str
    port_offset: int


EXAMPLES: Final[tuple[Example, ...]] = (
    {"name": "shop", "module": "examples.shop.app:app", "port_offset": 1},
    {"name": "help", "module": "examples.help.app:app", "port_offset": 2},
)
