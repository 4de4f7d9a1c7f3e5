"""The protocol desk's fixed lifetimes, in seconds, and its own names."""

from django.conf import settings

CODE_SECONDS = 60
ACCESS_TOKEN_SECONDS = 600
ID_TOKEN_SECONDS = 600
INTERACTION_SECONDS = 1800
#: A node's knowledge of revocations is never older than this when it trusts a token.
REVOCATION_FRESHNESS_SECONDS = 0.5


def issuer() -> str:
    """The issuer identifier: origin without a trailing slash, the same in every token, answer and document."""
    return str(settings.ISSUER_URL)


def own_audience() -> str:
    """The resource identifier of the gateway's own API and userinfo."""
    return issuer()
