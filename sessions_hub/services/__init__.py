"""Deeds on sessions. Whatever changes a session holds the lock of its row: evidence and end have one truth.

Locks are taken in one order everywhere: handoff ticket, provider upstream, device, account, sessions by ascending id,
then (by the journal) subjects.
They leave the key alone (`no_key`): foreign keys are checked at the commit, when the journal's locks are held, and
must not wait for anybody then.
"""

from sessions_hub.services.children import start_child_session
from sessions_hub.services.device_secrets import give_device_secret, revoke_device_secret
from sessions_hub.services.devices import end_device_session, recognize_device, start_device_session
from sessions_hub.services.endings import (
    lower_sessions_resting_on,
    lower_sessions_resting_on_provider,
    revoke_session,
    revoke_sessions,
    revoke_sessions_of,
)
from sessions_hub.services.sessions import add_proofs, note_participation, start_session, touch
from sessions_hub.services.traces import (
    clear_browser_sessions,
    clear_old_handoffs,
    clear_old_sessions,
    forget_traces_of,
    rewrap_browser_sessions,
)

__all__ = [
    "add_proofs",
    "clear_browser_sessions",
    "clear_old_handoffs",
    "clear_old_sessions",
    "end_device_session",
    "forget_traces_of",
    "give_device_secret",
    "lower_sessions_resting_on",
    "lower_sessions_resting_on_provider",
    "note_participation",
    "recognize_device",
    "revoke_device_secret",
    "revoke_session",
    "revoke_sessions",
    "revoke_sessions_of",
    "rewrap_browser_sessions",
    "start_child_session",
    "start_device_session",
    "start_session",
    "touch",
]
