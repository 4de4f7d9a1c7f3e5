"""Questions about sessions; they never write."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import F

from accounts.types import Kind
from kit.ids import digest
from kit.prepared import Question
from sessions_hub import rules
from sessions_hub.models import Participation, Session
from sessions_hub.types import EndReason, SessionState, SubjectType, Via

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
    return None if row is None or _is_idle(row, now) else state_of(row, now=now)


def find_browser_session(*, sid: str, now: datetime) -> BrowserSession | None:
    """Like `find_live_session` for an account's session, joined with the account and its roles."""
    rows = _live_browser_session.all(sid, now)  # one row per role, one for a customer
    if not rows or _is_idle(rows[0], now):
        return None
    account = rows[0].account
    assert account is not None  # the filter says so
    roles = _roles(rows) if account.kind == Kind.OPERATOR else frozenset()
    account.role_names = roles  # asked for here already: `is_staff` and `has_perm` need no statement of their own
    return BrowserSession(state=state_of(rows[0], now=now), account=account, roles=roles)


def list_live_sessions(*, subject: str, now: datetime) -> list[SessionState]:
    """Every live session of a subject with its clients, the one seen last first. Two statements."""
    rows = Session.objects.live(now).filter(subject=subject).order_by("-last_seen_at", "-id")
    return [
        state_of(row, now=now, clients=(each.client_id for each in row.participations.all()))
        for row in rows.prefetch_related("participations")
        if not _is_idle(row, now)
    ]


def list_clients(*, sid: str) -> list[str]:
    """The ids of the clients that take part in a session, the latest first; also after its end."""
    return list(Participation.objects.filter(session__sid=sid).values_list("client_id", flat=True))


def takes_part(*, sid: str, client_id: str) -> bool:
    """Whether a client takes part in a session, live or not."""
    return Participation.objects.filter(session__sid=sid, client_id=client_id).exists()


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
        level=rules.derive_level(
            rules.read_evidence(row.evidence), now=now, last_seen_at=row.last_seen_at, resumed_at=row.resumed_at
        ),
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


def _roles(rows: Iterable[Session]) -> frozenset[str]:
    return frozenset(role for row in rows if (role := row.role))  # type: ignore[attr-defined]  # annotated


def _is_idle(row: Session, now: datetime) -> bool:
    return rules.is_over(
        now=now, last_seen_at=row.last_seen_at, idle=row.idle, expires_at=row.expires_at, revoked=False
    )


def list_signed_in(*, now: datetime, limit: int) -> list[str]:
    """Subjects of accounts with a session that counts at `now`, idleness aside; at most `limit`."""
    rows = Session.objects.live(now).filter(account__isnull=False).order_by("subject")
    return list(rows.values_list("subject", flat=True).distinct()[:limit])


_live_session = Question(lambda sid, now: Session.objects.live(now).filter(sid=sid))
_live_browser_session = Question(
    lambda sid, now: (
        Session.objects.live(now)
        .filter(sid=sid, account__isnull=False)
        .select_related("account")
        .annotate(role=F("account__roles__role"))
    )
)
