"""The protocol desk's fixed lifetimes, in seconds, and its own names."""

from django.conf import settings

CODE_SECONDS = 60
ACCESS_TOKEN_SECONDS = 600
ID_TOKEN_SECONDS = 600
INTERACTION_SECONDS = 1800
#: How long a session-transfer token is good, and a token of somebody who acts for a customer.
TRANSFER_SECONDS = 60
ASSISTED_TOKEN_SECONDS = 300
#: RFC 8693 section 4.1: the longest chain of those who act one for the other.
MOST_ACTING_PARTIES = 3
#: A device's code and a question to a customer wait this long (seconds), and are asked about this often to begin with.
DEVICE_SECONDS = 600
BACKCHANNEL_SECONDS = 300
LONGEST_BACKCHANNEL_SECONDS = 600
POLL_SECONDS = 5
#: Codes that somebody may try who does not hold one yet: by account, by device and by network, in ten minutes.
GUESSES_WINDOW_SECONDS = 600
GUESSES_PER_ACCOUNT = 10
GUESSES_PER_DEVICE = 10
GUESSES_PER_NETWORK = 50
#: What one client may ask for in a minute, of anybody, from one network where it is public.
ASKS_WINDOW_SECONDS = 60
ASKS_PER_CLIENT = 600
ASKS_PER_PUBLIC_CLIENT_AND_NETWORK = 30
#: Wrong client authentications that are answered 401 before the answer is 429: for one client from one network, and
#: from one network for all clients, over all endpoints together.
WRONG_SECRETS_WINDOW_SECONDS = 60
WRONG_SECRETS_PER_CLIENT = 20
WRONG_SECRETS_PER_NETWORK = 100
#: A node's knowledge of revocations is never older than this when it trusts a token.
REVOCATION_FRESHNESS_SECONDS = 0.5
#: Nor of a client: a secret, a registration and the switch hold on every node after this.
CLIENT_FRESHNESS_SECONDS = 0.5
#: How long a node remembers who takes part in a session.
PARTICIPANTS_SECONDS = 60.0


def issuer() -> str:
    """The issuer identifier: origin without a trailing slash, the same in every token, answer and document."""
    return str(settings.ISSUER_URL)


def wrong_secrets_limit(limit: int) -> int:
    """The limit under RATE_LIMIT_FACTOR, which is 1 in production."""
    return limit * int(settings.RATE_LIMIT_FACTOR)


def own_audience() -> str:
    """The resource identifier of the gateway's own API and userinfo."""
    return issuer()
