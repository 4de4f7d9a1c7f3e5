"""What the desk asks of the gateway, in the name of whoever is signed in at it."""

import secrets
from typing import Any, Final

from authlib.integrations.flask_client import OAuthError

from examples.channel_app import ChannelApp
from examples.contact_center.callers import Caller
from examples.exchange import ACCESS_TOKEN, ASSISTANCE, TOKEN_EXCHANGE
from examples.waiting import Question
from examples.waiting import ask_customer as ask

SCOPE: Final = "openid profile email"
REASONS: Final = {
    "question": "A question",
    "order": "An order",
    "payment": "A payment",
    "contact_details": "Contact details",
    "sign_in_trouble": "Trouble signing in",
    "complaint": "A complaint",
    "other": "Something else",
}
PLAIN: Final = {
    "verification_required": "She has not proved lately who she is. Ask her first.",
    "handoff_unknown": "This chat cannot be taken over any more.",
    "not_found": "There is nobody with this address.",
    "invalid": "Enter an e-mail address.",
    "insufficient_user_authentication": "Sign in again with your second factor first.",
}


def explain(error: OAuthError) -> str:
    """A refusal in plain words."""
    return PLAIN.get(error.error, f"The gateway says no: {error.description or error.error}")


def look_up(app: ChannelApp, hint: str) -> dict[str, Any]:
    """Who somebody is, and her newest verification that still holds here, or None in `verification`."""
    found: dict[str, Any] = app.call_api("POST", "/api/verifications/", _own_token(app), {"login_hint": hint})
    return found


def ask_customer(app: ChannelApp, caller: Caller) -> Question:
    """Ask a caller to approve where she is signed in."""
    return ask(app, login_hint=caller.hint, message=f"Call {secrets.randbelow(9000) + 1000}", scope=SCOPE)


def redeem(app: ChannelApp, ticket: str) -> dict[str, Any]:
    """The session that a ticket for us carries: whose it is, and what was proved, when and how."""
    own = app.fetch_token("client_credentials", scope="handoff")
    session: dict[str, Any] = app.call_api("POST", "/api/handoff/redeem/", own["access_token"], {"ticket": ticket})
    return session


def begin_assistance(app: ChannelApp, caller: Caller, reason: str, note: str) -> dict[str, Any]:
    """The right to act for a caller, and a token for it that names both."""
    whom = {"sid": caller.sid} if caller.sid else {"subject": caller.subject}
    body = whom | {"reason": reason} | ({"note": note} if note else {})
    own = _own_token(app)
    begun: dict[str, Any] = app.call_api("POST", "/api/assistance/", own, body)
    token = app.fetch_token(
        TOKEN_EXCHANGE,
        subject_token=begun["assistance"],
        subject_token_type=ASSISTANCE,
        actor_token=own,
        actor_token_type=ACCESS_TOKEN,
        scope=SCOPE,
    )
    return begun | {"access_token": token["access_token"]}


def still_acts(app: ChannelApp, assistance: dict[str, Any]) -> bool:
    """Whether the right still holds: the customer can end it, and so can the clock."""
    try:
        app.call_api("GET", f"/api/assistance/{assistance['assistance']}/", _own_token(app))
    except OAuthError as error:
        if error.error != "not_found":
            raise
        return False
    return True


def read_account(app: ChannelApp, assistance: dict[str, Any]) -> dict[str, Any]:
    """What a customer's own call would get."""
    account: dict[str, Any] = app.call_api("GET", "/oauth/userinfo", assistance["access_token"])
    return account


def end_assistance(app: ChannelApp, assistance: dict[str, Any]) -> None:
    """Give the right back; its tokens die with it."""
    app.call_api("DELETE", f"/api/assistance/{assistance['assistance']}/", _own_token(app))


def _own_token(app: ChannelApp) -> str:
    """The access token of the member of staff who asks; `only_staff` has renewed it if it had run out."""
    assert app.login is not None
    return str(app.login.token["access_token"])
