"""Proof Key for Code Exchange, S256 only (RFC 7636)."""

import base64
import hashlib
import hmac
import re

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def code_challenge_is_valid(challenge: str) -> bool:
    """Whether a challenge can be the S256 of anything: 43 base64url characters (RFC 7636 4.2)."""
    return bool(_CHALLENGE.fullmatch(challenge))


def code_verifier_matches(verifier: str, challenge: str) -> bool:
    """Whether the verifier hashes to the challenge, in constant time (RFC 7636 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(), challenge)
