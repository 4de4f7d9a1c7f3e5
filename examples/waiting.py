"""A question that somebody answers elsewhere, on her own phone: the device grant (RFC 8628) and CIBA (poll mode)."""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from authlib.integrations.flask_client import OAuthError

from examples.channel_app import ChannelApp

DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
CIBA: Final = "urn:openid:params:grant-type:ciba"
WHY: Final = {
    "access_denied": "The answer was no. Nobody is signed in.",
    "expired_token": "Nobody answered in time. You can ask again.",
}


@dataclass
class Question:
    """What the gateway answered when it was asked, in `shown`, and when to come back for the tokens."""

    grant_type: str
    ticket: dict[str, str]
    shown: dict[str, Any]
    interval: float = 5  # seconds
    next_at: float = 0
    lock: Lock = field(default_factory=Lock)

    def poll(self, app: ChannelApp) -> dict[str, Any] | None:
        """The tokens, or None while nobody has answered. Raises OAuthError when the answer is no, or too late."""
        with self.lock:
            if time.monotonic() < self.next_at:  # whoever comes too early is told to slow down
                return None
            self.next_at = time.monotonic() + self.interval
            try:
                return app.fetch_token(self.grant_type, **self.ticket)
            except OAuthError as error:
                if error.error not in ("authorization_pending", "slow_down"):
                    raise
                self.interval += 5 if error.error == "slow_down" else 0
                return None


def ask_for_device(app: ChannelApp, scope: str) -> Question:
    """Ask for a code that the customer opens on a device of her own."""
    answer = app.post_as_client("device_authorization_endpoint", scope=scope)
    return _question(DEVICE_CODE, {"device_code": answer.pop("device_code")}, answer)


def ask_customer(app: ChannelApp, *, login_hint: str, message: str, scope: str, **more: str) -> Question:
    """Ask a customer to approve; she sees `message` there and gives the number that is shown here."""
    answer = app.post_as_client(
        "backchannel_authentication_endpoint", login_hint=login_hint, binding_message=message, scope=scope, **more
    )
    return _question(CIBA, {"auth_req_id": answer.pop("auth_req_id")}, answer | {"message": message})


def _question(grant_type: str, ticket: dict[str, str], shown: dict[str, Any]) -> Question:
    return Question(grant_type, ticket, shown, interval=float(shown.get("interval", 5)))


def why(error: OAuthError) -> str:
    """What to say to a person when a question is over without a yes."""
    return WHY.get(error.error, "That did not work. You can ask again.")
