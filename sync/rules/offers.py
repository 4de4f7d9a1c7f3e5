"""Which facts a connected system can be told, and how much of each: a written-out list, nothing leaves by default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ATTRIBUTES = ("email", "email_verified", "name", "phone", "phone_verified", "status")
"""What a connected system may be told about a customer, where it lists it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One type of fact: the fields of its payload that leave the house, and whether attributes come with it."""

    fields: frozenset[str] = frozenset()
    with_attributes: bool = False


def _told(*fields: str) -> Offer:
    return Offer(frozenset(fields))


def _profile(*fields: str) -> Offer:
    return Offer(frozenset(fields), with_attributes=True)


OFFERED: Mapping[str, Offer] = {
    "account.created": _profile(),
    "account.suspended": _profile(),
    "account.reactivated": _profile(),
    "account.closed": _told(),
    "account.erased": _told(),
    "identifier.added": _profile("type", "level"),
    "identifier.verified": _profile("type", "level"),
    "identifier.removed": _profile("type", "level"),
    "profile.changed": _profile("fields"),
    "email_change.undone": _profile(),
    "password.changed": _told(),
    "password.reset": _told(),
    "credentials.wiped": _told(),
    "authenticator.added": _told("method"),
    "authenticator.removed": _told("method"),
    "authenticator.replaced": _told("method"),
    "link.added": _told("provider"),
    "link.removed": _told("provider"),
    "session.started": _told("acr", "amr"),
    "session.carried_over": _told("acr", "amr"),
    "session.elevated": _told("acr", "was"),
    "session.lowered": _told("acr"),
    "session.revoked": _told("reason"),
    "authorization.allowed": _told("client", "scope"),
    "authorization.withdrawn": _told("client", "scope"),
    "delegation.begun": _told("actor_type"),
    "delegation.revoked": _told("actor_type"),
    "consent.granted": _profile("purpose", "channel", "processor", "category"),
    "consent.confirmed": _profile("purpose", "channel", "processor", "category"),
    "consent.denied": _told("purpose", "channel", "processor", "category"),
    "consent.withdrawn": _told("purpose", "channel", "processor", "category"),
    "consent.objected": _told("purpose", "channel", "processor", "category"),
    "consent.invalidated": _told("purpose", "channel", "processor", "category"),
    "risk.raised": _told("kind"),
    "risk.cleared": _told("kind"),
}
"""Facts that can be chosen. A new type of fact is offered by a line here, with the fields that are meant for others."""


def told_fields(type: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What of a fact's payload a connected system is told."""
    offer = OFFERED[type]
    return {name: value for name, value in payload.items() if name in offer.fields}
