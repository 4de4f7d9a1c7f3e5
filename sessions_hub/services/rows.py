"""What several deeds on sessions share, inside their transaction: rows made, locked and ended."""

from collections.abc import Sequence
from datetime import datetime

from audit import journal
from channel_registry.queries import get_policy
from kit.call import CallContext
from kit.ids import new_id
from kit.prepared import Question
from sessions_hub import rules
from sessions_hub.errors import SessionEnded
from sessions_hub.events import SESSION_REVOKED
from sessions_hub.models import Session
from sessions_hub.queries import state_of
from sessions_hub.types import SubjectType, Via

_locked_session = Question(
    lambda sid, now: Session.objects.live(now).filter(sid=sid).select_for_update(of=("self",), no_key=True)
)


def create_row(
    *,
    subject_type: SubjectType,
    subject: str,
    device_id: str,
    channel: str,
    call: CallContext,
    account_id: int | None = None,
    evidence: Sequence[dict[str, str]] = (),
    parent: Session | None = None,
    via: Via = Via.SIGN_IN,
    opened_by: str = "",
) -> Session:
    """A new row of this subject on this device and channel, under the channel's policy. Raises ChannelUnavailable.

    With a `parent` it stands under the same root, ends no later, and what a pause cost there is lost here too.
    """
    policy = get_policy(channel)
    sid = new_id("ses_")
    expires_at = rules.absolute_limit(now=call.now, seconds=policy.session_absolute_seconds)
    return Session.objects.create(
        sid=sid,
        root=parent.root if parent else sid,
        parent=parent,
        via=via.value,
        opened_by=opened_by,
        resumed_at=_resumed_at(parent, call),
        lowered_at=parent.lowered_at if parent else None,
        subject_type=subject_type.value,
        subject=subject,
        account_id=account_id,
        device_id=device_id,
        channel_id=channel,
        evidence=list(evidence),
        started_at=call.now,
        last_seen_at=call.now,
        idle_seconds=policy.session_idle_seconds,
        expires_at=min(expires_at, parent.expires_at) if parent else expires_at,
        user_agent=call.user_agent[:300],
        address_label=rules.label_address(call.address),
    )


def _resumed_at(parent: Session | None, call: CallContext) -> datetime | None:
    if parent is None:
        return None
    return rules.resumed(now=call.now, last_seen_at=parent.last_seen_at, resumed_at=parent.resumed_at)


def lock_anonymous(*, device_id: str, channel: str) -> Session | None:
    """The device's open anonymous session; the loser of a race for it finds it promoted, thus none."""
    mine = Session.objects.unrevoked().filter(
        device_id=device_id, channel_id=channel, subject_type=SubjectType.DEVICE.value
    )
    return mine.select_for_update(no_key=True).first()


def lock_live(sid: str, call: CallContext) -> Session:
    """The session, locked, if it counts now. Raises SessionEnded."""
    row = _locked_session.first(sid, call.now)
    if row is None or is_over(row, call.now):
        raise SessionEnded
    return row


def lock_families(ids: Sequence[int]) -> list[Session]:
    """The open ones among the sessions and all that came out of them, locked by ascending id."""
    wanted = set(ids)
    while wanted:
        locked = list(Session.objects.filter(pk__in=wanted).select_for_update(no_key=True).order_by("pk"))
        children = set(Session.objects.unrevoked().filter(parent_id__in=wanted).values_list("pk", flat=True))
        if children <= wanted:
            return [row for row in locked if row.revoked_at is None and not row.promoted_to]
        wanted |= children
    return []


def end(rows: Sequence[Session], *, reason: str, call: CallContext) -> None:
    """End locked sessions, however many, in one statement; each has its journal line."""
    if not rows:
        return
    for row in rows:
        row.revoked_at, row.revoked_reason = call.now, str(reason)
        journal.record(
            SESSION_REVOKED,
            call=call,
            subject=row.subject,
            session=row.sid,
            channel=row.channel_id,
            payload={"reason": str(reason)},
        )
    Session.objects.filter(pk__in=[row.pk for row in rows]).update(revoked_at=call.now, revoked_reason=str(reason))


def mark_seen(row: Session, now: datetime) -> None:
    """Note on a locked row that its person is here."""
    row.resumed_at = rules.resumed(now=now, last_seen_at=row.last_seen_at, resumed_at=row.resumed_at)
    row.last_seen_at = max(now, row.last_seen_at)


def is_over(row: Session, now: datetime) -> bool:
    """Whether a row counts no more."""
    return rules.is_over(
        now=now,
        last_seen_at=row.last_seen_at,
        idle=row.idle,
        expires_at=row.expires_at,
        revoked=row.revoked_at is not None or bool(row.promoted_to),
    )


def facts(row: Session, now: datetime) -> dict[str, object]:
    """What the journal says of a session that begins."""
    level = state_of(row, now=now).level
    return {"subject_type": row.subject_type, "device": row.device_id, "acr": level.acr, "amr": list(level.amr)}
