"""Deeds on delegations. Locks are taken in one order everywhere: the customer's account, the actor's, sessions by
ascending id, delegations by id.
"""

from delegation.services.assisting import hold_delegation
from delegation.services.endings import (
    close_delegation_of_session,
    end_assistance,
    revoke_delegation,
    revoke_delegations_of_actor,
    revoke_delegations_of_subject,
)

__all__ = [
    "close_delegation_of_session",
    "end_assistance",
    "hold_delegation",
    "revoke_delegation",
    "revoke_delegations_of_actor",
    "revoke_delegations_of_subject",
]
