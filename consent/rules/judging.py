"""The precedence, in its eight steps. `judge` is to be read aloud, top to bottom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product

from consent.rules.standing import Admitted, Dropped, admit, end_of, is_in_scope, order, why_not_lifted
from consent.types import (
    INTERNAL,
    Action,
    Answer,
    Item,
    LegalBasis,
    Loser,
    Member,
    ProcessorKind,
    PurposeRule,
    Reason,
    Regime,
    Verdict,
)

OTHER = "*"
"""In a cell: every channel, processor or category that no event names."""

Cell = tuple[str, str, str]
EVERYTHING: Cell = (OTHER, OTHER, OTHER)

_ASKS_NOBODY = {LegalBasis.LEGAL_OBLIGATION: Reason.LEGAL_OBLIGATION, LegalBasis.CONTRACT: Reason.CONTRACT}
_REFUSED = {Action.DENY: Reason.DENIED, Action.WITHDRAW: Reason.WITHDRAWN, Action.OBJECT: Reason.OBJECTED}


def judge(
    item: Item,
    *,
    purposes: Mapping[str, PurposeRule],
    processors: Mapping[str, ProcessorKind],
    members: Sequence[Member],
    now: datetime,
) -> Answer:
    """Whether something may be done at `now`, by everything that the party and those linked to it ever chose.

    The first of `members` is the party itself. Where the item leaves channel, processor or category open it asks for
    all of them, and one that is closed closes the answer.
    """
    cells = judge_cells(item, purposes=purposes, processors=processors, members=members, now=now)
    answers = [answer for _, answer in cells]
    return next((answer for answer in answers if not answer.permits), answers[0])


def judge_cells(
    item: Item,
    *,
    purposes: Mapping[str, PurposeRule],
    processors: Mapping[str, ProcessorKind],
    members: Sequence[Member],
    now: datetime,
) -> list[tuple[Cell, Answer]]:
    """`judge` for each channel, processor and category that an item asks for: first for what no event names."""
    # 1. Basis first. An unknown purpose denies, as does an unknown processor; some grounds ask nobody.
    purpose = purposes.get(item.purpose)
    if purpose is None:
        return [(EVERYTHING, Answer(Verdict.DENY, Reason.UNKNOWN_PURPOSE, 1, party=item.party))]
    if stranger := _stranger(item, purpose, processors):
        return [(EVERYTHING, Answer(Verdict.DENY, stranger, 1, party=item.party))]
    if reason := _ASKS_NOBODY.get(purpose.legal_basis):
        return [(EVERYTHING, Answer(Verdict.PERMIT, reason, 1, party=item.party))]

    # 2. Drop what does not count: replays, what has expired or was voided, grants that prove too little or too old.
    admitted, dropped = admit(purpose, purposes, members, now)

    # 3. to 8. for each channel, processor and category that is asked for; of these the most restrictive answer counts.
    cells = cells_of(item, admitted, processors)
    return [(cell, _judge_cell(cell, item, purpose, processors, admitted, dropped)) for cell in cells]


def cells_of(item: Item, admitted: Sequence[Admitted], processors: Mapping[str, ProcessorKind]) -> list[Cell]:
    """What an item asks for, one by one: first what no event names, then what one does; of processors those in use."""
    channels = {each.fact.channel for each in admitted} - {""}
    working = {each.fact.processor for each in admitted} & {INTERNAL, *processors} - {""}
    categories = {each.fact.category for each in admitted} - {""}
    return list(
        product(
            [item.channel] if item.channel else [OTHER, *sorted(channels)],
            [item.processor] if item.processor else [OTHER, *sorted(working)],
            [item.category] if item.category else [OTHER, *sorted(categories)],
        )
    )


def _stranger(item: Item, purpose: PurposeRule, processors: Mapping[str, ProcessorKind]) -> Reason | None:
    if item.processor and item.processor != INTERNAL and item.processor not in processors:
        return Reason.UNKNOWN_PROCESSOR
    is_agent = bool(item.agent) or processors.get(item.processor) is ProcessorKind.AI_AGENT
    return Reason.AGENT_NOT_ALLOWED if is_agent and not purpose.agent_allowed else None


def _judge_cell(
    cell: Cell,
    item: Item,
    purpose: PurposeRule,
    processors: Mapping[str, ProcessorKind],
    admitted: Sequence[Admitted],
    dropped: Sequence[Dropped],
) -> Answer:
    # 1. once more for a processor that an event names: an agent may be one.
    if processors.get(cell[1]) is ProcessorKind.AI_AGENT and not purpose.agent_allowed:
        return Answer(Verdict.DENY, Reason.AGENT_NOT_ALLOWED, 1, party=item.party)

    # 3. Scope. Refusals flow down the purpose tree, grants do not.
    here = [each for each in admitted if is_in_scope(each.fact, cell)]
    grants = [each for each in here if each.fact.is_grant and each.fact.purpose == purpose.id]
    refusals = [each for each in here if each.fact.is_refusal]

    # 3. to 7. A refusal stands until a grant lifts it: `why_not_lifted` says, in order, what that takes.
    standing = [each for each in refusals if all(why_not_lifted(each, by=grant) for grant in grants)]
    if standing:
        return _refused(item, standing, grants, refusals, dropped)

    # 1. and 7. An interest of the house holds unless objected to; grants travel where it is surely the same person.
    lost = tuple(Loser(each.fact.id, each.reason) for each in dropped)
    until = _lifted_until(grants, refusals, purpose)
    lost = (*(Loser(each.fact.id, Reason.LIFTED) for each in refusals), *lost)
    if purpose.legal_basis is LegalBasis.LEGITIMATE_INTEREST:
        return Answer(Verdict.PERMIT, Reason.LEGITIMATE_INTEREST, 1, party=item.party, valid_until=until, losers=lost)
    if travelling := [each for each in grants if each.link is None or each.link.grants_travel]:
        return _granted(item, travelling, until, purpose, lost)

    # 8. Nothing left: silence. Of the grants that were dropped the newest says why there is nothing.
    if purpose.regime is Regime.OPT_OUT:
        return Answer(Verdict.PERMIT, Reason.UNKNOWN, 8, party=item.party, valid_until=until, losers=lost)
    if reason := _newest_lost_grant(cell, purpose, dropped):
        return Answer(Verdict.DENY, reason, 2, party=item.party, losers=lost)
    return Answer(Verdict.DENY, Reason.UNKNOWN, 8, party=item.party, losers=lost)


def _refused(
    item: Item,
    standing: Sequence[Admitted],
    grants: Sequence[Admitted],
    refusals: Sequence[Admitted],
    dropped: Sequence[Dropped],
) -> Answer:
    """The gravest of the refusals that stand wins: a signal, then the best proved, then the newest."""
    winner = max(standing, key=lambda each: (each.fact.signal, each.fact.tier, *order(each.fact)))
    objections = [(grant.fact.id, why_not_lifted(winner, by=grant) or Reason.OUTWEIGHED) for grant in grants]
    beside = [
        (each.fact.id, Reason.OUTWEIGHED if each in standing else Reason.LIFTED)
        for each in refusals
        if each is not winner
    ]
    lost = [(each.fact.id, each.reason) for each in dropped]
    ends = [each.fact.expires_at for each in standing]
    return Answer(
        Verdict.DENY,
        Reason.SIGNAL if winner.fact.signal else _REFUSED[winner.fact.action],
        _rule_of(winner, item, [reason for _, reason in objections]),
        winner=winner.fact.id,
        party=winner.fact.party,
        # As long as one stands that does not expire, nothing changes by itself.
        valid_until=None if None in ends else min(end for end in ends if end),
        losers=tuple(Loser(event, reason) for event, reason in [*objections, *beside, *lost]),
    )


def _rule_of(winner: Admitted, item: Item, objections: Sequence[Reason]) -> int:
    """Which step decided for a refusal."""
    if winner.fact.signal:
        return 4
    if winner.link is not None:
        return 7
    if winner.fact.purpose != item.purpose or Reason.CLOSED_BY_NAME in objections:
        return 3
    return 5


def _lifted_until(grants: Sequence[Admitted], refusals: Sequence[Admitted], purpose: PurposeRule) -> datetime | None:
    """How long each refusal stays lifted, by the longest of the grants that lift it; None: by time alone for ever.

    One of a linked party may have been lifted by that party itself, whose grant does not travel.
    """
    ends = []
    for refusal in refusals:
        lifting = [end_of(grant.fact, purpose) for grant in grants if not why_not_lifted(refusal, by=grant)]
        ends.append(None if None in lifting else max(end for end in lifting if end))
    return min((end for end in ends if end), default=None)


def _granted(
    item: Item, grants: Sequence[Admitted], until: datetime | None, purpose: PurposeRule, lost: tuple[Loser, ...]
) -> Answer:
    """The newest grant wins; it holds as long as each refusal stays lifted."""
    winner = max(grants, key=lambda each: order(each.fact))
    beside = [Loser(each.fact.id, Reason.RESTATED) for each in grants if each is not winner]
    return Answer(
        Verdict.PERMIT,
        Reason.GRANTED,
        5 if winner.link is None else 7,
        winner=winner.fact.id,
        party=winner.fact.party if winner.link else item.party,
        valid_until=min((end for end in (end_of(winner.fact, purpose), until) if end), default=None),
        losers=(*beside, *lost),
    )


def _newest_lost_grant(cell: Cell, purpose: PurposeRule, dropped: Sequence[Dropped]) -> Reason | None:
    lost = [
        each
        for each in dropped
        if each.fact.is_grant and each.fact.purpose == purpose.id and is_in_scope(each.fact, cell)
    ]
    return max(lost, key=lambda each: order(each.fact)).reason if lost else None
