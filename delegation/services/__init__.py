"""Deeds on delegations. Locks are taken in one order everywhere: the actor's account, what `start_child_session`
takes (providers, the customer's account, sessions by ascending id), delegations by id.
"""

from delegation.services.assisting import begin_assistance, hold_delegation
from delegation.services.endings import (
    clear_old_delegations,
    close_delegation_of_session,
    close_delegations_of_actor_session,
    end_abandoned_sessions,
    end_assistance,
    revoke_delegation,
    revoke_delegations_of_actor,
    revoke_delegations_of_subject,
    revoke_delegations_resting_on,
)
from delegation.services.looking_up import look_up_customer

__all__ = [
    "begin_assistance",
    "clear_old_delegations",
    "close_delegation_of_session",
    "close_delegations_of_actor_session",
    "end_abandoned_sessions",
    "end_assistance",
    "hold_delegation",
    "look_up_customer",
    "revoke_delegation",
    "revoke_delegations_of_actor",
    "revoke_delegations_of_subject",
    "revoke_delegations_resting_on",
]
