"""An authenticator in software, for answers that no browser would give: other origins, other owners, old challenges."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

from kit.ids import new_secret

_PRESENT, _VERIFIED, _NEW = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class SoftwareKey:
    """One passkey of one owner."""

    owner: str = ""
    origin: str = "http://localhost:8000"
    rp_id: str = "localhost"
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: new_secret().encode())

    def register(self, options: dict[str, Any], *, verified: bool = True, **client_data: Any) -> str:
        """The answer to creation options."""
        asked = options["publicKey"]
        self.owner = asked["user"]["id"]
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id
        attested += cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        flags = _PRESENT | _NEW | (_VERIFIED if verified else 0)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(flags) + attested}
        answer = {
            "clientDataJSON": text(self._client_data("webauthn.create", asked["challenge"], client_data)),
            "attestationObject": text(cbor.encode(attestation)),
        }
        return self._credential(answer)

    def sign(self, options: dict[str, Any], *, verified: bool = True, **client_data: Any) -> str:
        """The answer to request options."""
        data = self._data(_PRESENT | (_VERIFIED if verified else 0))
        said = self._client_data("webauthn.get", options["publicKey"]["challenge"], client_data)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "clientDataJSON": text(said),
            "authenticatorData": text(data),
            "signature": text(signature),
            "userHandle": self.owner,
        }
        return self._credential(answer)

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + b"\0" * 4

    def _client_data(self, type: str, challenge: str, changes: dict[str, Any]) -> bytes:
        said = {"type": type, "challenge": challenge, "origin": self.origin, "crossOrigin": False} | changes
        return json.dumps(said).encode()

    def _credential(self, answer: dict[str, Any]) -> str:
        return json.dumps(
            {
                "id": text(self.id),
                "rawId": text(self.id),
                "type": "public-key",
                "clientExtensionResults": {"credProps": {"rk": True}},
                "response": answer,
            }
        )
