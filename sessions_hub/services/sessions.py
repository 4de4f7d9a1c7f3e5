"""A session's life: it starts, gains proofs, is used."""

from collections.abc import Sequence

from accounts.services import hold_providers
from accounts.types import Proof
from audit import journal
from kit.call import CallContext
from kit.prepared import Insertion
from kit.unit_of_work import deed
from sessions_hub import rules
from sessions_hub.errors import SignInRefused
from sessions_hub.events import (
    AUTHENTICATOR_USED,
    SESSION_ELEVATED,
    SESSION_PROMOTED,
    SESSION_STARTED,
)
from sessions_hub.models import Participation, Reliance, Session
from sessions_hub.queries import state_of
from sessions_hub.services.rows import create_row, facts, is_over, lock_anonymous, lock_live, mark_seen
from sessions_hub.types import SessionState, SubjectType

_save_participation = Insertion(Participation, "session", "client_id", "noted_at", unique=("session", "client_id"))


@deed
def start_session(
    *, account_id: int, subject: str, device_id: str, channel: str, proofs: Sequence[Proof], call: CallContext
) -> SessionState:
    """A new session of an account, resting on `proofs`; the device's anonymous history is linked to it, once.

    Raises SignInRefused when the account is not active or a provider among the proofs is off, ChannelUnavailable.
    """
    if len(_standing(proofs, call)) < len(proofs):
        raise SignInRefused
    row = create_row(
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
        payload=facts(row, call.now),
        personal={"address": call.address, "user_agent": row.user_agent},
    )
    _promote(to=row, call=call)
    return state_of(row, now=call.now)


@deed
def add_proofs(*, sid: str, proofs: Sequence[Proof], call: CallContext) -> SessionState:
    """Append what was proved since; what the session knows already changes nothing. Raises SessionEnded."""
    proofs = _standing(proofs, call)
    row = lock_live(sid, call)
    evidence = rules.read_evidence(row.evidence)
    before = state_of(row, now=call.now).level
    added = rules.news(evidence, proofs, now=call.now, lowered_at=row.lowered_at)
    mark_seen(row, call.now)
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
    if row is None or is_over(row, call.now):
        return
    mark_seen(row, call.now)
    row.save(update_fields=["last_seen_at", "resumed_at"])


@deed
def note_participation(*, sid: str, client_id: str, call: CallContext) -> None:
    """Note that a client takes part in a session. Raises SessionEnded."""
    row = lock_live(sid, call)
    _save_participation([(row.pk, client_id, call.now)])


def _standing(proofs: Sequence[Proof], call: CallContext) -> list[Proof]:
    """The proofs but those of a provider that is off; one that is on stays on until the commit."""
    named = rules.providers_of(proofs)
    held = hold_providers(slugs=named, call=call) if named else frozenset()
    return [proof for proof in proofs if not proof.provider or proof.provider in held]


def _note_reliances(row: Session, proofs: Sequence[Proof]) -> None:
    named = [Reliance(session=row, provider=provider) for provider in sorted(rules.providers_of(proofs))]
    Reliance.objects.bulk_create(named, ignore_conflicts=True)


def _lock_active_account(row: Session) -> bool:
    """Whether the account of a new session is its subject's and active, and stays so until the commit.

    A suspension that runs meanwhile is waited for and then seen here; one that comes later finds this session.
    """
    joined = Session.objects.filter(pk=row.pk, account__sub=row.subject, account__status="active")
    return joined.select_related("account").select_for_update(of=("account",), no_key=True).first() is not None


def _promote(*, to: Session, call: CallContext) -> None:
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
