"""The words of this room."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.types import Role
from sessions_hub.types import Verification

WAY_IN = "assistance"
"""How a channel's policy names it."""

STAFF_ROLES = frozenset({Role.ADMIN.value, Role.SUPPORT.value})
"""Who may look customers up and act for them."""

STAFF_ACR = "urn:throughline:2fa"
"""What a staff member's own session must prove at that moment."""

STAFF_SCOPES = ("openid", "profile", "email", "decisions", "explain", "consent.read")
"""What a token in an assisted session may say at most, whatever its client is registered for."""

LONGEST_ASSISTANCE = timedelta(hours=1)
"""An assisted session ends after this even where its channel lets sessions live longer."""

LONGEST_NOTE = 300
LONGEST_HINT = 254


class ActorType(StrEnum):
    """What acts for the customer: a person of ours, or software with a mandate."""

    STAFF = "staff"
    AGENT = "agent"


class Reason(StrEnum):
    """Why a staff member acts for a customer; what else there is to say stands in the note."""

    QUESTION = "question"
    ORDER = "order"
    PAYMENT = "payment"
    CONTACT_DETAILS = "contact_details"
    SIGN_IN_TROUBLE = "sign_in_trouble"
    COMPLAINT = "complaint"
    OTHER = "other"


class EndReason(StrEnum):
    """Reason codes of `delegation.revoked` that this room gives itself; rooms below lend the names of their facts."""

    ENDED_BY_STAFF = "ended_by_staff"
    ENDED_BY_CUSTOMER = "ended_by_customer"
    REPLACED = "replaced"
    SESSION_ENDED = "session_ended"
    ROLE_TAKEN = "role_taken"
    ACTOR_SIGNED_OUT = "actor_signed_out"


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """What decides whether a caller may act as staff: her account, her session now, and the channel's policy."""

    is_herself: bool
    is_active_operator: bool
    roles: frozenset[str]
    acr: str
    channel_opens_assistance: bool


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as staff see her: her name, and what she proved where and until when it counts, if anything."""

    subject: str
    name: str
    verification: Verification | None


@dataclass(frozen=True, slots=True)
class Refused:
    """What a customer does not permit any more; an empty channel or processor is every one."""

    purpose: str
    channel: str = ""
    processor: str = ""


@dataclass(frozen=True, slots=True)
class DelegationState:
    """Somebody's right to act for `subject`, as the rooms above see it.

    `actor` is the `sub` of a staff member or the id of an agent; `sid` is the assisted session, empty where there is
    none; `scopes` is the ceiling of every token under it. `purpose` is the consent it rests on, at `channel`; empty
    rests on none.
    """

    id: str
    subject: str
    actor_type: ActorType
    actor: str
    client_id: str
    sid: str
    reason: str
    scopes: tuple[str, ...]
    begun_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_reason: str
    purpose: str = ""
    channel: str = ""

    def is_live(self, now: datetime) -> bool:
        """Whether nobody has ended it and its time is not over at `now`."""
        return self.revoked_at is None and now < self.expires_at
