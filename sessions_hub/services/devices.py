"""Devices, and the session that each has before anybody signs in on it."""

from audit import journal
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from kit.unit_of_work import deed
from sessions_hub.events import (
    SESSION_STARTED,
)
from sessions_hub.models import Device
from sessions_hub.queries import state_of
from sessions_hub.services.rows import create_row, end, facts, is_over, lock_anonymous
from sessions_hub.types import EndReason, SessionState, SubjectType


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
    open_one = lock_anonymous(device_id=device_id, channel=channel)
    if open_one is not None:
        if not is_over(open_one, call.now):
            return state_of(open_one, now=call.now)
        end([open_one], reason=EndReason.EXPIRED, call=call)
    row = create_row(
        subject_type=SubjectType.DEVICE, subject=device.pk, device_id=device.pk, channel=channel, call=call
    )
    journal.record(
        SESSION_STARTED, call=call, subject=row.subject, session=row.sid, channel=channel, payload=facts(row, call.now)
    )
    return state_of(row, now=call.now)


@deed
def end_device_session(*, device_id: str, channel: str, call: CallContext) -> bool:
    """End what the anonymous device had begun, because somebody goes on there with a session she already has.

    Whose it was nobody can tell, so it becomes nobody's; the next person to sign in must not find it. False when
    there was nothing.
    """
    open_one = lock_anonymous(device_id=device_id, channel=channel)
    if open_one is None:
        return False
    end([open_one], reason=EndReason.REPLACED, call=call)
    return True
