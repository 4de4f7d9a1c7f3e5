"""The secret that opens the other apps of a vendor on one device (OpenID Native SSO 1.0)."""

from kit.call import CallContext
from kit.ids import digest, new_secret
from kit.unit_of_work import deed
from sessions_hub.errors import NotHerOwn
from sessions_hub.models import DeviceSecret
from sessions_hub.services.rows import lock_live
from sessions_hub.types import Via


@deed
def give_device_secret(*, sid: str, client_id: str, call: CallContext) -> str:
    """A device secret for an app that takes part in a session, shown this once; the one it had before is worthless.

    It opens nothing any more once the session has ended. Raises SessionEnded, NotHerOwn.
    """
    row = lock_live(sid, call)
    if row.via == Via.ASSISTANCE:
        raise NotHerOwn
    secret = new_secret()
    DeviceSecret.objects.update_or_create(
        session=row, client_id=client_id, defaults={"digest": digest(secret), "issued_at": call.now}
    )
    return secret


@deed
def revoke_device_secret(*, sid: str, client_id: str, call: CallContext) -> bool:  # noqa: ARG001  every deed takes its call
    """Make the device secret that an app was given in a session worthless; False when there was none."""
    deleted, _ = DeviceSecret.objects.filter(session__sid=sid, client_id=client_id).delete()
    return bool(deleted)
