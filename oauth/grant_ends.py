"""How a grant ends: one place, under the grant's lock, with its tokens and its journal line."""

from audit import journal
from kit.call import CallContext
from oauth import events
from oauth.models import Grant
from oauth.revocations import revoke
from oauth.types import RevocationKind
from sessions_hub.services import revoke_device_secret

_REUSED = {"code_reused", "refresh_token_reused"}


def end_grant(grant: Grant, *, reason: str, call: CallContext) -> None:
    """Revoke a locked grant, every access token issued from it, and the device secret that came with them.

    Part of the deed that holds the lock.
    """
    if grant.revoked_at is None:
        grant.revoked_at = call.now
        grant.revoked_reason = reason
        grant.save(update_fields=["revoked_at", "revoked_reason"])
    revoke(RevocationKind.GRANT, grant.public_id, now=call.now)
    if "device_sso" in grant.scope.split():
        revoke_device_secret(sid=grant.sid, client_id=grant.application.client_id, call=call)
    journal.record(
        events.GRANT_REUSED if reason in _REUSED else events.GRANT_REVOKED,
        call=call,
        subject=grant.user.sub,
        session=grant.sid,
        payload={"grant": grant.public_id, "reason": reason},
    )
