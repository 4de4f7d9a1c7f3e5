"""Settings of this room."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

#: What binds encrypted values to their kind: secrets of authenticators, addresses of a change that can be undone.
MFA_CONTEXT = "mfa"
EMAIL_CHANGE_CONTEXT = "email-change"


def service_name() -> str:
    """What the gateway calls itself in mails, authenticator apps and passkeys."""
    return str(getattr(settings, "SERVICE_NAME", "Throughline"))


def unverified_lifetime() -> timedelta:
    """How long a sign-up may wait for its owner to prove the address."""
    return timedelta(days=settings.UNVERIFIED_ACCOUNT_DAYS)


def issuer_host() -> str:
    """The host people know the gateway by, without its port: from configuration, never from a request."""
    return urlsplit(settings.ISSUER_URL).hostname or "localhost"


def absolute(path: str) -> str:
    """A path of ours as a whole address under ISSUER_URL; of a whole address only path and query are used."""
    parts = urlsplit(path)
    query = f"?{parts.query}" if parts.query else ""
    return f"{settings.ISSUER_URL}{parts.path}{query}"


def issuer_origin() -> str:
    """The one origin whose pages may ask for a passkey: ISSUER_URL, which is an origin."""
    return str(settings.ISSUER_URL)


def proof_rates() -> dict[str, str]:
    """The budgets of `accounts.throttles`, in allauth's notation."""
    return dict(settings.PROOF_RATE_LIMITS)


def undo_days() -> int:
    """For how many days a change of the login address can be undone from the old mailbox."""
    return 7


def channel() -> str:
    """The channel whose policy says how long passwords are: people choose them on the gateway's own pages."""
    return "web"


def may_fetch_loopback() -> bool:
    """Whether a provider may be on this very machine: in tests and demos."""
    return bool(settings.FETCH_ALLOW_LOOPBACK)


def provider_secret_context(slug: str) -> str:
    """What binds the wrapped client secret of a provider to its row."""
    return f"upstream-provider:{slug}"
