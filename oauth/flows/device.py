"""The journey of a device that is let in from another one (RFC 8628).

    asked -> opened -> approved -> redeemed
             opened -> denied
    asked, opened, approved -> expired        ten minutes after it was asked

One DeviceGrant row; opening, answering and redeeming (`oauth.grants.device_code`) each take its lock. Whoever opens the
code first is the only one who ever sees it. What an end of the approver's session, her account or the client means is
looked at when the tokens are fetched: an approval is worth what it rests on then.
"""

import secrets
from datetime import timedelta

from audit import journal
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from kit.places import find_place
from kit.unit_of_work import deed
from oauth import conf, events, rules
from oauth.errors import InvalidScope
from oauth.models import Client, DeviceGrant
from oauth.queries.approvals import describe, find_usable_client, keyed
from oauth.services import record_answer
from oauth.tokens import audience_for
from oauth.types import Approval, Decision, DeviceAuthorization, GrantType, Outcome, Standing
from sessions_hub.types import SessionState

TRANSITIONS = {
    "asked": ("opened", "expired"),
    "opened": ("approved", "denied", "expired"),
    "approved": ("redeemed", "expired"),
    "denied": (),
    "redeemed": (),
    "expired": (),
}


@deed
def begin_device_grant(
    *, client: Client, scope: str, acr_values: str, resource: tuple[str, ...], call: CallContext
) -> DeviceAuthorization:
    """A device code for the client and a user code for the person, both stored as digests (section 3.1).

    Raises InvalidScope, InvalidTarget.
    """
    scopes = tuple(dict.fromkeys(scope.split())) or client.default_scope_list
    if not set(scopes) <= set(client.scope_list):
        raise InvalidScope
    audience_for(client, resource)
    device_code = new_secret()
    user_code = "".join(secrets.choice(rules.USER_CODE_LETTERS) for _ in range(rules.USER_CODE_LENGTH))
    row = DeviceGrant.objects.create(
        ref=new_id("dev_"),
        client_id=client.client_id,
        device_code=digest(device_code),
        user_code=keyed("user_code", user_code),
        scope=" ".join(scopes),
        resource=list(resource),
        acr_values=" ".join(rules.known_levels(acr_values)),
        interval=conf.POLL_SECONDS,
        expires=call.now + timedelta(seconds=conf.DEVICE_SECONDS),
        asked_at=call.now,
        place=find_place(call.address),
        user_agent=call.user_agent,
    )
    journal.record(
        events.APPROVAL_REQUESTED,
        call=call,
        payload={"request": row.ref, "way_in": GrantType.DEVICE_CODE.way_in, "scope": row.scope},
    )
    return DeviceAuthorization(device_code, rules.group_user_code(user_code), conf.DEVICE_SECONDS, conf.POLL_SECONDS)


@deed
def open_device_grant(*, user_code: str, session: SessionState, call: CallContext) -> Approval | None:
    """What the customer is shown who brings a code; from then on it is hers. None where there is nothing for her."""
    row = _lock(user_code, session, call)
    client = _client_of(row)
    if row is None or client is None:
        return None
    if not row.subject:
        row.subject = session.subject
        row.save(update_fields=["subject"])
    return describe(row, client, session=session)


@deed
def answer_device_grant(
    *, user_code: str, decision: Decision, session: SessionState, call: CallContext
) -> Outcome | None:
    """Let the device in or not. None where there is nothing to answer, or she never saw the page that says what.

    A yes needs the level that the request and the channel want. Allowing counts as allowing the client its scopes.
    """
    row = _lock(user_code, session, call)
    client = _client_of(row)
    if row is None or client is None or row.subject != session.subject:
        return None
    standing = describe(row, client, session=session).standing
    if decision is Decision.APPROVED and standing is not Standing.ENOUGH:
        return Outcome(standing)
    record_answer(row=row, client=client, decision=decision, session=session, call=call)
    return Outcome.RECORDED


def _lock(user_code: str, session: SessionState, call: CallContext) -> DeviceGrant | None:
    """The row of a code that nobody has answered, unless it is somebody else's."""
    code = rules.read_user_code(user_code)
    if code is None:
        return None
    row = DeviceGrant.objects.select_for_update(of=("self",)).filter(user_code=keyed("user_code", code)).first()
    if row is None or row.decision or row.redeemed_at or call.now >= row.ends_at:
        return None
    return row if row.subject in ("", session.subject) else None


def _client_of(row: DeviceGrant | None) -> Client | None:
    return find_usable_client(row.client_id, GrantType.DEVICE_CODE, asked_at=row.asked_at) if row else None
