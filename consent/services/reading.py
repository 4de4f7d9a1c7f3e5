"""What operators read of a person: written to the journal, whoever reads."""

from typing import Any

from accounts.queries import find_account, find_account_by_email
from audit import journal
from consent import queries
from consent.events import EVIDENCE_EXPORTED, REGISTER_SEARCHED
from consent.models import ConsentEvent
from consent.types import LONGEST_PARTY
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import deed

_LONGEST_HINT = 254


@deed
def search_register(*, hint: str, call: CallContext) -> str | None:
    """The party that an e-mail address, a customer number or another id of the register stands for, or None."""
    hint = hint.strip()
    if not hint or len(hint) > _LONGEST_HINT or not hint.isprintable():
        return None
    account = find_account_by_email(hint) if "@" in hint else find_account(hint[:LONGEST_PARTY])
    party = account.sub if account else ""
    if not account and len(hint) <= LONGEST_PARTY and ConsentEvent.objects.filter(party=hint).exists():
        party = hint
    payload = {"found": bool(party), "by": "email" if "@" in hint else "id"}
    journal.record(REGISTER_SEARCHED, call=call, subject=party, payload=payload)
    return party or None


@deed
def export_evidence(*, party: str, purpose: str, call: CallContext) -> dict[str, Any]:
    """What proves how a party stands on a purpose, as one signed document: see `queries.gather_evidence`.

    Raises NotFound for a purpose that there never was.
    """
    if purpose not in {row.pk for row in queries.list_all_purposes()}:
        raise NotFound
    evidence = queries.gather_evidence(party=party, purpose=purpose, asked_by=call.caller.actor, now=call.now)
    journal.record(EVIDENCE_EXPORTED, call=call, subject=party, payload={"purpose": purpose})
    return evidence
