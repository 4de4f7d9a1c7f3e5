"""How the CRM tells the gateway what it knows: its own token, a key for each delivery, a sequence for each record.

What could not be delivered is sent again with the same key, so nothing happens twice. Once a minute the CRM says that
it has nothing newer, with a record that always says the same: the gateway's canary.
"""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import requests
from authlib.integrations.requests_client import OAuth2Session

from examples.settings import FeedSettings

TIMEOUT = 10  # seconds
EVERY = 60.0
CANARY = {"email": "canary@crm.example"}


class Feed:
    """The CRM's feed at the gateway. The token is kept until it runs out."""

    def __init__(self, settings: FeedSettings) -> None:
        self.settings = settings
        self._token: dict[str, Any] = {}

    def tell(self, number: str, sequence: int, subject: str, **attributes: str | None) -> str:
        """Deliver one customer's record, and say what became of it in one word."""
        record = {**_record(number, sequence, attributes), "sub": subject}
        return str(self.deliver({"records": [record]})["status"])

    def beat(self) -> None:
        """Say once a minute that there is nothing newer; a gateway that is away hears it the next time."""
        while True:
            try:
                now = datetime.now(UTC)
                canary = _record("canary-1", int(now.timestamp()), CANARY)
                self.deliver({"records": [canary], "as_of": now.isoformat()})
            except requests.RequestException:
                pass
            time.sleep(EVERY)

    def deliver(self, body: dict[str, Any]) -> dict[str, Any]:
        """Send a delivery, twice if need be, always with the same key. Raises requests.RequestException."""
        headers = {"Authorization": f"Bearer {self._read_token()}", "Idempotency-Key": str(uuid4())}
        address = f"{self.settings.issuer}/api/feeds/crm/records"
        try:
            answer = requests.post(address, json=body, headers=headers, timeout=TIMEOUT)
        except requests.ConnectionError:
            answer = requests.post(address, json=body, headers=headers, timeout=TIMEOUT)
        answer.raise_for_status()
        return dict(answer.json())

    def _read_token(self) -> str:
        if self._token.get("expires_at", 0) < time.time() + 30:
            session = OAuth2Session(self.settings.client_id, self.settings.client_secret, scope="feeds")
            self._token = session.fetch_token(
                f"{self.settings.issuer}/oauth/token", grant_type="client_credentials", timeout=TIMEOUT
            )
        return str(self._token["access_token"])


def _record(number: str, sequence: int, attributes: dict[str, Any]) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {"id": number, "sequence": sequence, "occurred_at": at, "attributes": attributes}
