"""Logout tokens: how the gateway tells an app that a session has ended (OpenID Connect Back-Channel Logout 1.0)."""

from typing import Any

from authlib.integrations.flask_client import FlaskOAuth2App
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def read_logout_token(gateway: FlaskOAuth2App, token: str) -> dict[str, Any]:
    """The claims of a logout token that is for us, by our gateway and fresh (section 2.6); `sid` or `sub` says whose.

    Raises JoseError or ValueError. Hearing the same one twice ends nothing twice, so nothing is remembered.
    """
    try:
        decoded = _decode(gateway, token, renew=False)
    except InvalidKeyIdError:  # signed with a key that is newer than what we know
        decoded = _decode(gateway, token, renew=True)
    jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": gateway.load_server_metadata()["issuer"]},
        aud={"essential": True, "value": gateway.client_id},
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
    ).validate(decoded.claims)
    claims = decoded.claims
    if decoded.header.get("typ", "").lower() not in ("logout+jwt", "application/logout+jwt"):
        raise ValueError("This is not a logout token.")
    events = claims.get("events")
    is_about_an_end = isinstance(events, dict) and EVENT in events
    if "nonce" in claims or not is_about_an_end or not {"sid", "sub"} & set(claims):
        raise ValueError("This token says nothing about an ended session.")
    return dict(claims)


def _decode(gateway: FlaskOAuth2App, token: str, *, renew: bool) -> jwt.Token:
    keys = KeySet.import_key_set(gateway.fetch_jwk_set(force=renew))
    return jwt.decode(token, keys, algorithms=["ES256", "RS256"])
