"""Questions about who acts for whom; they never write."""

from datetime import datetime

from accounts.queries import find_account
from audit.queries import list_events, list_personal
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy
from delegation.events import DELEGATION_BEGUN
from delegation.models import Delegation
from delegation.types import WAY_IN, ActorType, DelegationState
from sessions_hub.queries import find_live_session


def can_assist_on(*, channel: str) -> bool:
    """Whether the policy of a channel that is open lets staff act for customers there."""
    try:
        return WAY_IN in get_policy(channel).grants
    except ChannelUnavailable:
        return False


def find_delegation(*, id: str) -> DelegationState | None:
    """The delegation of that id, whether it counts or not."""
    row = Delegation.objects.filter(pk=id).first()
    return state_of(row) if row else None


def find_live_delegation(*, id: str, now: datetime) -> DelegationState | None:
    """The delegation when it counts at `now`: not revoked, not expired, its session live. Two statements.

    For showing it. Whoever is about to issue a token under it calls `services.hold_delegation` instead.
    """
    row = Delegation.objects.live(now).filter(pk=id).first()
    return state_of(row) if row and _has_its_session(row, now) else None


def list_live_about(*, subject: str, now: datetime) -> list[DelegationState]:
    """Who acts for a customer at `now`, the latest first. One statement where there is nobody."""
    rows = Delegation.objects.live(now).filter(subject=subject)
    return [state_of(row) for row in rows if _has_its_session(row, now)]


def list_live_of(*, actor: str, now: datetime) -> list[DelegationState]:
    """For whom an actor acts at `now`, the latest first. One statement where there is nobody."""
    rows = Delegation.objects.live(now).filter(actor=actor)
    return [state_of(row) for row in rows if _has_its_session(row, now)]


def list_past_of(*, actor: str, now: datetime, limit: int = 20) -> list[DelegationState]:
    """What an actor did before, the latest first, at most `limit`."""
    running = {each.id for each in list_live_of(actor=actor, now=now)}
    rows = Delegation.objects.filter(actor=actor).exclude(pk__in=running)
    return [state_of(row) for row in rows[:limit]]


def find_delegation_of_session(*, sid: str) -> DelegationState | None:
    """The delegation that an assisted session belongs to, whether it counts or not."""
    row = Delegation.objects.filter(sid=sid).first() if sid else None
    return state_of(row) if row else None


def find_note(delegation: DelegationState) -> str:
    """What the actor wrote when she began; empty when nothing, or when the customer was erased since."""
    lines = list_events(subject=delegation.subject, types=[DELEGATION_BEGUN])
    line = next((each for each in lines if each.payload.get("delegation") == delegation.id), None)
    return str(list_personal([line]).get(line.event_id, {}).get("note", "")) if line else ""


def get_actor_name(actor: str) -> str:
    """What a staff member is called before customers; empty when she gave no name or was erased."""
    account = find_account(actor)
    return account.name if account else ""


def state_of(row: Delegation) -> DelegationState:
    """A row of this room as the rooms above see it."""
    return DelegationState(
        id=row.pk,
        subject=row.subject,
        actor_type=ActorType(row.actor_type),
        actor=row.actor,
        client_id=row.client_id,
        sid=row.sid,
        reason=row.reason,
        scopes=tuple(row.scopes.split()),
        begun_at=row.begun_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        revoked_reason=row.revoked_reason,
        purpose=row.purpose,
        channel=row.channel,
    )


def _has_its_session(row: Delegation, now: datetime) -> bool:
    return not row.sid or find_live_session(sid=row.sid, now=now) is not None
