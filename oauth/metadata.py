"""What the gateway says of itself: only what works and is tested."""

from typing import Any

from django.urls import reverse

from keyring.queries import list_published_keys
from oauth import conf
from oauth.scopes import IDENTITY_SCOPES
from oauth.types import ClientAuthentication, GrantType


def authorization_server_metadata() -> dict[str, Any]:
    """The document of OIDC Discovery 1.0 section 3 and RFC 8414 section 2."""

    def at(name: str) -> str:
        return conf.issuer() + reverse(f"oauth:{name}")

    return {
        "issuer": conf.issuer(),
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "introspection_endpoint": at("introspect"),
        "revocation_endpoint": at("revoke"),
        "userinfo_endpoint": at("userinfo"),
        "end_session_endpoint": at("logout"),
        "jwks_uri": at("jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [each.value for each in GrantType],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [each.value for each in ClientAuthentication],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": [each.value for each in ClientAuthentication],
        "scopes_supported": list(IDENTITY_SCOPES),
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
            "name", "email", "email_verified",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "acr_values_supported": ["urn:throughline:1fa", "urn:throughline:2fa"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def published_jwks() -> dict[str, Any]:
    """The JSON Web Key Set: keys that sign now, will sign next, or may still verify."""
    return {"keys": list_published_keys()}
