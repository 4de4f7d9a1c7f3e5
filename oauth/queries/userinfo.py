"""What a client may be told about a customer."""

from typing import Any

from accounts.queries import get_account, list_identifiers


def get_userinfo(*, subject: str, scopes: frozenset[str]) -> dict[str, Any]:
    """The claims that the granted scopes open (OIDC Core 5.4)."""
    account = get_account(subject)
    claims: dict[str, Any] = {"sub": subject}
    if "profile" in scopes and account.name:
        claims["name"] = account.name
    if "email" in scopes and account.email:
        verified = any(each.value == account.email and each.verified_at for each in list_identifiers(account))
        claims |= {"email": account.email, "email_verified": verified}
    return claims
