"""The journey to a higher level in an app of the house, without a browser: the JSON twin of the step-up pages.

    begun -> waiting                 something must be proved: by one method, or by two one after the other
    begun, waiting -> done           the session proves what is wanted
    waiting -> failed                five wrong answers
    waiting -> expired               ten minutes without the last proof

Waiting is a StepUp row, bound to the customer, her session and the app. Pages and this door judge proofs by the same
budget of tries, and both end in `sessions_hub.services.add_proofs`: the session alone knows its level, tokens follow.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.errors import ProofWrong, TooManyTries
from accounts.flows.tries import count_try
from accounts.queries import get_account, make_passkey_challenge, read_code
from accounts.services import check_passkey, check_secret, mail_proof_code, record_failed_proof
from accounts.types import Method, Proof
from assurance.errors import (
    DecisionUnknown,
    StepUpElsewhere,
    StepUpOver,
    StepUpUnknown,
    StepUpUnreachable,
    TooManyCodes,
)
from assurance.events import STEP_UP_BEGUN, STEP_UP_DONE, STEP_UP_REFUSED
from assurance.models import StepUp
from assurance.queries import Loaded, find_decision, load
from assurance.rules import is_met, methods_for
from assurance.services.reaching import list_reachable
from assurance.types import Outcome, ProofRefused, StepUpState, StepUpStatus, Wanted
from audit import journal
from kit.call import CallContext
from kit.ids import new_id
from kit.unit_of_work import deed
from sessions_hub.errors import SessionEnded
from sessions_hub.services import add_proofs
from sessions_hub.types import SessionAtHand

TRANSITIONS = {
    "begun": ("waiting", "done"),
    "waiting": ("waiting", "done", "failed", "expired"),
    "done": (),
    "failed": (),
    "expired": (),
}
LIFETIME = timedelta(minutes=10)
MOST_WRONG_ANSWERS = 5
MOST_CODES = 3

PASSKEY = "passkey"
SECRETS = ("password", "totp", "recovery_code", "email_code")


@deed
def begin_step_up(*, wanted: Wanted, call: CallContext) -> StepUpState:
    """Begin to raise the session of the call's own token; done at once where it proves enough already.

    Raises DecisionUnknown for a decision that is not about this session, StepUpUnreachable, StepUpElsewhere,
    SessionEnded.
    """
    wanted, journey = _read_decision(wanted, call)
    loaded, at_hand = _load(call)
    row = StepUp(
        public_id=new_id("stp_"),
        subject=at_hand.state.subject,
        sid=at_hand.state.sid,
        client_id=call.caller.client_id or "",
        acr_values=" ".join(wanted.acr_values),
        max_age=wanted.max_age,
        decision_id=wanted.decision_id,
        journey=journey,
        begun_at=call.now,
        expires_at=call.now + LIFETIME,
    )
    if _is_met(row, at_hand, call):
        row.done_at = call.now
    elif not methods_for(wanted, list_reachable(loaded, call.now)):
        raise StepUpUnreachable
    row.save()
    _note(STEP_UP_BEGUN, row, call, acr_values=row.acr_values, max_age=row.max_age, decision=row.decision_id)
    return _state(row, loaded, at_hand, call)


@deed
def look_at_step_up(*, id: str, call: CallContext) -> StepUpState:
    """Where a step-up of this session and app is. Raises StepUpUnknown, StepUpElsewhere, SessionEnded."""
    loaded, at_hand = _load(call)
    return _state(_lock(id, at_hand, call), loaded, at_hand, call)


@deed
def send_code(*, id: str, call: CallContext) -> StepUpState:
    """Mail a code, in place of the one before. Raises StepUpOver, TooManyCodes, and ProofWrong where a code is no way.

    And what `look_at_step_up` raises.
    """
    row, loaded, at_hand = _open(id, call)
    _check_offered(Method.EMAIL_CODE.value, row, loaded, call)
    if row.codes_sent >= MOST_CODES:
        raise TooManyCodes
    code = mail_proof_code(subject=row.subject, call=call)
    row.code_digest, row.codes_sent = _digest(row, read_code(code)), row.codes_sent + 1
    row.save(update_fields=["code_digest", "codes_sent"])
    return _state(row, loaded, at_hand, call)


@deed
def challenge_passkey(*, id: str, call: CallContext) -> dict[str, Any]:
    """Request options for her passkeys, in place of those before; good for one answer. Raises as `send_code`."""
    row, loaded, _ = _open(id, call)
    _check_offered(PASSKEY, row, loaded, call)
    options, row.challenge = make_passkey_challenge(get_account(row.subject))
    row.save(update_fields=["challenge"])
    return options


@deed
def give_proof(
    *, id: str, method: str, secret: str = "", credential: Mapping[str, Any] | None = None, call: CallContext
) -> StepUpState | ProofRefused:
    """Take one proof: a secret by one of `SECRETS`, or a passkey's answer. A right one raises the session at once.

    A wrong one is refused with change, whatever was wrong with it. Raises StepUpOver, TooManyTries, and what
    `look_at_step_up` raises.
    """
    row, loaded, at_hand = _open(id, call)
    usage = count_try(
        whose=f"account:{row.subject}",
        device=at_hand.state.device_id,  # she is signed in on it: nobody else can use its budget up
        network=call.address or "",
        second_step=method != Method.PASSWORD,
    )
    if usage is None:
        raise TooManyTries
    try:
        _check_offered(method, row, loaded, call)
        given = _judge(row, method, secret, credential or {}, call)
    except ProofWrong:
        return _refuse(row, method, call)
    finally:
        row.save(update_fields=["code_digest", "challenge"])
    usage.rollback()
    add_proofs(sid=row.sid, proofs=[Proof(method=given, at=call.now)], call=call)
    loaded, at_hand = _load(call)
    if _is_met(row, at_hand, call):
        row.done_at = call.now
        row.save(update_fields=["done_at"])
        _note(STEP_UP_DONE, row, call, acr=at_hand.state.level.acr, decision=row.decision_id)
    return _state(row, loaded, at_hand, call)


@deed
def clear_step_ups(*, older_than: timedelta, call: CallContext) -> int:
    """Delete what expired so long ago; how many."""
    return StepUp.objects.filter(expires_at__lt=call.now - older_than).delete()[0]


# --- What is asked and answered -----------------------------------------------------------------------------------


def _judge(row: StepUp, method: str, secret: str, credential: Mapping[str, Any], call: CallContext) -> Method:
    """The method that was proved; a mailed code and a challenge are spent by any answer. Raises ProofWrong."""
    if method == PASSKEY:
        challenge, row.challenge = row.challenge, {}
        if not challenge:
            raise ProofWrong
        return check_passkey(subject=row.subject, state=challenge, credential=credential, call=call)
    if method == Method.EMAIL_CODE:
        if not row.code_digest or not constant_time_compare(row.code_digest, _digest(row, read_code(secret))):
            raise ProofWrong
        row.code_digest = ""
        return Method.EMAIL_CODE
    check_secret(subject=row.subject, method=Method(method), secret=secret, call=call)
    return Method(method)


def _refuse(row: StepUp, method: str, call: CallContext) -> ProofRefused:
    row.wrong_answers += 1
    if row.wrong_answers >= MOST_WRONG_ANSWERS:
        row.failed_at = call.now
    row.save(update_fields=["wrong_answers", "failed_at"])
    record_failed_proof(subject=row.subject, call=call)
    _note(STEP_UP_REFUSED, row, call, method=method)
    return ProofRefused(is_over=row.failed_at is not None)


def _check_offered(method: str, row: StepUp, loaded: Loaded, call: CallContext) -> None:
    if method not in methods_for(_wanted(row), list_reachable(loaded, call.now)):
        raise ProofWrong


def _digest(row: StepUp, code: str) -> str:
    """Bound to this step-up; keyed, because a code is short."""
    return salted_hmac("assurance.step_up", f"{row.public_id}:{code}", algorithm="sha256").hexdigest()


# --- Whose it is, and where it stands -----------------------------------------------------------------------------


def _read_decision(wanted: Wanted, call: CallContext) -> tuple[Wanted, str]:
    """What is wanted, as the decision says where one is named, and the journey that it belongs to."""
    if not wanted.decision_id:
        return wanted, call.journey or ""
    decision = find_decision(decision_id=wanted.decision_id)
    if decision is None or decision.subject != call.caller.subject or decision.sid != call.caller.sid:
        raise DecisionUnknown
    if decision.judgement["outcome"] != Outcome.STEP_UP:
        raise StepUpUnreachable("No proof changes what was decided there.")
    said = decision.judgement
    asked = Wanted(tuple(said["acr_values"].split()), said["max_age"], wanted.decision_id)
    return asked, decision.journey or call.journey or ""


def _load(call: CallContext) -> tuple[Loaded, SessionAtHand]:
    sid = call.caller.sid or ""
    if not call.caller.may_prove(sid):
        raise StepUpElsewhere
    loaded = load(sid=sid, channel=call.channel or "", now=call.now)
    if loaded.at_hand is None or loaded.at_hand.state.subject != call.caller.subject:
        raise SessionEnded
    return loaded, loaded.at_hand


def _lock(id: str, at_hand: SessionAtHand, call: CallContext) -> StepUp:
    mine = StepUp.objects.filter(
        subject=at_hand.state.subject, sid=at_hand.state.sid, client_id=call.caller.client_id or ""
    )
    row = mine.select_for_update().filter(public_id=id).first() if id.isprintable() else None
    if row is None:
        raise StepUpUnknown
    return row


def _open(id: str, call: CallContext) -> tuple[StepUp, Loaded, SessionAtHand]:
    loaded, at_hand = _load(call)
    row = _lock(id, at_hand, call)
    if _status(row, call) is not StepUpStatus.WAITING:
        raise StepUpOver
    return row, loaded, at_hand


def _wanted(row: StepUp) -> Wanted:
    return Wanted(tuple(row.acr_values.split()), row.max_age, row.decision_id)


def _is_met(row: StepUp, at_hand: SessionAtHand, call: CallContext) -> bool:
    level = at_hand.state.level
    return is_met(_wanted(row), acr=level.acr, auth_time=level.auth_time, begun_at=row.begun_at, now=call.now)


def _status(row: StepUp, call: CallContext) -> StepUpStatus:
    if row.done_at is not None:
        return StepUpStatus.DONE
    if row.failed_at is not None:
        return StepUpStatus.FAILED
    return StepUpStatus.EXPIRED if call.now >= row.expires_at else StepUpStatus.WAITING


def _state(row: StepUp, loaded: Loaded, at_hand: SessionAtHand, call: CallContext) -> StepUpState:
    status, level = _status(row, call), at_hand.state.level
    waits = status is StepUpStatus.WAITING
    return StepUpState(
        id=row.public_id,
        status=status,
        wanted=_wanted(row),
        methods=methods_for(_wanted(row), list_reachable(loaded, call.now)) if waits else (),
        expires_at=row.expires_at,
        acr=level.acr,
        amr=level.amr,
        auth_time=level.auth_time,
    )


def _note(type: Any, row: StepUp, call: CallContext, **facts: object) -> None:
    payload = {"step_up": row.public_id, **facts}
    call = replace(call, journey=row.journey) if row.journey else call
    journal.record(type, call=call, subject=row.subject, session=row.sid, payload=payload)
