"""The marketing tool. It writes to whoever allows it, and to nobody else: a withdrawal is in force when it is applied.

Run it alone:  DEMO_FILE=var/demo.json flask --app examples.marketing.app run --port 8008
"""

from typing import Any

from examples.connected_system import ConnectedSystem, learn

PURPOSE = "marketing.email"
_YES = frozenset({"consent.granted", "consent.confirmed"})
_NO = frozenset({"consent.denied", "consent.withdrawn", "consent.objected", "consent.invalidated"})
_PARTS = ("channel", "processor", "category")
_GONE = frozenset({"account.erased"})


def keep_list(event: dict[str, Any], known: dict[str, Any]) -> dict[str, Any] | None:
    """Who may be written to, and where; of one who is erased nothing stays."""
    type, data = event["type"], event["data"]
    if type in _GONE:
        return None
    facts = learn(known, event)
    if type in _NO and data.get("purpose") in (PURPOSE, "marketing"):
        facts["subscribed"] = False  # also where she refused but a part: then she is asked, not written to
    if type in _YES and data.get("purpose") == PURPOSE and not any(data.get(part) for part in _PARTS):
        facts["subscribed"] = True
    return facts


def list_permits(facts: dict[str, Any]) -> list[str]:
    """What she permits, as this tool acts by it."""
    return [PURPOSE] if facts.get("subscribed") else []


app = ConnectedSystem("marketing", __name__, keep_list, list_permits)
