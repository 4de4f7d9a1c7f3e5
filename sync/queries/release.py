"""What leaves the house about a customer: for which fact, to which system, for which purpose."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.queries import find_account, get_account, get_profile, list_identifiers
from accounts.types import IdentifierLevel, IdentifierType
from accounts.types import Kind as AccountKind
from audit.types import Fact
from kit import crypto
from sync import conf, rules
from sync.queries.connections import list_listening
from sync.types import Addressee, ConnectionState, Kind, Order


def may_release(*, connection: ConnectionState, subject: str, now: datetime) -> frozenset[str]:  # noqa: ARG001  what a consent needs to be judged
    """The attributes of a subject that a connected system may be told at this instant, for its declared purpose.

    The one place where consent cuts. Asked when a fact is addressed, and again before each attempt.
    """
    return frozenset(connection.draft.attributes) if connection.draft.purpose else frozenset()


def list_addressees(fact: Fact, *, kind: Kind) -> list[Addressee]:
    """The connected systems of a kind that are told of a fact. Facts about operators and devices are told nobody.

    What it says of a person is taken down as it is now and encrypted, so that a second attempt says the same.
    """
    listening = list_listening(type=fact.type, kind=kind) if fact.type in rules.OFFERED else []
    account = find_account(fact.subject) if listening else None
    if account is None or account.kind != AccountKind.CUSTOMER:
        return []
    facts = {"data": rules.told_fields(fact.type, fact.payload)} | ({"channel": fact.channel} if fact.channel else {})
    wanted = rules.OFFERED[fact.type].with_attributes and any(each.draft.attributes for each in listening)
    known = read_attributes(subject=fact.subject) if wanted else {}
    return [Addressee(key=each.slug, facts=facts, sealed=_seal(fact, each, known)) for each in listening]


def read_attributes(*, subject: str) -> dict[str, Any]:
    """What can be told about a customer now, by the names of `rules.ATTRIBUTES`. Raises AccountUnknown."""
    account, profile = get_account(subject), get_profile(subject)
    phones = [each for each in list_identifiers(account) if each.type == IdentifierType.PHONE]
    phone = max(phones, key=lambda each: each.level, default=None)
    return {
        "email": profile.email,
        "email_verified": profile.email_verified,
        "name": profile.name,
        "phone": phone.value if phone else None,
        "phone_verified": bool(phone and phone.level >= IdentifierLevel.VERIFIED),
        "status": account.status,
    }


def open_attributes(order: Order, *, connection: ConnectionState, now: datetime) -> dict[str, Any]:
    """What was taken down for an order and may be told at this attempt too; less than before where it is not."""
    if order.sealed is None:
        return {}
    context = conf.delivery_context(order.event_id, order.receiver)
    kept: dict[str, Any] = json.loads(crypto.unwrap(order.sealed, context=context))
    return _cut(kept, may_release(connection=connection, subject=order.subject, now=now))


def _seal(fact: Fact, connection: ConnectionState, known: Mapping[str, Any]) -> bytes | None:
    allowed = may_release(connection=connection, subject=fact.subject, now=fact.occurred_at) if known else frozenset()
    told = _cut(known, allowed)
    if not told:
        return None
    return crypto.wrap(json.dumps(told).encode(), context=conf.delivery_context(fact.event_id, connection.slug))


def _cut(values: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in allowed}
