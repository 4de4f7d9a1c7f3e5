"""Leaving a mailing with one click (RFC 8058): what stands in a mail's headers, and what comes back by it."""

from collections.abc import Mapping

from django.core import signing

from consent import conf
from consent.errors import UnsubscribeInvalid

_SALT = "consent.unsubscribe"
_PARTS = 3


def unsubscribe_headers(*, party: str, purpose: str, channel: str = "") -> Mapping[str, str]:
    """The headers of a mail for a purpose; the mail's signature (DKIM) must cover both. See `send_mail(headers=…)`."""
    url = conf.unsubscribe_url(seal_unsubscribe(party=party, purpose=purpose, channel=channel))
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": conf.ONE_CLICK}


def seal_unsubscribe(*, party: str, purpose: str, channel: str = "") -> str:
    """A token that refuses one purpose for one party, on one channel or on all; it can do nothing else.

    It does not run out: an old mail must let its reader go, too.
    """
    return signing.dumps([party, purpose, channel], salt=_SALT)


def read_unsubscribe(token: str) -> tuple[str, str, str]:
    """Party, purpose and channel of a token. Raises UnsubscribeInvalid."""
    try:
        parts = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:  # ValueError: nothing that was ever encoded
        raise UnsubscribeInvalid from error
    if not isinstance(parts, list) or len(parts) != _PARTS or not all(isinstance(part, str) for part in parts):
        raise UnsubscribeInvalid
    party, purpose, channel = parts
    return party, purpose, channel
