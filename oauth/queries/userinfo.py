"""What a client may be told about a customer."""

from typing import Any

from accounts.queries import get_profile


def get_userinfo(*, subject: str, scopes: frozenset[str]) -> dict[str, Any]:
    """The claims that the granted scopes open (OIDC Core 5.4)."""
    profile = get_profile(subject)
    claims: dict[str, Any] = {"sub": subject}
    if "profile" in scopes and profile.name:
        claims["name"] = profile.name
    if "email" in scopes and profile.email:
        claims |= {"email": profile.email, "email_verified": profile.email_verified}
    return claims
