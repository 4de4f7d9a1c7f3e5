"""What a permission has to prove to count at all."""

from datetime import datetime

from consent.queries.catalog import find_purpose
from consent.queries.checking import check
from consent.queries.register import find_event
from consent.types import Item, Reason, Tier


def counts_unproved(item: Item, now: datetime) -> bool:
    """Whether a permission that nobody proved to be the customer's would change the answer to a question.

    It would not where the purpose wants more, nor against a refusal that is better proved or a browser's signal.
    """
    purpose = find_purpose(item.purpose)
    if purpose is None or purpose.min_evidence > Tier.UNVERIFIED:
        return False
    answer = check([item], now).answers[0]
    event = find_event(answer.winner) if answer.winner and not answer.permits else None
    return event is None or (event.tier <= Tier.UNVERIFIED and answer.reason is not Reason.SIGNAL)
