"""What this room announces."""

from audit.types import EventType

DELEGATION_BEGUN = EventType("delegation.begun", "Somebody may act for a customer from now on.", deliverable=True)
DELEGATION_REVOKED = EventType(
    "delegation.revoked", "Somebody who acted for a customer may not any more.", deliverable=True
)
CUSTOMER_LOOKED_UP = EventType("customer.looked_up", "A staff member asked who a customer is and what she proved.")
