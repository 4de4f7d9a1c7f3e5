"""allauth's hooks: what this gateway does in its own way."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Accounts, mail and redirects."""


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of second factors."""
