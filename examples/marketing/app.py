"""The marketing tool. It writes to whoever allows it, and to nobody else: a withdrawal is in force when it is applied.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.marketing.app run --port 8008
"""

from typing import Any

from examples.connected_system import ConnectedSystem

PURPOSE = "marketing.email"
_YES, _NO = frozenset({"consent.granted", "consent.confirmed"}), frozenset({"consent.denied", "consent.withdrawn"})
_GONE = frozenset({"account.erased"})


def keep_list(event: dict[str, Any], known: dict[str, Any]) -> dict[str, Any] | None:
    """Who may be written to, and where; of one who is erased nothing stays."""
    type, data = event["type"], event["data"]
    if type in _GONE:
        return None
    facts = known | dict(data.get("attributes", {}))
    if type in _YES | _NO | {"consent.objected"} and data.get("purpose") in (PURPOSE, "marketing"):
        facts["subscribed"] = type in _YES
    return facts


app = ConnectedSystem("marketing", __name__, keep_list)
