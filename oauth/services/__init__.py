"""The deeds of the protocol desk, one file per noun; each grant has its own in `oauth.grants`."""

from oauth.services.allowances import remember_allowance, withdraw_allowance, withdraw_allowances_of
from oauth.services.approvals import forget_requests_of, record_answer
from oauth.services.clients import change_client, disable_client, enable_client, register_client, renew_client_secret
from oauth.services.documents import apply_document
from oauth.services.grants import clear_expired, issue_code, revoke_token
from oauth.services.provisioning import (
    make_provisioning_token,
    revoke_provisioning_token,
    revoke_provisioning_tokens,
)
from oauth.services.revoking import (
    bound_tokens_of_session,
    cut_off_channel,
    revoke_tokens_of_account,
    revoke_tokens_of_channel,
    revoke_tokens_of_session,
)

__all__ = [
    "apply_document",
    "bound_tokens_of_session",
    "change_client",
    "clear_expired",
    "cut_off_channel",
    "disable_client",
    "enable_client",
    "forget_requests_of",
    "issue_code",
    "make_provisioning_token",
    "record_answer",
    "register_client",
    "remember_allowance",
    "renew_client_secret",
    "revoke_provisioning_token",
    "revoke_provisioning_tokens",
    "revoke_token",
    "revoke_tokens_of_account",
    "revoke_tokens_of_channel",
    "revoke_tokens_of_session",
    "withdraw_allowance",
    "withdraw_allowances_of",
]
