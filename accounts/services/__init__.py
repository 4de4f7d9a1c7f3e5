"""The deeds of this room, one file per noun."""

from accounts.services.authenticators import (
    enroll_totp,
    record_authenticator_added,
    record_authenticator_removed,
    record_authenticator_replaced,
    record_failed_proof,
    record_password_changed,
    record_password_reset,
    wipe_unproven_credentials,
)
from accounts.services.clearing import clear_unverified_account
from accounts.services.identifiers import (
    record_email_added,
    record_email_changed,
    record_email_removed,
    record_email_verified,
    release_unverified_claims,
)
from accounts.services.lifecycle import (
    close_account,
    erase_account,
    hold_account,
    reactivate_account,
    suspend_account,
)
from accounts.services.links import add_link, remove_link, sign_up_through_provider
from accounts.services.notices import notify_owner
from accounts.services.profile import change_name, set_roles
from accounts.services.proofs import (
    check_passkey,
    check_secret,
    mail_proof_code,
)
from accounts.services.providers import (
    change_provider,
    create_provider,
    disable_provider,
    enable_provider,
    hold_providers,
)
from accounts.services.registration import record_sign_up, register_account, register_operator
from accounts.services.secrets import rewrap_authenticators, rewrap_email_changes, rewrap_provider_secrets

__all__ = [
    "add_link",
    "change_name",
    "change_provider",
    "check_passkey",
    "check_secret",
    "clear_unverified_account",
    "close_account",
    "create_provider",
    "disable_provider",
    "enable_provider",
    "enroll_totp",
    "erase_account",
    "hold_account",
    "hold_providers",
    "mail_proof_code",
    "notify_owner",
    "reactivate_account",
    "record_authenticator_added",
    "record_authenticator_removed",
    "record_authenticator_replaced",
    "record_email_added",
    "record_email_changed",
    "record_email_removed",
    "record_email_verified",
    "record_failed_proof",
    "record_password_changed",
    "record_password_reset",
    "record_sign_up",
    "register_account",
    "register_operator",
    "release_unverified_claims",
    "remove_link",
    "rewrap_authenticators",
    "rewrap_email_changes",
    "rewrap_provider_secrets",
    "set_roles",
    "sign_up_through_provider",
    "suspend_account",
    "wipe_unproven_credentials",
]
