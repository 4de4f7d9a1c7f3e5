"""What leaves the house about a customer: for which fact, to which system, for which purpose."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import consent.queries
from accounts.queries import find_account, get_account, get_profile, list_identifiers
from accounts.types import IdentifierLevel, IdentifierType
from accounts.types import Kind as AccountKind
from audit.types import Fact
from consent.types import INTERNAL, Item, Reason
from kit import crypto
from kit.refusal import Unavailable
from sync import conf, rules
from sync.events import CANARY_WRITTEN, STATE_REPEATED
from sync.queries.connections import find_connection, list_listening
from sync.types import Addressee, ConnectionDraft, ConnectionState, Kind, Order, Standing

_CLAIMS = {"phone": "phone_number", "phone_verified": "phone_number_verified"}
"""Attributes that purposes know by their names as claims."""


def may_release(*, connection: ConnectionState, subject: str, now: datetime) -> frozenset[str]:
    """The attributes of a subject that a connected system may be told at this instant, for its declared purpose.

    The one place where consent cuts: what the purpose does not need is not told, and nothing where the customer does
    not permit it, neither to anybody nor to the processor of the system's name. Asked when a fact is addressed, and
    again before each attempt. Raises Unavailable while the register cannot be read: what is cut would stand there as
    true, so the attempt is made again later.
    """
    draft = connection.draft
    if not draft.attributes or not draft.purpose:
        return frozenset()
    catalog = consent.queries.get_catalog()
    processor = connection.slug if connection.slug in catalog.processors else INTERNAL
    answer = consent.queries.check([Item(subject, draft.purpose, processor=processor)], now).answers[0]
    if answer.reason is Reason.STORE_UNREACHABLE:
        raise Unavailable
    return list_needed(draft) if answer.permits else frozenset()


def list_needed(draft: ConnectionDraft) -> frozenset[str]:
    """Of the attributes that a connected system lists those that its purpose needs: no others leave, for anybody.

    None where the register does not know the purpose.
    """
    purpose = consent.queries.get_catalog().purposes.get(draft.purpose)
    needs = {*purpose.needs, "status"} if purpose else set()
    return frozenset(each for each in draft.attributes if _CLAIMS.get(each, each) in needs)


def list_addressees(fact: Fact, *, kind: Kind) -> list[Addressee]:
    """The connected systems of a kind that are told of a fact. Facts about operators and devices are told nobody.

    What it says of a person is taken down as it is now and encrypted, so that a second attempt says the same.
    """
    if fact.type in _FOR_ONE:
        return _list_the_one(fact, kind)
    listening = list_listening(type=fact.type, kind=kind) if fact.type in rules.OFFERED else []
    account = find_account(fact.subject) if listening else None
    if account is None or account.kind != AccountKind.CUSTOMER:
        return []
    facts = {"data": rules.told_fields(fact.type, fact.payload)} | ({"channel": fact.channel} if fact.channel else {})
    wanted = rules.OFFERED[fact.type].with_attributes and any(each.draft.attributes for each in listening)
    known = read_attributes(subject=fact.subject) if wanted else {}
    return [_addressee(fact, each, facts, known) for each in listening]


_FOR_ONE = frozenset({STATE_REPEATED.name, CANARY_WRITTEN.name})


def _list_the_one(fact: Fact, kind: Kind) -> list[Addressee]:
    """The system that a fact names which is told to it alone, as a fact of a type that it chose."""
    connection, type = find_connection(slug=fact.payload["connection"]), fact.payload["as"]
    if connection is None or connection.draft.kind is not kind or connection.standing is Standing.DISABLED:
        return []
    known: dict[str, Any] = {}
    if rules.with_attributes(type) and fact.type == CANARY_WRITTEN.name:
        known = rules.canary_attributes(fact.subject, fact.seq)
    elif rules.with_attributes(type) and find_account(fact.subject) is not None:
        known = read_attributes(subject=fact.subject)
    facts = {"data": rules.told_fields(type, fact.payload)}
    return [replace(_addressee(fact, connection, facts, known), type=type)]


def _addressee(
    fact: Fact, connection: ConnectionState, facts: Mapping[str, Any], known: Mapping[str, Any]
) -> Addressee:
    allowed = may_release(connection=connection, subject=fact.subject, now=fact.occurred_at) if known else frozenset()
    told = _cut(known, allowed)
    return Addressee(
        key=connection.slug,
        facts=facts,
        sealed=_seal(fact, connection, told) if told else None,
        digest=rules.digest(told) if told else "",
    )


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


def _seal(fact: Fact, connection: ConnectionState, told: Mapping[str, Any]) -> bytes:
    return crypto.wrap(json.dumps(told).encode(), context=conf.delivery_context(fact.event_id, connection.slug))


def _cut(values: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in allowed}
