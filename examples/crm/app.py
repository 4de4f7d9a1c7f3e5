"""The CRM. It keeps a card for each customer and follows every change of it.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.crm.app run --port 8007
"""

from typing import Any

from examples.connected_system import ConnectedSystem


def keep_card(event: dict[str, Any], known: dict[str, Any]) -> dict[str, Any] | None:
    """What an event says of a customer goes onto her card; of one who is erased nothing stays."""
    if event["type"] == "account.erased":
        return None
    if event["type"] == "account.closed":
        return known | {"status": "closed"}
    return known | dict(event["data"].get("attributes", {}))


app = ConnectedSystem("crm", __name__, keep_card)
