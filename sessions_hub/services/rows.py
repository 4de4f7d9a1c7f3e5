"""What several deeds on sessions share, inside their transaction: rows made, locked and ended."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet

from accounts.types import Proof
from audit import journal
from channel_registry.queries import get_policy
from channel_registry.types import ChannelPolicy
from kit.call import CallContext
from kit.ids import new_id
from kit.places import find_place
from kit.prepared import Change, Question
from sessions_hub import rules
from sessions_hub.errors import SessionEnded
from sessions_hub.events import SESSION_PROMOTED, SESSION_REVOKED
from sessions_hub.models import Reliance, Session
from sessions_hub.queries import state_of
from sessions_hub.types import SubjectType, Via

SEEN = ("last_seen_at", "resumed_at", "returned_at")
"""What `mark_seen` changes."""

_AT_ONCE = 500
_locked_session = Question(
    lambda sid, now: Session.objects.live(now).filter(sid=sid).select_for_update(of=("self",), no_key=True)
)

_held_account = Question(
    lambda sid: (
        Session.objects.filter(sid=sid, account__sub=F("subject"), account__status="active")
        .select_related("account")
        .select_for_update(of=("account",), no_key=True)
    )
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
    until: datetime | None = None,
) -> Session:
    """A new row of this subject on this device and channel, under the channel's policy. Raises ChannelUnavailable.

    With a `parent` it stands under the same root and ends no later. Its person was last seen when she was there, and
    what a pause cost there is lost here too: moving is no proof of anybody's presence. Raises SessionEnded where that
    is longer ago than the channel lets a session go unseen. `until`: see `_policy`.
    """
    policy = _policy(channel, until, call)
    sid = new_id("ses_")
    return Session.objects.create(
        sid=sid,
        via=via.value,
        opened_by=opened_by,
        subject_type=subject_type.value,
        subject=subject,
        account_id=account_id,
        device_id=device_id,
        channel_id=channel,
        evidence=list(evidence),
        started_at=call.now,
        idle_seconds=policy.session_idle_seconds,
        user_agent=call.user_agent[:300],
        address_label=rules.label_address(call.address),
        place=find_place(call.address),
        **(_inherited(parent, policy, call) if parent else _own(sid, policy, call)),
    )


def _policy(channel: str, until: datetime | None, call: CallContext) -> ChannelPolicy:
    """The policy of a channel; a session that ends at `until` is somebody else's to use, who is never seen in it: it
    has no idleness of its own.
    """
    policy = get_policy(channel)
    if until is None:
        return policy
    left = min(policy.session_absolute_seconds, int((until - call.now).total_seconds()))
    never = int(rules.ONE_FACTOR_LIFETIME.total_seconds())  # longer than any session
    return replace(policy, session_idle_seconds=never, session_absolute_seconds=left)


def _own(sid: str, policy: ChannelPolicy, call: CallContext) -> dict[str, Any]:
    expires_at = rules.absolute_limit(now=call.now, seconds=policy.session_absolute_seconds)
    return {"root": sid, "last_seen_at": call.now, "expires_at": expires_at}


def _inherited(parent: Session, policy: ChannelPolicy, call: CallContext) -> dict[str, Any]:
    if call.now - parent.last_seen_at >= timedelta(seconds=policy.session_idle_seconds):
        raise SessionEnded
    own_limit = rules.absolute_limit(now=call.now, seconds=policy.session_absolute_seconds)
    return {
        "root": parent.root,
        "parent": parent,
        "last_seen_at": parent.last_seen_at,
        "resumed_at": parent.resumed_at,
        "returned_at": parent.returned_at,
        "lowered_at": parent.lowered_at,
        "expires_at": min(own_limit, parent.expires_at),
    }


def hold_active_account(sid: str) -> bool:
    """Whether the account of a session is its subject's and active, and stays so until the commit.

    A suspension that runs meanwhile is waited for and then seen here; one that comes later finds the session.
    """
    return _held_account.first(sid) is not None


def note_reliances(row: Session, proofs: Sequence[Proof]) -> None:
    """Note on which providers upstream a session rests, so that it is found when one is switched off."""
    named = [Reliance(session=row, provider=provider) for provider in sorted(rules.providers_of(proofs))]
    if named:
        Reliance.objects.bulk_create(named, ignore_conflicts=True)


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


def lock_all(rows: QuerySet[Session]) -> list[Session]:
    """The sessions of a question, locked by ascending id, those included that came out of one of them meanwhile.

    A child that was being started when its parent's lock was asked for is not yet seen by the first look.
    """
    locked = _locked(rows)
    while missed := set(rows.order_by().values_list("pk", flat=True)) - locked.keys() if locked else ():
        locked |= _locked(rows.filter(pk__in=missed))
    return list(locked.values())


def _locked(rows: QuerySet[Session]) -> dict[int, Session]:
    return {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk")}


def lock_families(ids: Sequence[int], *, held: Sequence[Session] = ()) -> list[Session]:
    """The open ones among the sessions and all that came out of them, locked by ascending id; `held` are already."""
    wanted = set(ids)
    locked = {row.pk: row for row in held if row.pk in wanted}
    while wanted:
        for piece in _pieces(wanted - locked.keys()):
            locked |= _locked(Session.objects.filter(pk__in=piece))
        children = {pk for piece in _pieces(wanted) for pk in _children(piece)}
        if children <= wanted:
            return [row for _, row in sorted(locked.items()) if row.revoked_at is None and not row.promoted_to]
        wanted |= children
    return []


def _children(ids: Collection[int]) -> Iterable[int]:
    return Session.objects.unrevoked().filter(parent_id__in=ids).values_list("pk", flat=True)


def _pieces(ids: Collection[int]) -> Iterator[list[int]]:
    """Ids in ascending order, some at a time: ten times as many parameters take the driver a hundred times as long."""
    ordered = sorted(ids)
    return (ordered[at : at + _AT_ONCE] for at in range(0, len(ordered), _AT_ONCE))


def end(rows: Sequence[Session], *, reason: str, call: CallContext) -> None:
    """End locked sessions, however many, as they stand, in one statement; each has its journal line."""
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
            payload={"reason": str(reason)} | ({} if row.via == Via.SIGN_IN else {"via": row.via}),
        )
    _save_end.all(rows)


_save_end = Change(Session, "evidence", "lowered_at", "revoked_at", "revoked_reason")


def mark_seen(row: Session, now: datetime) -> None:
    """Note on a locked row that its person is here."""
    row.resumed_at = rules.resumed(now=now, last_seen_at=row.last_seen_at, resumed_at=row.resumed_at)
    row.returned_at = rules.returned(now=now, last_seen_at=row.last_seen_at, returned_at=row.returned_at)
    row.last_seen_at = max(now, row.last_seen_at)


def promote(*, to: Session, call: CallContext) -> None:
    """Link the device's anonymous session to the first person who signs in after it, and to nobody else ever."""
    anonymous = lock_anonymous(device_id=to.device_id, channel=to.channel_id)
    if anonymous is None or is_over(anonymous, call.now):
        return
    anonymous.promoted_to = to.sid
    anonymous.save(update_fields=["promoted_to"])
    journal.record(
        SESSION_PROMOTED,
        call=call,
        subject=to.subject,
        session=to.sid,
        channel=to.channel_id,
        payload={"from": anonymous.sid, "device": to.device_id},
    )


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
