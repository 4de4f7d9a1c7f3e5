"""Which events count, and what it takes for a grant to lift a refusal: steps 2 to 7 of the precedence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.types import Action, Fact, Link, Member, PurposeRule, Reason, Tier

EXPLICIT = Tier.UNVERIFIED
"""From this tier on a person chose herself; below, somebody or something concluded what she would."""

_SCOPE = ("channel", "processor", "category")


@dataclass(frozen=True, slots=True)
class Admitted:
    """An event that counts, and over which link; none: the party's own."""

    fact: Fact
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """An event that does not count, and why."""

    fact: Fact
    reason: Reason


def order(fact: Fact) -> tuple[datetime, int]:
    """By time, then by sequence."""
    return (fact.at, fact.seq)


def admit(
    purpose: PurposeRule, purposes: Mapping[str, PurposeRule], members: Sequence[Member], now: datetime
) -> tuple[list[Admitted], list[Dropped]]:
    """Step 2: what counts for a purpose at `now`, and what does not with its reason."""
    admitted: list[Admitted] = []
    dropped: list[Dropped] = []
    for member in members:
        if member.link is not None and not member.link.denies_travel:
            continue
        facts = list(_concerning(member, purpose))
        voided = voided_by(facts)
        seen: set[str] = set()
        for fact in facts:
            if fact.action is Action.INVALIDATE:
                continue
            reason = _why_dropped(fact, purpose, purposes, now) if fact.id not in seen else Reason.REPLAYED
            reason = Reason.INVALIDATED if fact.id in voided else reason
            seen.add(fact.id)
            if reason is None:
                admitted.append(Admitted(fact, member.link))
            elif member.link is None:
                dropped.append(Dropped(fact, reason))
    return admitted, dropped


def _concerning(member: Member, purpose: PurposeRule) -> Iterable[Fact]:
    """What a member did about the purpose or one above it, since it counts here."""
    since = member.link.from_at if member.link else None
    return (
        fact
        for fact in member.facts
        if (fact.purpose == purpose.id or fact.purpose in purpose.ancestors) and (since is None or fact.at >= since)
    )


def voided_by(facts: Sequence[Fact]) -> set[str]:
    """The ids of events that another one declared void; a refusal only with as good evidence, a verified one never."""
    by_id = {fact.id: fact for fact in facts}
    voided = set()
    for void in facts:
        target = by_id.get(void.refers_to) if void.action is Action.INVALIDATE else None
        if target and (target.is_grant or target.tier <= min(void.tier, Tier.VERIFIED - 1)):
            voided.add(target.id)
    return voided


def _why_dropped(fact: Fact, purpose: PurposeRule, purposes: Mapping[str, PurposeRule], now: datetime) -> Reason | None:
    if fact.expires_at is not None and fact.expires_at <= now:
        return Reason.EXPIRED
    if fact.is_refusal:  # refusals survive a change of the notice, and need no evidence
        asked = purposes.get(fact.purpose)
        return Reason.NO_SIGNAL_HERE if fact.signal and asked and not asked.gpc_applies else None
    return _why_grant_dropped(fact, purpose, now)


def _why_grant_dropped(fact: Fact, purpose: PurposeRule, now: datetime) -> Reason | None:
    if purpose.ttl is not None and fact.at + purpose.ttl <= now:
        return Reason.EXPIRED
    if purpose.notice_min and (fact.notice != purpose.notice or fact.notice_version < purpose.notice_min):
        return Reason.RECONSENT
    if (fact.tier == Tier.PROXY and not fact.mandate) or (fact.mandate_until is not None and fact.mandate_until <= now):
        return Reason.NO_MANDATE
    if fact.minor and not fact.mandate:
        return Reason.MINOR
    return Reason.WEAK_EVIDENCE if fact.tier < purpose.min_evidence else None


def is_in_scope(fact: Fact, cell: tuple[str, str, str]) -> bool:
    """Step 3: whether an event speaks of a channel, processor and category; one that it leaves open is every one."""
    channel, processor, category = cell
    return fact.channel in {"", channel} and fact.processor in {"", processor} and fact.category in {"", category}


def why_not_lifted(refusal: Admitted, *, by: Admitted) -> Reason | None:
    """Why a grant does not lift a refusal; None where it does. The first reason in the order of the steps."""
    grant, refused = by.fact, refusal.fact
    # 7. Between two parties only a verified choice settles it, made after they were taken for one person.
    if not _is_settled(refusal, by):
        return Reason.BEFORE_THE_MERGE
    # 3. What was closed by name opens by name, or where the form listed it.
    if not _reopens(grant, refused):
        return Reason.CLOSED_BY_NAME
    # 4. A signal: only a verified choice that saw the conflict, later.
    if refused.signal:
        sees_it = grant.acknowledged and grant.tier >= Tier.VERIFIED and _is_newer(grant, refused)
        return None if sees_it else Reason.NOT_ACKNOWLEDGED
    # 5. Explicit beats inferred whatever the date.
    if (grant.tier >= EXPLICIT) != (refused.tier >= EXPLICIT):
        return None if grant.tier >= EXPLICIT else Reason.INFERRED
    # 5. and 6. Otherwise it takes a newer one, of at least the same evidence. Ties deny.
    if not _is_newer(grant, refused):
        return Reason.OLDER
    return None if grant.tier >= refused.tier else Reason.WEAKER


def _is_settled(refusal: Admitted, grant: Admitted) -> bool:
    if refusal.fact.party == grant.fact.party:
        return True
    links = [link for link in (refusal.link, grant.link) if link is not None]
    merged = all(link.merged_at is not None and grant.fact.at > link.merged_at for link in links)
    travels = grant.link is None or grant.link.grants_travel
    return merged and travels and grant.fact.tier >= Tier.VERIFIED and grant.fact.at > refusal.fact.at


def _reopens(grant: Fact, refused: Fact) -> bool:
    for name in _SCOPE:
        closed = getattr(refused, name)
        if closed and not getattr(grant, name) and f"{name}:{closed}" not in grant.listed:
            return False
    return True


def _is_newer(grant: Fact, refused: Fact) -> bool:
    if grant.party == refused.party:
        return order(grant) > order(refused)
    return grant.at > refused.at


def end_of(fact: Fact, purpose: PurposeRule) -> datetime | None:
    """When a grant ceases to count; None for never."""
    ends = [fact.expires_at, fact.mandate_until, fact.at + purpose.ttl if purpose.ttl else None]
    return min((end for end in ends if end is not None), default=None)
