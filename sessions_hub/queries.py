"""Questions about sessions; they never write."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, F, Min, OuterRef, QuerySet

from accounts.types import Kind, Method, Proof
from channel_registry.queries import get_policy
from channel_registry.types import ChannelPolicy, meets
from kit.ids import digest
from kit.prepared import Question
from sessions_hub import rules
from sessions_hub.models import Device, DeviceSecret, Participation, Session
from sessions_hub.types import (
    Carried,
    EndReason,
    KnownDeviceSecret,
    Level,
    SessionAtHand,
    SessionState,
    Sightings,
    SubjectType,
    Verification,
    Via,
)

if TYPE_CHECKING:
    from accounts.models import Account


_HARMLESS_ENDS = (EndReason.SIGNED_OUT, EndReason.REPLACED, EndReason.EXPIRED)


class BrowserSession(NamedTuple):
    """A live session of an account, together with the account and an operator's roles: one statement."""

    state: SessionState
    account: "Account"
    roles: frozenset[str]


def find_live_session(*, sid: str, now: datetime) -> SessionState | None:
    """The session when it counts at `now`: not revoked, expired or idle, and its account active. Else None."""
    row = _live_session.first(sid, now)
    return None if row is None or is_idle(row, now) else state_of(row, now=now)


def find_browser_session(*, sid: str, now: datetime) -> BrowserSession | None:
    """Like `find_live_session` for an account's session, joined with the account and its roles."""
    rows = _live_browser_session.all(sid, now)  # one row per role, one for a customer
    if not rows or is_idle(rows[0], now):
        return None
    account = rows[0].account
    assert account is not None  # the filter says so
    roles = _roles(rows) if account.kind == Kind.OPERATOR else frozenset()
    account.role_names = roles  # asked for here already: `is_staff` and `has_perm` need no statement of their own
    return BrowserSession(state=state_of(rows[0], now=now), account=account, roles=roles)


def list_browser_sessions(*, sids: Sequence[str], device_secret: str | None, now: datetime) -> list[BrowserSession]:
    """Live sessions of accounts among `sids`, in that order, that stand on the device which holds `device_secret`.

    With their clients and, without roles, their accounts; two statements, none where there is nothing to ask.
    """
    if not sids or not device_secret:
        return []
    rows = Session.objects.live(now).filter(sid__in=sids, device__secret_digest=digest(device_secret))
    found = {
        row.sid: BrowserSession(_with_clients(row, now), row.account, frozenset())
        for row in rows.filter(account__isnull=False).select_related("account").prefetch_related("participations")
        if row.account is not None and not is_idle(row, now)
    }
    return [found[sid] for sid in sids if sid in found]


def with_clients(state: SessionState) -> SessionState:
    """The same session with the ids of the clients that take part in it."""
    return replace(state, clients=tuple(list_clients(sid=state.sid)))


def find_session_at_hand(*, sid: str, now: datetime) -> SessionAtHand | None:
    """A live session of an account, its proofs, and what its device saw of her and of others. One statement."""
    row = _session_at_hand.first(sid, now)
    if row is None or is_idle(row, now):
        return None
    return SessionAtHand(
        state=state_of(row, now=now),
        proofs=rules.read_evidence(row.evidence),
        device_sessions=row.device_sessions or 0,  # type: ignore[attr-defined]  # annotated
        device_known_at=row.device_known_at,  # type: ignore[attr-defined]
        shared_by=row.shared_by or 1,  # type: ignore[attr-defined]
        sightings=_sightings(row),
    )


def level_after(at_hand: SessionAtHand, *, methods: Iterable[Method], now: datetime) -> Level:
    """What a session would prove if its person gave these proofs at `now`; nothing is changed."""
    given = [Proof(method=method, at=now) for method in methods]
    seen = rules.seen_at(now, at_hand.sightings)
    return rules.derive_level([*at_hand.proofs, *given], now=now, **seen)


def best_level(*, methods: Iterable[Method]) -> Level:
    """What a session proves whose person has just given all of these proofs."""
    now = datetime.max.replace(tzinfo=UTC)
    return rules.derive_level([Proof(method=method, at=now) for method in methods], now=now, last_seen_at=now)


def list_lineage(*, sid: str) -> list[tuple[Via, str]]:
    """How a session and each of those that it came out of began, and the client it was opened for, this one first."""
    lineage: list[tuple[Via, str]] = []
    row = Session.objects.filter(sid=sid).first()
    while row is not None:
        lineage.append((Via(row.via), row.opened_by))
        row = row.parent
    return lineage


def list_live_sessions(*, subject: str, now: datetime) -> list[SessionState]:
    """Every live session of a subject with its clients, the one seen last first. Two statements."""
    rows = Session.objects.live(now).filter(subject=subject).order_by("-last_seen_at", "-id")
    return [_with_clients(row, now) for row in rows.prefetch_related("participations") if not is_idle(row, now)]


def list_clients(*, sid: str) -> list[str]:
    """The ids of the clients that take part in a session, the latest first; also after its end."""
    return [each.client_id for each in _participations.all(sid)]


def takes_part(*, sid: str, client_id: str) -> bool:
    """Whether a client takes part in a session, live or not."""
    return Participation.objects.filter(session__sid=sid, client_id=client_id).exists()


def find_device(*, secret: str | None) -> str | None:
    """The id of the device that holds `secret`, whoever uses it; None for one we have never seen."""
    if not secret:
        return None
    return Device.objects.filter(secret_digest=digest(secret)).values_list("id", flat=True).first()


def label_network(address: str | None) -> str:
    """The network an address lies in, as sessions and tickets keep it; empty for what is no address."""
    return rules.label_address(address)


def find_device_secret(secret: str, now: datetime) -> KnownDeviceSecret | None:
    """Whose device secret this is (OpenID Native SSO 1.0); None for one that is unknown or whose session has ended."""
    row = DeviceSecret.objects.filter(digest=digest(secret)).select_related("session").first()
    if row is None or find_live_session(sid=row.session.sid, now=now) is None:
        return None
    return KnownDeviceSecret(sid=row.session.sid, client_id=row.client_id)


def find_session_of_device_secret(secret: str, now: datetime) -> str | None:
    """The `sid` of the live session that a device secret stands for, or None."""
    known = find_device_secret(secret, now)
    return known.sid if known else None


def find_verification(*, subject: str, channel: str, now: datetime) -> Verification | None:
    """By what `channel` may take a customer as verified at `now`, wherever she proved it; None when it must ask.

    A proof counts as long as the channel's policy says (`session.verified`), while its session lives, and at the level
    it has now, which must meet the policy's `minimum_acr`. The best one is answered. Raises ChannelUnavailable.
    """
    policy = get_policy(channel)
    # Where somebody acts for her, nothing says that she is there.
    rows = Session.objects.live(now).filter(subject=subject, account__isnull=False).exclude(via=Via.ASSISTANCE.value)
    best: tuple[Session, Verification] | None = None
    for row in rows.order_by("pk"):
        found = None if is_idle(row, now) else _verification(row, policy, now)
        if found and (best is None or rules.is_better_verification(found, than=best[1])):
            best = row, found
    return replace(best[1], channel=_proved_on(*best)) if best else None


def get_carried(session: SessionState, *, now: datetime) -> Carried:
    """A session that has just been carried over, as the client is told of it that takes it over."""
    row = Session.objects.get(sid=session.sid)
    found = _verification(row, get_policy(row.channel_id), now)
    return Carried(
        session=session,
        methods=rules.method_words(rules.read_evidence(row.evidence), now=now),
        valid_until=found.valid_until if found else None,
    )


def _verification(row: Session, policy: ChannelPolicy, now: datetime) -> Verification | None:
    """What one session says, with the channel it is on."""
    evidence = rules.read_evidence(row.evidence)
    seen = _sightings(row)
    level = rules.derive_level(evidence, now=now, **seen)
    holds_until = rules.level_holds_until(evidence, now=now, **seen)
    if level.auth_time is None or holds_until is None or not meets(level.acr, policy.minimum_acr):
        return None
    ends_at = rules.ends_unseen_at(last_seen_at=row.last_seen_at, idle=row.idle, expires_at=row.expires_at)
    valid_until = min(level.auth_time + timedelta(seconds=policy.verified_seconds), holds_until, ends_at)
    if valid_until <= now:
        return None
    return Verification(
        method=rules.method_word(rules.newest(evidence).method),
        channel=row.channel_id,
        at=level.auth_time,
        acr=level.acr,
        level=rules.LEVEL_NUMBER[level.acr],
        valid_until=valid_until,
        sid=row.sid,
    )


def _proved_on(row: Session, verification: Verification) -> str:
    """The channel of the first session of the journey that knows the proof: children only carry it on."""
    journey = Session.objects.filter(root=row.root, pk__lte=row.pk).order_by("pk")
    return next(
        each.channel_id
        for each in journey
        if any(proof.at == verification.at for proof in rules.read_evidence(each.evidence)) or each.pk == row.pk
    )


def owns_session(*, subject: str, sid: str) -> bool:
    """Whether a session, live or not, is this subject's."""
    return Session.objects.filter(sid=sid, subject=subject).exists()


def find_end(*, subject: str, sid: str) -> datetime | None:
    """When somebody ended this session of this subject; None while nobody has, or when it is not hers."""
    return Session.objects.filter(sid=sid, subject=subject).values_list("revoked_at", flat=True).first()


def list_ended_at(*, subject: str, at: datetime) -> list[SessionState]:
    """The sessions of a subject that one deed ended at this instant, as they were then, with their clients."""
    rows = Session.objects.filter(subject=subject, revoked_at=at).order_by("-last_seen_at", "-id")
    return [
        state_of(row, now=at, clients=(each.client_id for each in row.participations.all()))
        for row in rows.prefetch_related("participations")
    ]


def find_known_device(*, secret: str | None, subject: str) -> str | None:
    """The id of the device that holds `secret`, when `subject` signed in on it; None for a stranger's device.

    A device that was put out for cause (by its owner, an operator, a reset) is a stranger until the next sign-in.
    """
    if not secret:
        return None
    mine = Session.objects.filter(device__secret_digest=digest(secret), subject=subject).order_by("-id")
    last = mine.values_list("device_id", "revoked_reason").first()
    return last[0] if last and last[1] in ("", *_HARMLESS_ENDS) else None


def state_of(row: Session, *, now: datetime, clients: Iterable[str] = ()) -> SessionState:
    """A row of this room as the rooms above see it at `now`."""
    return SessionState(
        sid=row.sid,
        root=row.root,
        subject=row.subject,
        subject_type=SubjectType(row.subject_type),
        account_id=row.account_id,
        channel=row.channel_id,
        level=rules.derive_level(rules.read_evidence(row.evidence), now=now, **_sightings(row)),
        started_at=row.started_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        device_id=row.device_id,
        user_agent=row.user_agent,
        address_label=row.address_label,
        clients=tuple(clients),
        via=Via(row.via),
        opened_by=row.opened_by,
        place=row.place,
    )


def _sightings(row: Session) -> Sightings:
    return {"last_seen_at": row.last_seen_at, "resumed_at": row.resumed_at, "returned_at": row.returned_at}


def _with_clients(row: Session, now: datetime) -> SessionState:
    return state_of(row, now=now, clients=(each.client_id for each in row.participations.all()))


def _roles(rows: Iterable[Session]) -> frozenset[str]:
    return frozenset(role for row in rows if (role := row.role))  # type: ignore[attr-defined]  # annotated


def is_idle(row: Session, now: datetime) -> bool:
    """Whether a row that is neither revoked nor expired has gone unseen for too long."""
    return rules.is_over(
        now=now, last_seen_at=row.last_seen_at, idle=row.idle, expires_at=row.expires_at, revoked=False
    )


def list_signed_in(*, now: datetime, limit: int) -> list[str]:
    """Subjects of accounts with a session that counts at `now`, idleness aside; at most `limit`."""
    rows = Session.objects.live(now).filter(account__isnull=False).order_by("subject")
    return list(rows.values_list("subject", flat=True).distinct()[:limit])


def _on_this_device(**conditions: Any) -> QuerySet[Session, Any]:
    """Sessions of accounts on the device of the session asked for, as a subquery to be annotated."""
    same = Session.objects.filter(device=OuterRef("device"), account__isnull=False, **conditions)
    return same.order_by().values("device")


_participations = Question(lambda sid: Participation.objects.filter(session__sid=sid))
_session_at_hand = Question(
    lambda sid, now: (
        Session.objects.live(now)
        .filter(sid=sid, account__isnull=False)
        .annotate(
            device_sessions=_on_this_device(subject=OuterRef("subject")).annotate(found=Count("pk")).values("found"),
            device_known_at=_on_this_device(subject=OuterRef("subject"))
            .annotate(found=Min("started_at"))
            .values("found"),
            shared_by=_on_this_device().annotate(found=Count("subject", distinct=True)).values("found"),
        )
    )
)
_live_session = Question(lambda sid, now: Session.objects.live(now).filter(sid=sid))
_live_browser_session = Question(
    lambda sid, now: (
        Session.objects.live(now)
        .filter(sid=sid, account__isnull=False)
        .select_related("account")
        .annotate(role=F("account__roles__role"))
    )
)
