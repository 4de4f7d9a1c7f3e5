"""How sessions end, and how they lose what they rested on."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from accounts.types import Method, Proof
from audit import journal
from kit.call import CallContext
from kit.prepared import Change
from kit.unit_of_work import deed
from sessions_hub import rules
from sessions_hub.events import (
    SESSION_LOWERED,
)
from sessions_hub.models import Reliance, Session
from sessions_hub.queries import state_of
from sessions_hub.services.rows import end, lock_all, lock_families
from sessions_hub.types import EndReason


@deed
def revoke_session(*, sid: str, reason: str, call: CallContext) -> bool:
    """End a session and the sessions that came out of it; False when it had been ended already or never was."""
    ids = list(Session.objects.unrevoked().filter(sid=sid).values_list("pk", flat=True))
    family = lock_families(ids)
    end(family, reason=reason, call=call)
    return any(row.sid == sid for row in family)


@deed
def revoke_sessions(*, sids: Collection[str], reason: str, call: CallContext) -> int:
    """End several sessions, whosever they are, and those that came out of them; answers how many were ended."""
    ids = list(Session.objects.unrevoked().filter(sid__in=sids).values_list("pk", flat=True)) if sids else []
    family = lock_families(ids)
    end(family, reason=reason, call=call)
    return len(family)


@deed
def revoke_sessions_of(
    *,
    subject: str,
    reason: str,
    call: CallContext,
    except_sid: str | None = None,
    among: Collection[str] | None = None,
) -> int:
    """End every session of a subject but one, on all devices and channels, or `among` some; answers how many ended."""
    ids = Session.objects.unrevoked().filter(subject=subject).exclude(sid=except_sid or "")
    if among is not None:
        ids = ids.filter(sid__in=among)
    family = [row for row in lock_families(list(ids.values_list("pk", flat=True))) if row.sid != except_sid]
    end(family, reason=reason, call=call)
    return len(family)


@deed
def lower_sessions_resting_on(
    *, subject: str, methods: Collection[Method], call: CallContext, except_sid: str | None = None
) -> None:
    """Take some methods' proofs out of every session of a subject but one; one with nothing left is revoked."""
    rows = Session.objects.unrevoked().filter(subject=subject).exclude(sid=except_sid or "")
    locked = lock_all(rows)
    said = {"methods": sorted(method.value for method in methods)}
    _take_out(locked, lambda evidence: rules.without(evidence, methods), said, call)


@deed
def lower_sessions_resting_on_provider(*, provider: str, call: CallContext, subject: str | None = None) -> None:
    """Take what a provider upstream vouched for out of every session, or out of a subject's.

    A session with nothing left to rest on is revoked.
    """
    rows = Session.objects.unrevoked().filter(reliances__provider=provider)
    if subject is not None:
        rows = rows.filter(subject=subject)
    locked = lock_all(rows)
    _take_out(locked, lambda evidence: rules.without_provider(evidence, provider), {"provider": provider}, call)
    Reliance.objects.filter(provider=provider, **({"session__subject": subject} if subject else {})).delete()


def _take_out(
    locked: Iterable[Session],
    keep: Callable[[Sequence[Proof]], list[Proof]],
    said: Mapping[str, object],
    call: CallContext,
) -> None:
    emptied: list[Session] = []
    lowered: list[Session] = []
    for row in locked:
        evidence = rules.read_evidence(row.evidence)
        left = keep(evidence)
        if len(left) == len(evidence):
            continue
        row.evidence, row.lowered_at = rules.write_evidence(left), call.now
        if not left:
            emptied.append(row)
            continue
        lowered.append(row)
        level = state_of(row, now=call.now).level
        journal.record(
            SESSION_LOWERED,
            call=call,
            subject=row.subject,
            session=row.sid,
            channel=row.channel_id,
            payload={**said, "acr": level.acr, "amr": list(level.amr)},
        )
    _save_lowered.all(lowered)
    family = lock_families([row.pk for row in emptied], held=emptied)
    end(family, reason=EndReason.NOTHING_LEFT, call=call)


_save_lowered = Change(Session, "evidence", "lowered_at")
