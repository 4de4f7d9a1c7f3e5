"""Who may act as staff at this moment, asked first by every deed of theirs."""

from accounts.queries import find_account
from accounts.types import Kind
from delegation import rules
from delegation.queries import can_assist_on
from delegation.types import StaffFacts
from kit.call import CallContext
from sessions_hub.queries import find_live_session


def require_staff(*, channel: str, call: CallContext) -> str:
    """The `sub` of the staff member who calls and may help customers on this channel now.

    Raises NotStaff, AssistanceClosed, StaffLevelTooLow.
    """
    caller = call.caller
    account = find_account(caller.subject) if caller.subject else None
    session = find_live_session(sid=caller.sid, now=call.now) if caller.sid else None
    facts = StaffFacts(
        is_herself=caller.is_herself,
        is_active_operator=account is not None and account.is_active and account.kind == Kind.OPERATOR,
        roles=account.role_names if account else frozenset(),
        acr=session.level.acr if session else "",
        channel_opens_assistance=can_assist_on(channel=channel),
    )
    if objection := rules.first_objection(facts):
        raise objection
    return caller.subject or ""
