"""Tokens for SCIM that clients keep for months."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

PROVISIONING_PREFIX: Final = "tlp_"
"""How such a token begins: leaked ones are found by it, and no access token is taken for one."""
PROVISIONING_SCOPE: Final = "scim"
LONGEST_PROVISIONING: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class ProvisioningTokenState:
    """A token that was made, without itself."""

    ref: str
    client_id: str
    made_at: datetime
    expires_at: datetime
    is_live: bool
