"""What was chosen in somebody's name, and she may know nothing of: it counts, she is told, and can take it back."""

from collections.abc import Sequence

from accounts.queries import find_account
from accounts.services import notify_owner
from consent import conf
from consent.queries import get_catalog, list_permitting, seal_undo
from consent.rules import kind_of
from consent.types import GRANTS, REFUSALS, Choice, Item, PartyKind, Tier
from kit.call import CallContext

TEMPLATE = "account/email/consent_withdrawn"
PERMITTED = "account/email/consent_permitted"


def notify_refused(refused: Sequence[tuple[Choice, str]], call: CallContext) -> None:
    """Tell customers by mail what somebody refused in their names without proof, if it had been permitted."""
    doubtful = [
        (choice, event)
        for choice, event in refused
        if choice.action in REFUSALS and choice.tier is Tier.UNVERIFIED and kind_of(choice.party) is PartyKind.ACCOUNT
    ]
    doubtful = [each for each in doubtful if find_account(each[0].party)]
    if not doubtful:
        return
    items = [Item(c.party, c.purpose, c.channel, c.processor, c.category) for c, _ in doubtful]
    permitting = list_permitting(items, call.now)
    ended = [each for each, permits in zip(doubtful, permitting, strict=True) if permits]
    purposes = get_catalog().purposes
    for party in sorted({choice.party for choice, _ in ended}):
        lines = [
            {"title": purposes[choice.purpose].text("title"), "undo": conf.undo_url(seal_undo(event, now=call.now))}
            for choice, event in ended
            if choice.party == party
        ]
        notify_owner(subject=party, template=TEMPLATE, withdrawn=lines, call=call)


def notify_permitted(choice: Choice, call: CallContext) -> None:
    """Tell a customer by mail what an app that is not the house's permitted with her token, and where to end it."""
    purpose = get_catalog().purposes.get(choice.purpose)
    if choice.action in GRANTS and purpose is not None and kind_of(choice.party) is PartyKind.ACCOUNT:
        said = {"title": purpose.text("title"), "url": conf.withdrawal_url()}
        notify_owner(subject=choice.party, template=PERMITTED, **said, call=call)
