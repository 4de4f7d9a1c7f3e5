"""What the gateway says of itself: only what works and is tested."""

from typing import Any

from django.urls import reverse

from oauth import conf
from oauth.types import IDENTITY_SCOPES, ClientAuthentication, GrantType


def get_metadata() -> dict[str, Any]:
    """The document of OIDC Discovery 1.0 section 3 and RFC 8414 section 2."""
    addresses = {member: conf.issuer() + reverse(f"oauth:{name}") for member, name in _ADDRESSES.items()}
    return {"issuer": conf.issuer(), **addresses, **_ABILITIES}


_ADDRESSES = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "device_authorization_endpoint": "device_authorization",
    "backchannel_authentication_endpoint": "backchannel_authentication",
    "introspection_endpoint": "introspect",
    "revocation_endpoint": "revoke",
    "userinfo_endpoint": "userinfo",
    "end_session_endpoint": "logout",
    "jwks_uri": "jwks",
}
_CLIENT_AUTHENTICATION = [each.value for each in ClientAuthentication]
_CLAIMS = (
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"),
    *("name", "email", "email_verified"),
)
_ABILITIES = {
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "grant_types_supported": [each.value for each in GrantType],
    "backchannel_token_delivery_modes_supported": ["poll"],
    "backchannel_user_code_parameter_supported": False,
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": _CLIENT_AUTHENTICATION,
    "revocation_endpoint_auth_methods_supported": _CLIENT_AUTHENTICATION,
    "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "scopes_supported": list(IDENTITY_SCOPES),
    "claims_supported": list(_CLAIMS),
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["ES256"],
    "acr_values_supported": ["urn:throughline:1fa", "urn:throughline:2fa", "phr"],
    "prompt_values_supported": ["none", "login", "consent", "select_account"],
    "authorization_response_iss_parameter_supported": True,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
    "claims_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
}
