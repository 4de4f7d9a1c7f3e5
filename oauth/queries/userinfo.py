"""What a client may be told about a customer."""

from datetime import datetime
from typing import Any

from accounts.queries import get_profile
from consent.queries import release
from oauth.queries.clients import find_client


def get_userinfo(
    *, subject: str, scopes: frozenset[str], client_id: str, now: datetime, purpose: str = ""
) -> dict[str, Any]:
    """The claims that the granted scopes open (OIDC Core 5.4), cut to what the client needs them for.

    Of what its scopes open a client with a declared purpose gets what that purpose needs, and nothing where the
    customer has not permitted it; `purpose` is that of this request, which narrows further. One statement, and one more
    where there is a purpose.
    """
    profile = get_profile(subject)
    claims: dict[str, Any] = {}
    if "profile" in scopes and profile.name:
        claims["name"] = profile.name
    if "email" in scopes and profile.email:
        claims |= {"email": profile.email, "email_verified": profile.email_verified}
    client = find_client(client_id=client_id)
    if client is None:
        return {"sub": subject}  # disabled a moment ago
    released = release(
        claims, purpose=client.purpose, stated=purpose, party=subject, channel=client.channel_id, now=now
    )
    return {"sub": subject, **released}
