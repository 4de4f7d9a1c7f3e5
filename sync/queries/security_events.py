"""Facts as security events: for which streams, with what in them, signed."""

import json
from datetime import datetime
from typing import Any

from accounts.queries import find_account
from accounts.types import Kind as AccountKind
from assurance.queries import list_standing
from audit.queries import find_event, read_personal
from audit.types import Fact
from keyring.queries import sign_jwt
from kit import crypto
from sync import conf, rules
from sync.models import StreamSubject
from sync.queries.connections import list_listening
from sync.queries.release import may_release, read_attributes
from sync.types import Addressee, ConnectionState, Kind, Known, Order, SecurityEvent

CONTROL = "/control"
"""What the name of a stream's other receiver ends in: of events about itself, which leave while it is paused."""
_PERSONAL = "email"


def list_stream_addressees(fact: Fact, *, kind: Kind) -> list[Addressee]:
    """The streams of a kind that are told of a fact, once for each security event that it is there.

    Facts about operators and devices are told nobody, nor those about a customer who is not of the stream.
    """
    events = rules.SECURITY_EVENTS.get(fact.type, ())
    listening = list_listening(type=fact.type, kind=kind) if events else []
    account = find_account(fact.subject) if listening else None
    if account is None or account.kind != AccountKind.CUSTOMER:
        return []
    return [
        addressee
        for stream in listening
        if _is_of_stream(stream, fact.subject)
        for number, event in enumerate(events)
        if (addressee := _address(fact, stream, event, part=f".{number + 1}" if number else ""))
    ]


def make_signed_set(order: Order, *, connection: ConnectionState, now: datetime) -> str | None:
    """The token for an order, signed anew with the same claims at each attempt; None: it may not be told any more.

    Raises NoSigningKey.
    """
    if CONTROL in order.receiver:
        return _sign(order, connection, subject=rules.opaque(connection.slug), payload=order.facts["payload"])
    kept = _open(order, connection, now)
    if kept is None:
        return None
    subject = rules.subject_of(
        issuer=conf.issuer(),
        subject=order.subject,
        email=kept.get("subject", ""),
        session=order.session if order.facts.get("about_session") else "",
    )
    return _sign(order, connection, subject=subject, payload={**order.facts["payload"], **kept.get("payload", {})})


def make_control_set(connection: ConnectionState, *, jti: str, payload: dict[str, Any], now: datetime) -> str:
    """A verification for a stream that does not wait in line, signed."""
    claims = rules.make_set(
        issuer=conf.issuer(),
        audience=audience_of(connection),
        jti=jti,
        txn=jti,
        occurred_at=now,
        subject=rules.opaque(connection.slug),
        uri=rules.VERIFICATION,
        payload=payload,
    )
    return sign_jwt(claims, typ=rules.SET_TYPE)


def audience_of(connection: ConnectionState) -> str:
    """Whom a stream's tokens are meant for: what an operator wrote, else its client, else where it is."""
    options = connection.draft.options
    return options.get("audience") or options.get("client_id") or connection.draft.endpoint or connection.slug


def _is_of_stream(stream: ConnectionState, subject: str) -> bool:
    row = StreamSubject.objects.filter(connection__slug=stream.slug, subject=subject).first()
    by_default = stream.draft.options.get("subjects", "all") == "all"
    return row.included if row else by_default


def _address(fact: Fact, stream: ConnectionState, event: SecurityEvent, *, part: str) -> Addressee | None:
    if event.uri not in rules.list_delivered(stream.draft.event_types, stream.draft.options.get("events", "").split()):
        return None
    known = _know(fact, stream, event)
    payload = event.write(fact.payload, known)
    if payload is None:
        return None
    sealed: dict[str, Any] = {"payload": payload} if event.personal else {}
    if event.about_old:
        sealed["subject"] = known.old
    elif _names_by_email(stream) and known.attributes.get(_PERSONAL):
        sealed["subject"] = known.attributes[_PERSONAL]
    facts: dict[str, Any] = {"uri": event.uri, "payload": {} if event.personal else payload}
    facts |= {name: True for name in ("about_session", "about_old", "personal") if getattr(event, name)}
    return Addressee(key=stream.slug, facts=facts, sealed=_seal(fact, stream, sealed, part), part=part)


def _know(fact: Fact, stream: ConnectionState, event: SecurityEvent) -> Known:
    """What of the customer goes into this event for this stream, and no more than it may be told."""
    at_risk = fact.type == "risk.raised" or (fact.type == "risk.cleared" and bool(list_standing(subject=fact.subject)))
    if not event.personal and not _names_by_email(stream):
        return Known(at_risk=at_risk)
    allowed = may_release(connection=stream, subject=fact.subject, now=fact.occurred_at)
    told = {name: value for name, value in read_attributes(subject=fact.subject).items() if name in allowed}
    old = ""
    if event.about_old and _PERSONAL in allowed and (line := find_event(event_id=fact.event_id)):
        old = str((read_personal(line) or {}).get("value", ""))
    return Known(attributes=told, old=old, at_risk=at_risk)


def _names_by_email(stream: ConnectionState) -> bool:
    return stream.draft.options.get("subject") == "email"


def _seal(fact: Fact, stream: ConnectionState, said: dict[str, Any], part: str) -> bytes | None:
    if not said:
        return None
    context = conf.delivery_context(fact.event_id + part, stream.slug)
    return crypto.wrap(json.dumps(said).encode(), context=context)


def _open(order: Order, connection: ConnectionState, now: datetime) -> dict[str, Any] | None:
    """What was taken down and may be told now; None where nothing is left of an event that lives of it."""
    personal = bool(order.facts.get("personal"))
    if order.sealed is None:
        return None if personal else {}
    context = conf.delivery_context(order.event_id, order.receiver)
    kept: dict[str, Any] = json.loads(crypto.unwrap(order.sealed, context=context))
    allowed = may_release(connection=connection, subject=order.subject, now=now)
    if _PERSONAL not in allowed:
        kept.pop("subject", None)
    claims = kept.get("payload", {}).get("claims")
    if claims is not None:
        kept["payload"]["claims"] = {name: value for name, value in claims.items() if name in allowed}
    gone = (claims is not None and not kept["payload"]["claims"]) or (
        order.facts.get("about_old") and "subject" not in kept
    )
    return None if personal and gone else kept


def _sign(order: Order, connection: ConnectionState, *, subject: dict[str, Any], payload: dict[str, Any]) -> str:
    uri = order.facts["uri"]
    if uri.startswith(rules.CAEP) or uri == rules.CREDENTIAL_COMPROMISE:
        payload = {"event_timestamp": int(order.occurred_at.timestamp()), **payload}
    claims = rules.make_set(
        issuer=conf.issuer(),
        audience=audience_of(connection),
        jti=order.ref,
        txn=order.event_id.partition(".")[0],
        occurred_at=order.occurred_at,
        subject=subject,
        uri=uri,
        payload=payload,
    )
    return sign_jwt(claims, typ=rules.SET_TYPE)
