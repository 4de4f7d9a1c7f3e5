"""What was checked, and what may be undone, as signed tokens; nothing is stored for them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consent import conf, rules
from consent.errors import CheckExpired, CheckUnknown, UndoInvalid
from consent.types import Answer, Checked, Item, Reason, Verdict
from keyring.errors import InvalidToken
from keyring.queries import sign_jwt, verify_jwt

CHECK = "consent-check+jwt"
UNDO = "consent-undo+jwt"

_REASON_IS_NOT_KEPT = Reason.UNKNOWN


def seal_check(checked: Checked, *, client: str, now: datetime) -> str:
    """A token over some questions, how they were answered and the sequences seen, for one client, five minutes long."""
    items = [
        [item.party, item.purpose, item.channel, item.processor, item.category, item.agent, int(answer.permits)]
        for item, answer in zip(checked.items, checked.answers, strict=True)
    ]
    claims = {"items": items, "seqs": dict(checked.seqs)}
    return sign_jwt({**_frame(client, now, conf.CHECK_HOLDS.total_seconds()), **claims}, typ=CHECK)


def read_check(token: str, *, client: str, now: datetime) -> Checked:
    """Undo `seal_check`; of the answers only the decisions are kept. Raises CheckUnknown, CheckExpired."""
    try:
        claims = verify_jwt(token, typ=CHECK, longest=rules.LONGEST_TOKEN)
    except InvalidToken as error:
        raise CheckUnknown from error
    if claims["iss"] != conf.issuer() or claims["aud"] != client:
        raise CheckUnknown
    if _is_over(claims, now):
        raise CheckExpired
    answers = tuple(
        Answer(Verdict.PERMIT if permits else Verdict.DENY, _REASON_IS_NOT_KEPT, 0, party=party)
        for party, *_, permits in claims["items"]
    )
    return Checked(tuple(Item(*parts) for *parts, _ in claims["items"]), answers, claims["seqs"])


def seal_undo(event: str, *, now: datetime) -> str:
    """A token by which whoever reads the customer's mail takes one event back, thirty days long."""
    return sign_jwt({**_frame(conf.issuer(), now, conf.UNDO_HOLDS.total_seconds()), "event": event}, typ=UNDO)


def read_undo(token: str, *, now: datetime) -> str:
    """The id of the event that a token takes back. Raises UndoInvalid."""
    try:
        claims = verify_jwt(token, typ=UNDO)
    except InvalidToken as error:
        raise UndoInvalid from error
    if claims["iss"] != conf.issuer() or _is_over(claims, now):
        raise UndoInvalid
    return str(claims["event"])


def _frame(audience: str, now: datetime, seconds: float) -> dict[str, Any]:
    at = int(now.timestamp())
    return {"iss": conf.issuer(), "aud": audience, "iat": at, "exp": at + int(seconds)}


def _is_over(claims: Mapping[str, Any], now: datetime) -> bool:
    return datetime.fromtimestamp(claims["exp"], UTC) <= now
