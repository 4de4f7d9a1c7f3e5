"""Short ways to say what somebody chose, for judging without a database."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from consent.rules import judge
from consent.types import (
    Action,
    Answer,
    Fact,
    Item,
    LegalBasis,
    Link,
    LinkKind,
    Member,
    ProcessorKind,
    PurposeRule,
    Regime,
    Tier,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA, BEN, PHONE = "acc_ana", "acc_ben", "dev_phone"
PROCESSORS: Mapping[str, ProcessorKind] = {
    "internal": ProcessorKind.INTERNAL,
    "mailer": ProcessorKind.VENDOR,
    "bot": ProcessorKind.AI_AGENT,
}


def at(minutes: float) -> datetime:
    """Noon and some minutes."""
    return NOON + timedelta(minutes=minutes)


def purpose(id: str = "news", **changes: Any) -> PurposeRule:
    """An opt-in purpose that asks for nothing special."""
    return PurposeRule(id, **changes)


def fact(action: str, minute: float = 0, purpose: str = "news", party: str = ANA, **changes: Any) -> Fact:
    """A verified choice at some minutes past noon; its sequence follows the minute."""
    usual: dict[str, Any] = {
        "id": f"{party} {action} {purpose} {minute}",
        "seq": int(minute * 10) + 100,
        "tier": Tier.VERIFIED,
    }
    return Fact(**{"party": party, "purpose": purpose, "action": Action(action), "at": at(minute), **usual, **changes})


def signal(minute: float = 0, party: str = ANA, **changes: Any) -> Fact:
    """`Sec-GPC: 1` arrived."""
    return fact("deny", minute, party=party, tier=Tier.SIGNAL, signal=True, **changes)


def match(other: str = BEN, probability: float = 1.0, merged: float | None = None) -> Link:
    """A link by matching data, merged some minutes past noon or not at all."""
    return Link(other, probability, LinkKind.MATCH, None if merged is None else at(merged))


def device(other: str = PHONE, bound: float = 0, since: float | None = None) -> Link:
    """A device that she signed in on."""
    return Link(other, 1.0, LinkKind.DEVICE, at(bound), None if since is None else at(since))


def ask(
    *facts: Fact,
    rule: PurposeRule | None = None,
    others: tuple[PurposeRule, ...] = (),
    links: tuple[Link, ...] = (),
    minute: float = 1000,
    **item: Any,
) -> Answer:
    """What is answered about Ana and a purpose when these things were chosen."""
    rule = rule or purpose()
    purposes = {each.id: each for each in (rule, *others)}
    members = [Member(ANA, tuple(each for each in facts if each.party == ANA))]
    members += [Member(link.other, tuple(each for each in facts if each.party == link.other), link) for link in links]
    return judge(
        Item(ANA, item.pop("purpose", rule.id), **item),
        purposes=purposes,
        processors=PROCESSORS,
        members=members,
        now=at(minute),
    )


INTEREST = {"legal_basis": LegalBasis.LEGITIMATE_INTEREST, "regime": Regime.OPT_OUT}
