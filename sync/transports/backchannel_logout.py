"""OpenID Connect Back-Channel Logout 1.0: relying parties are told that a session ended.

A logout token is made for each attempt, because it lives two minutes and a delivery is tried for a day.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from audit.types import Fact
from keyring.queries import sign_jwt
from kit.fetch import Fetched, FetchError, FetchRefused, fetch
from kit.ids import new_id
from oauth.queries import find_client
from sessions_hub.events import SESSION_REVOKED
from sync import conf, rules
from sync.queries import list_told_clients
from sync.types import Addressee, Answer, Order, Outcome, Transport

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_TYPE = "logout+jwt"  # noqa: S105  a media type
TOKEN_SECONDS = 120
SECONDS = 4.0
_MOST_BYTES = 64_000
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*", "User-Agent": "Throughline"}


def address(fact: Fact) -> list[Addressee]:
    """Every client that took part in the session that ended and has an address to be told at (section 2.2)."""
    facts = {"sub": fact.subject, "sid": fact.session}
    return [Addressee(key=client_id, facts=facts) for client_id in list_told_clients(sid=fact.session)]


def prepare(order: Order, now: datetime) -> Callable[[], Outcome]:
    """A fresh logout token and its way to the address that the client has now (sections 2.4, 2.5)."""
    client = find_client(client_id=order.receiver)
    if client is None or not client.backchannel_logout_uri:
        return partial(Outcome, Answer.REFUSED, "no_address")
    token = make_token(client_id=order.receiver, subject=order.facts["sub"], sid=order.facts["sid"], now=now)
    return partial(_post, client.backchannel_logout_uri, urlencode({"logout_token": token}).encode(), now)


def make_token(*, client_id: str, subject: str, sid: str, now: datetime) -> str:
    """A logout token as section 2.4 wants it: both `sub` and `sid`, never a `nonce`."""
    issued = int(now.timestamp())
    claims = {
        "iss": conf.issuer(),
        "sub": subject,
        "aud": client_id,
        "iat": issued,
        "exp": issued + TOKEN_SECONDS,
        "jti": new_id("lgt_"),
        "events": {EVENT: {}},
        "sid": sid,
    }
    return sign_jwt(claims, typ=TOKEN_TYPE)


def judge(answer: Fetched, *, now: datetime) -> Outcome:
    """What the relying party's status means (section 2.8): 200 and 204 confirm, 400 refuses, 3xx is an error of it."""
    if answer.status in (200, 204):
        return Outcome(Answer.CONFIRMED)
    if answer.status == 400:
        return Outcome(Answer.REFUSED, "refused")
    if 300 <= answer.status < 400:
        return Outcome(Answer.REFUSED, "redirects")
    retry_after = rules.read_retry_after(answer.headers.get("retry-after", ""), now=now)
    return Outcome(Answer.FAILED, f"status_{answer.status}", retry_after)


def _post(uri: str, body: bytes, now: datetime) -> Outcome:
    try:
        answer = fetch(uri, "POST", headers=_HEADERS, body=body, seconds=SECONDS, max_bytes=_MOST_BYTES)
    except FetchRefused:
        return Outcome(Answer.FAILED, "address_not_allowed")
    except FetchError:
        return Outcome(Answer.FAILED, "no_answer")
    return judge(answer, now=now)


TRANSPORT = Transport(wants=frozenset({SESSION_REVOKED.name}), address=address, prepare=prepare)
