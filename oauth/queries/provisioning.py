"""Tokens for SCIM that clients keep for months: which there are, and what a presented one is worth."""

from datetime import datetime
from typing import Any

from kit.ids import digest
from oauth.errors import InvalidAccessToken
from oauth.models import ProvisioningToken
from oauth.types import PROVISIONING_SCOPE, ProvisioningTokenState


def read_provisioning_token(*, token: str, now: datetime) -> dict[str, Any]:
    """What a presented token says, in the words of an access token's claims; asked of the database each time.

    Raises InvalidAccessToken for one that is unknown, over or revoked, or whose client was switched off since.
    """
    row = ProvisioningToken.objects.select_related("client").filter(digest=digest(token)).first()
    if row is None or not row.is_live(now) or PROVISIONING_SCOPE not in row.client.draft.scopes:
        raise InvalidAccessToken
    return {"client_id": row.client.client_id, "scope": PROVISIONING_SCOPE}


def list_provisioning_tokens(*, now: datetime) -> list[ProvisioningTokenState]:
    """Every token that was made, the oldest first."""
    return [
        ProvisioningTokenState(
            ref=row.ref,
            client_id=row.client.client_id,
            made_at=row.made_at,
            expires_at=row.expires_at,
            is_live=row.is_live(now),
        )
        for row in ProvisioningToken.objects.select_related("client")
    ]
