"""What the orders API has to do with the gateway: believe its tokens, ask it, tell it what came of the answer."""

import time
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from examples.settings import Settings

TIMEOUT = 10  # seconds
TOKEN_TYPES = ("at+jwt", "application/at+jwt")


@dataclass(frozen=True)
class Decision:
    """The gateway's answer: `outcome`, what would be enough (`wanted`), and all of it to be shown in a demo."""

    id: str
    outcome: str
    wanted: dict[str, str]
    shown: dict[str, Any]


class Gateway:
    """The gateway as one of its resource servers sees it. Keys and our own token are kept until they run out."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._keys: KeySet | None = None
        self._token: dict[str, Any] = {}

    def read_access_token(self, token: str) -> dict[str, Any]:
        """The claims of an access token for this API (RFC 9068 section 4). Raises JoseError or ValueError."""
        try:
            decoded = jwt.decode(token, self._key_set(), algorithms=["ES256"])
        except InvalidKeyIdError:  # signed with a key that is newer than what we know
            self._keys = None
            decoded = jwt.decode(token, self._key_set(), algorithms=["ES256"])
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.resource},
            exp={"essential": True},
        ).validate(decoded.claims)
        if decoded.header.get("typ", "").lower() not in TOKEN_TYPES or "sid" not in decoded.claims:
            raise ValueError("This is not a customer's access token.")
        return dict(decoded.claims)

    def ask(self, claims: dict[str, Any], action: str) -> Decision:
        """Whether an action on her own account may be done in the session of her token."""
        question = {
            "subject": {"type": "customer", "id": claims["sub"]},
            "action": {"name": action},
            "resource": {"type": "account", "id": claims["sub"]},
            "context": {"sid": claims["sid"]},
        }
        answer = self._post("/access/v1/evaluation", question).json()
        context = answer["context"]
        wanted = {name: str(context[name]) for name in ("acr_values", "max_age") if name in context}
        shown = {"action": action, "outcome": context["outcome"], "reasons": context["reasons"], **wanted}
        return Decision(context["decision_id"], context["outcome"], wanted, shown)

    def report(self, decision: Decision, outcome: str) -> None:
        """Tell the gateway what came of a decision: its numbers are only as good as what it hears."""
        self._post(f"/api/decisions/{decision.id}/outcome", {"outcome": outcome})

    def _post(self, path: str, body: dict[str, Any]) -> requests.Response:
        bearer = {"Authorization": f"Bearer {self._own_token()}"}
        answer = requests.post(f"{self.settings.issuer}{path}", json=body, headers=bearer, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer

    def _own_token(self) -> str:
        if self._token.get("expires_at", 0) < time.time() + 10:
            with OAuth2Session(
                self.settings.client_id, self.settings.client_secret, default_timeout=TIMEOUT
            ) as session:
                self._token = session.fetch_token(
                    f"{self.settings.issuer}/oauth/token", grant_type="client_credentials", scope="decisions"
                )
        return str(self._token["access_token"])

    def _key_set(self) -> KeySet:
        if self._keys is None:
            found = requests.get(f"{self.settings.issuer}/oauth/jwks", timeout=TIMEOUT)
            found.raise_for_status()
            self._keys = KeySet.import_key_set(found.json())
        return self._keys
