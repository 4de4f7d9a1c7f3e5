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
    SESSION_STARTED,
)
from sessions_hub.models import Participation, Session
from sessions_hub.queries import state_of
from sessions_hub.services.rows import (
    SEEN,
    create_row,
    facts,
    hold_active_account,
    is_over,
    lock_live,
    mark_seen,
    note_reliances,
    promote,
)
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
    if not hold_active_account(row.sid):
        raise SignInRefused
    note_reliances(row, proofs)
    journal.record(
        SESSION_STARTED,
        call=call,
        subject=subject,
        session=row.sid,
        channel=channel,
        payload=facts(row, call.now),
        personal={"address": call.address, "user_agent": row.user_agent},
    )
    promote(to=row, call=call)
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
    row.save(update_fields=["evidence", *SEEN])
    note_reliances(row, added)
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
    row.save(update_fields=SEEN)


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
