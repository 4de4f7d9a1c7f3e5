"""A change of a policy on its way into force: written, proposed, approved by somebody else or not.

::

    DRAFT -> PROPOSED -> APPROVED (its version is live)
      |         |-----> REJECTED
      +---------+-----> WITHDRAWN
"""

from typing import Any

from audit import journal
from audit.types import EventType
from channel_registry import events, rules
from channel_registry.errors import DraftOutdated, DraftSettled, OwnChange, PolicyInvalid
from channel_registry.models import PolicyDraft
from channel_registry.services.policies import demand_role
from channel_registry.services.targets import target_of
from channel_registry.types import APPROVERS, AUTHORS, OPEN_STATES, DraftState
from kit.call import CallContext
from kit.refusal import NotAllowed, NotFound
from kit.unit_of_work import deed

LONGEST_NOTE = 300


@deed
def draft_policy(*, channel: str, body: object, call: CallContext, note: str = "") -> PolicyDraft:
    """Write a change of a channel's policy on the version in force; for authors and admins. Nothing is live by it.

    `body` is the plain value of a policy, or YAML or JSON text: what is wrong is then refused with its line. Raises
    NotAllowed, NotFound, PolicyInvalid: also for an empty policy, for one that says what is in force already, and for
    actions that nobody could ever do.
    """
    return _draft(channel, body, note, call)


@deed
def draft_sources(*, body: object, call: CallContext, note: str = "") -> PolicyDraft:
    """Write a change of the ranking of the sources of truth; for authors and admins. As `draft_policy` otherwise."""
    return _draft(None, body, note, call)


@deed
def change_draft(*, draft: int, body: object, call: CallContext, note: str = "") -> PolicyDraft:
    """Write one's own change anew, on what is in force now, before it is proposed.

    What was simulated of it is void. Raises NotFound, NotAllowed, DraftSettled, PolicyInvalid.
    """
    demand_role(AUTHORS, call)
    row = _hold_own(draft, call)
    _demand(row, DraftState.DRAFT)
    row.body, row.digest, row.base = _judged(row.channel_id, body)
    row.note, row.simulation = _note(note), None
    row.save()
    _tell(events.POLICY_DRAFTED, row, call)
    return row


@deed
def keep_simulation(*, draft: int, digest: str, simulation: dict[str, Any], call: CallContext) -> None:
    """Keep what a change would have done to recorded decisions; of another body than `digest` nothing is kept.

    For whoever writes or decides changes. Raises NotAllowed, NotFound, DraftSettled.
    """
    demand_role(AUTHORS | APPROVERS, call)
    row = _hold(draft)
    _demand(row, *OPEN_STATES)
    if row.digest == digest:
        row.simulation = {**simulation, "at": call.now.isoformat()}
        row.save(update_fields=["simulation"])


@deed
def propose_draft(*, draft: int, digest: str, call: CallContext) -> PolicyDraft:
    """Put one's own change before somebody else; `digest` names what was simulated of it.

    Raises NotFound, NotAllowed, DraftSettled, and DraftOutdated also where it was written anew meanwhile.
    """
    demand_role(AUTHORS, call)
    row = _hold_own(draft, call)
    _demand(row, DraftState.DRAFT)
    _demand_base(row)
    if row.digest != digest:
        raise DraftOutdated("The change was written anew meanwhile: simulate it again.")
    row.state, row.proposed_at = DraftState.PROPOSED.value, call.now
    row.save(update_fields=["state", "proposed_at"])
    _tell(events.POLICY_PROPOSED, row, call)
    return row


@deed
def approve_draft(*, draft: int, digest: str, call: CallContext) -> PolicyDraft:
    """Let another's proposed change come into force, at once; for approvers and admins. Two approve once.

    `digest` names what was read before approving. Raises NotAllowed, NotFound, OwnChange, DraftSettled,
    DraftOutdated.
    """
    demand_role(APPROVERS, call)
    row = _hold(draft)
    if row.author == call.caller.actor:
        raise OwnChange
    _demand(row, DraftState.PROPOSED)
    _demand_base(row)
    if row.digest != digest:
        raise DraftOutdated("The change is not the one that was read: read it again.")
    _settle(row, DraftState.APPROVED, events.POLICY_APPROVED, call)
    target_of(row.channel_id).put(row, call)
    return row


@deed
def reject_draft(*, draft: int, call: CallContext, reason: str = "") -> PolicyDraft:
    """Turn another's proposed change down; for approvers and admins.

    Raises NotAllowed, NotFound, OwnChange, DraftSettled.
    """
    demand_role(APPROVERS, call)
    row = _hold(draft)
    if row.author == call.caller.actor:
        raise OwnChange("This is your own change: withdraw it.")
    _demand(row, DraftState.PROPOSED)
    return _settle(row, DraftState.REJECTED, events.POLICY_REJECTED, call, reason=_note(reason))


@deed
def withdraw_draft(*, draft: int, call: CallContext) -> PolicyDraft:
    """Take one's own change back, proposed or not. Raises NotAllowed, NotFound, DraftSettled."""
    demand_role(AUTHORS, call)
    row = _hold_own(draft, call)
    _demand(row, *OPEN_STATES)
    return _settle(row, DraftState.WITHDRAWN, events.POLICY_WITHDRAWN, call)


def _draft(channel: str | None, body: object, note: str, call: CallContext) -> PolicyDraft:
    demand_role(AUTHORS, call)
    target_of(channel).hold(channel)
    canonical, digest, base = _judged(channel, body)
    draft = PolicyDraft.objects.create(
        channel_id=channel,
        body=canonical,
        digest=digest,
        base=base,
        note=_note(note),
        author=call.caller.actor,
        created_at=call.now,
    )
    _tell(events.POLICY_DRAFTED, draft, call)
    return draft


def _judged(channel: str | None, body: object) -> tuple[dict[str, Any], str, str]:
    """The canonical body with its digest, and the digest of what is in force; of a text a refusal names the line."""
    if isinstance(body, str):
        return rules.with_line(body, lambda: _judged_value(channel, rules.read_text(body)))
    return _judged_value(channel, body)


def _judged_value(channel: str | None, body: object) -> tuple[dict[str, Any], str, str]:
    target = target_of(channel)
    canonical, digest = target.judge(channel, body)
    live = target.live_digest(channel)
    if live == digest:
        raise PolicyInvalid("", "It says what is in force already.")
    return canonical, digest, live


def _hold(draft: int) -> PolicyDraft:
    """The change, held with what it is of until the deed ends; what it is of comes first, always."""
    of = PolicyDraft.objects.filter(pk=draft).values_list("channel_id").first()
    if of is None:
        raise NotFound("There is no such change.")
    target_of(of[0]).hold(of[0])
    return PolicyDraft.objects.select_for_update(of=("self",)).select_related("channel").get(pk=draft)


def _hold_own(draft: int, call: CallContext) -> PolicyDraft:
    row = _hold(draft)
    if row.author != call.caller.actor:
        raise NotAllowed("This is somebody else's change.")
    return row


def _demand(row: PolicyDraft, *states: DraftState) -> None:
    if row.state not in states:
        raise DraftSettled(f"This change is {row.state}.")


def _demand_base(row: PolicyDraft) -> None:
    if row.base != target_of(row.channel_id).live_digest(row.channel_id):
        raise DraftOutdated


def _settle(row: PolicyDraft, state: DraftState, event: EventType, call: CallContext, reason: str = "") -> PolicyDraft:
    row.state, row.reason = state.value, reason
    row.decided_by, row.decided_at = call.caller.actor, call.now
    row.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    _tell(event, row, call)
    return row


def _tell(event: EventType, row: PolicyDraft, call: CallContext) -> None:
    told = {"channel": row.channel_id, "draft": row.pk, "digest": row.digest, "author": row.author}
    journal.record(event, call=call, channel=row.channel_id or "", payload=told)


def _note(text: str) -> str:
    """One printable line at most."""
    if len(text) > LONGEST_NOTE or not text.isprintable():
        raise PolicyInvalid("note", f"is one line of at most {LONGEST_NOTE} characters.")
    return text.strip()
