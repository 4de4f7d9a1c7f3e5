"""The browser's side of sessions: which ones its cookie stands for, and with which device it comes.

Called from doors and from the reactions to allauth's signals. allauth's records of what was proved are read here,
when the person is fully in and at each re-authentication, and nowhere else. Rooms above find the accounts that are
signed in here at `request.household` (`sessions_hub.types.Household`).
"""

from sessions_hub.browser.binding import (
    begin,
    bind_reauthentication,
    bind_sign_in,
    end_browser_session,
    note_sign_up_code,
    note_visitor,
)
from sessions_hub.browser.household import BrowserHousehold
from sessions_hub.browser.requests import (
    CHANNEL,
    PARKED_KEY,
    SID_KEY,
    BrowserRequest,
    caller_of,
    give_device_cookie,
    stranger,
)

__all__ = [
    "CHANNEL",
    "PARKED_KEY",
    "SID_KEY",
    "BrowserHousehold",
    "BrowserRequest",
    "begin",
    "bind_reauthentication",
    "bind_sign_in",
    "caller_of",
    "end_browser_session",
    "give_device_cookie",
    "note_sign_up_code",
    "note_visitor",
    "stranger",
]
