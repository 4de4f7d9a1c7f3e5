"""Deeds on sessions. Whatever changes a session holds the lock of its row: evidence and end have one truth.

Locks are taken in one order everywhere: provider upstream, device, account, sessions by ascending id, then (by the
journal) subjects.
They leave the key alone (`no_key`): foreign keys are checked at the commit, when the journal's locks are held, and
must not wait for anybody then.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session as BrowserSession

from accounts.services import hold_providers
from accounts.types import Method, Proof
from audit import journal
from channel_registry.queries import get_policy
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from kit.prepared import Insertion, Question
from kit.unit_of_work import deed
from sessions_hub import rules
from sessions_hub.errors import SessionEnded, SignInRefused
from sessions_hub.events import (
    AUTHENTICATOR_USED,
    SESSION_ELEVATED,
    SESSION_LOWERED,
    SESSION_PROMOTED,
    SESSION_REVOKED,
    SESSION_STARTED,
)
from sessions_hub.models import Device, Participation, Reliance, Session
from sessions_hub.queries import state_of
from sessions_hub.types import EndReason, SessionState, SubjectType

_locked_session = Question(
    lambda sid, now: Session.objects.live(now).filter(sid=sid).select_for_update(of=("self",), no_key=True)
)
_save_participation = Insertion(Participation, "session", "client_id", "noted_at", unique=("session", "client_id"))


@deed
def recognize_device(*, secret: str | None, user_agent: str, call: CallContext) -> tuple[Device, str | None]:
    """The device that holds `secret`, or a new one together with the secret to give it, shown this once."""
    user_agent = user_agent[:300]
    if secret:
        known = Device.objects.filter(secret_digest=digest(secret)).first()
        if known is not None:
            known.last_seen_at, known.user_agent = call.now, user_agent
            known.save(update_fields=["last_seen_at", "user_agent"])
            return known, None
    fresh = new_secret()
    device = Device.objects.create(
        id=new_id("dev_"),
        secret_digest=digest(fresh),
        user_agent=user_agent,
        created_at=call.now,
        last_seen_at=call.now,
    )
    return device, fresh


@deed
def start_device_session(*, device_id: str, channel: str, call: CallContext) -> SessionState:
    """The anonymous session of a device on a channel: the live one, or a new one at level "0".

    Raises ChannelUnavailable.
    """
    device = Device.objects.select_for_update(no_key=True).get(pk=device_id)
    open_one = _lock_anonymous(device_id=device_id, channel=channel)
    if open_one is not None:
        if not _is_over(open_one, call.now):
            return state_of(open_one, now=call.now)
        _end(open_one, reason=EndReason.EXPIRED, call=call)
    row = _create(subject_type=SubjectType.DEVICE, subject=device.pk, device_id=device.pk, channel=channel, call=call)
    journal.record(
        SESSION_STARTED, call=call, subject=row.subject, session=row.sid, channel=channel, payload=_facts(row, call.now)
    )
    return state_of(row, now=call.now)


@deed
def start_session(
    *, account_id: int, subject: str, device_id: str, channel: str, proofs: Sequence[Proof], call: CallContext
) -> SessionState:
    """A new session of an account, resting on `proofs`; the device's anonymous history is linked to it, once.

    Raises SignInRefused when the account is not active or a provider among the proofs is off, ChannelUnavailable.
    """
    if len(_standing(proofs, call)) < len(proofs):
        raise SignInRefused
    row = _create(
        subject_type=SubjectType.ACCOUNT,
        subject=subject,
        account_id=account_id,
        device_id=device_id,
        channel=channel,
        evidence=rules.write_evidence(rules.news((), proofs, now=call.now)),
        call=call,
    )
    if not _lock_active_account(row):
        raise SignInRefused
    _note_reliances(row, proofs)
    journal.record(
        SESSION_STARTED,
        call=call,
        subject=subject,
        session=row.sid,
        channel=channel,
        payload=_facts(row, call.now),
        personal={"address": call.address, "user_agent": row.user_agent},
    )
    _promote(to=row, call=call)
    return state_of(row, now=call.now)


@deed
def add_proofs(*, sid: str, proofs: Sequence[Proof], call: CallContext) -> SessionState:
    """Append what was proved since; what the session knows already changes nothing. Raises SessionEnded."""
    proofs = _standing(proofs, call)
    row = _lock_live(sid, call)
    evidence = rules.read_evidence(row.evidence)
    before = state_of(row, now=call.now).level
    added = rules.news(evidence, proofs, now=call.now, lowered_at=row.lowered_at)
    _mark_seen(row, call.now)
    row.evidence = rules.write_evidence([*evidence, *added])
    row.save(update_fields=["evidence", "last_seen_at", "resumed_at"])
    _note_reliances(row, added)
    state = state_of(row, now=call.now)
    if added:
        journal.record(
            SESSION_ELEVATED if rules.is_higher(state.level, than=before) else AUTHENTICATOR_USED,
            call=call,
            subject=row.subject,
            session=row.sid,
            channel=row.channel_id,
            payload={"methods": [proof.method.value for proof in added], "acr": state.level.acr, "was": before.acr},
        )
    return state


@deed
def touch(*, sid: str, call: CallContext) -> None:
    """Note that the session is in use, at most once a minute; nothing happens to one that has ended."""
    due = Session.objects.filter(sid=sid, last_seen_at__lte=call.now - rules.TOUCH_EVERY)
    row = due.select_for_update(no_key=True).first()
    if row is None or _is_over(row, call.now):
        return
    _mark_seen(row, call.now)
    row.save(update_fields=["last_seen_at", "resumed_at"])


@deed
def note_participation(*, sid: str, client_id: str, call: CallContext) -> None:
    """Note that a client takes part in a session. Raises SessionEnded."""
    row = _lock_live(sid, call)
    _save_participation([(row.pk, client_id, call.now)])


@deed
def revoke_session(*, sid: str, reason: str, call: CallContext) -> bool:
    """End a session and the sessions that came out of it; False when it had been ended already or never was."""
    ids = list(Session.objects.unrevoked().filter(sid=sid).values_list("pk", flat=True))
    family = _lock_families(ids)
    for row in family:
        _end(row, reason=reason, call=call)
    return any(row.sid == sid for row in family)


@deed
def revoke_sessions_of(*, subject: str, reason: str, call: CallContext, except_sid: str | None = None) -> int:
    """End every session of a subject but one, on all devices and channels; answers how many were ended."""
    ids = Session.objects.unrevoked().filter(subject=subject).exclude(sid=except_sid or "")
    family = [row for row in _lock_families(list(ids.values_list("pk", flat=True))) if row.sid != except_sid]
    for row in family:
        _end(row, reason=reason, call=call)
    return len(family)


@deed
def lower_sessions_resting_on(
    *, subject: str, methods: Collection[Method], call: CallContext, except_sid: str | None = None
) -> None:
    """Take some methods' proofs out of every session of a subject but one; one with nothing left is revoked."""
    emptied: list[str] = []
    rows = Session.objects.unrevoked().filter(subject=subject).exclude(sid=except_sid or "")
    for row in rows.select_for_update(no_key=True).order_by("pk"):
        evidence = rules.read_evidence(row.evidence)
        left = rules.without(evidence, methods)
        if len(left) == len(evidence):
            continue
        row.evidence, row.lowered_at = rules.write_evidence(left), call.now
        row.save(update_fields=["evidence", "lowered_at"])
        if not left:
            emptied.append(row.sid)
            continue
        level = state_of(row, now=call.now).level
        journal.record(
            SESSION_LOWERED,
            call=call,
            subject=subject,
            session=row.sid,
            channel=row.channel_id,
            payload={"methods": sorted(method.value for method in methods), "acr": level.acr, "amr": list(level.amr)},
        )
    for sid in emptied:
        revoke_session(sid=sid, reason=EndReason.NOTHING_LEFT, call=call)


@deed
def lower_sessions_resting_on_provider(*, provider: str, call: CallContext, subject: str | None = None) -> None:
    """Take what a provider upstream vouched for out of every session, or out of a subject's.

    A session with nothing left to rest on is revoked.
    """
    emptied: list[str] = []
    rows = Session.objects.unrevoked().filter(reliances__provider=provider)
    if subject is not None:
        rows = rows.filter(subject=subject)
    locked = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for row in locked:
        left = rules.without_provider(rules.read_evidence(row.evidence), provider)
        row.evidence, row.lowered_at = rules.write_evidence(left), call.now
        row.save(update_fields=["evidence", "lowered_at"])
        if not left:
            emptied.append(row.sid)
            continue
        level = state_of(row, now=call.now).level
        journal.record(
            SESSION_LOWERED,
            call=call,
            subject=row.subject,
            session=row.sid,
            channel=row.channel_id,
            payload={"provider": provider, "acr": level.acr, "amr": list(level.amr)},
        )
    Reliance.objects.filter(session__in=locked, provider=provider).delete()
    for sid in emptied:
        revoke_session(sid=sid, reason=EndReason.NOTHING_LEFT, call=call)


@deed
def forget_traces_of(*, subject: str, call: CallContext) -> int:  # noqa: ARG001  every deed takes its call
    """Blank what sessions of an erased subject still tell of a person: browser and network. Answers how many did."""
    traces = Session.objects.filter(subject=subject).exclude(user_agent="", address_label="")
    return traces.update(user_agent="", address_label="")


@deed
def clear_browser_sessions(*, call: CallContext) -> int:
    """Delete browser sessions whose cookie has expired; how many."""
    deleted, _ = BrowserSession.objects.filter(expire_date__lt=call.now).delete()
    return deleted


@deed
def clear_old_sessions(*, older_than: timedelta, limit: int = 1000, call: CallContext) -> int:
    """Delete sessions that ended more than `older_than` ago, and devices without any that stayed away as long.

    At most `limit` of each; answers how many sessions. The journal keeps that they were. A session that others came
    out of goes after them.
    """
    before = call.now - older_than
    sessions = Session.objects.ended_before(before).filter(children=None)
    ids = list(sessions.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)[:limit])
    Session.objects.filter(pk__in=ids).delete()

    # Whoever comes back with a device is noted on its row first, so one that is locked and unseen stays unused.
    devices = Device.objects.filter(last_seen_at__lt=before, sessions=None).select_for_update(of=("self",))
    Device.objects.filter(pk__in=list(devices.order_by("pk").values_list("pk", flat=True)[:limit])).delete()
    return len(ids)


def _standing(proofs: Sequence[Proof], call: CallContext) -> list[Proof]:
    """The proofs but those of a provider that is off; one that is on stays on until the commit."""
    named = rules.providers_of(proofs)
    held = hold_providers(slugs=named, call=call) if named else frozenset()
    return [proof for proof in proofs if not proof.provider or proof.provider in held]


def _note_reliances(row: Session, proofs: Sequence[Proof]) -> None:
    named = [Reliance(session=row, provider=provider) for provider in sorted(rules.providers_of(proofs))]
    Reliance.objects.bulk_create(named, ignore_conflicts=True)


def _create(
    *,
    subject_type: SubjectType,
    subject: str,
    device_id: str,
    channel: str,
    call: CallContext,
    account_id: int | None = None,
    evidence: Sequence[dict[str, str]] = (),
) -> Session:
    policy = get_policy(channel)
    sid = new_id("ses_")
    return Session.objects.create(
        sid=sid,
        root=sid,
        subject_type=subject_type.value,
        subject=subject,
        account_id=account_id,
        device_id=device_id,
        channel_id=channel,
        evidence=list(evidence),
        started_at=call.now,
        last_seen_at=call.now,
        idle_seconds=policy.session_idle_seconds,
        expires_at=rules.absolute_limit(now=call.now, seconds=policy.session_absolute_seconds),
        user_agent=call.user_agent[:300],
        address_label=rules.label_address(call.address),
    )


def _lock_active_account(row: Session) -> bool:
    """Whether the account of a new session is its subject's and active, and stays so until the commit.

    A suspension that runs meanwhile is waited for and then seen here; one that comes later finds this session.
    """
    joined = Session.objects.filter(pk=row.pk, account__sub=row.subject, account__status="active")
    return joined.select_related("account").select_for_update(of=("account",), no_key=True).first() is not None


def _promote(*, to: Session, call: CallContext) -> None:
    """Link the device's anonymous session to the first person who signs in after it, and to nobody else ever."""
    anonymous = _lock_anonymous(device_id=to.device_id, channel=to.channel_id)
    if anonymous is None or _is_over(anonymous, call.now):
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


def _lock_anonymous(*, device_id: str, channel: str) -> Session | None:
    """The device's open anonymous session; the loser of a race for it finds it promoted, thus none."""
    mine = Session.objects.unrevoked().filter(
        device_id=device_id, channel_id=channel, subject_type=SubjectType.DEVICE.value
    )
    return mine.select_for_update(no_key=True).first()


def _lock_live(sid: str, call: CallContext) -> Session:
    row = _locked_session.first(sid, call.now)
    if row is None or _is_over(row, call.now):
        raise SessionEnded
    return row


def _lock_families(ids: Sequence[int]) -> list[Session]:
    """The open ones among the sessions and all that came out of them, locked by ascending id."""
    wanted = set(ids)
    while True:
        locked = list(Session.objects.filter(pk__in=wanted).select_for_update(no_key=True).order_by("pk"))
        children = set(Session.objects.unrevoked().filter(parent_id__in=wanted).values_list("pk", flat=True))
        if children <= wanted:
            return [row for row in locked if row.revoked_at is None and not row.promoted_to]
        wanted |= children


def _end(row: Session, *, reason: str, call: CallContext) -> None:
    row.revoked_at, row.revoked_reason = call.now, reason
    row.save(update_fields=["revoked_at", "revoked_reason"])
    journal.record(
        SESSION_REVOKED,
        call=call,
        subject=row.subject,
        session=row.sid,
        channel=row.channel_id,
        payload={"reason": str(reason)},
    )


def _mark_seen(row: Session, now: datetime) -> None:
    row.resumed_at = rules.resumed(now=now, last_seen_at=row.last_seen_at, resumed_at=row.resumed_at)
    row.last_seen_at = max(now, row.last_seen_at)


def _is_over(row: Session, now: datetime) -> bool:
    return rules.is_over(
        now=now,
        last_seen_at=row.last_seen_at,
        idle=row.idle,
        expires_at=row.expires_at,
        revoked=row.revoked_at is not None or bool(row.promoted_to),
    )


def _facts(row: Session, now: datetime) -> dict[str, object]:
    level = state_of(row, now=now).level
    return {"subject_type": row.subject_type, "device": row.device_id, "acr": level.acr, "amr": list(level.amr)}
