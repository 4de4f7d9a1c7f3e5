"""Who may choose for somebody else."""

from collections.abc import Sequence
from datetime import datetime

from audit import journal
from consent.errors import PurposeInvalid, UnknownPurpose
from consent.events import MANDATE_GIVEN, MANDATE_REVOKED
from consent.models import Mandate
from consent.queries import get_catalog
from consent.services.writing import derive_again
from consent.types import LONGEST_PARTY, MandateKind
from kit.call import CallContext
from kit.ids import new_id
from kit.unit_of_work import deed


@deed
def give_mandate(
    *,
    party: str,
    holder: str,
    kind: MandateKind,
    purposes: Sequence[str] = (),
    expires_at: datetime | None = None,
    evidence: str = "",
    call: CallContext,
) -> str:
    """Let `holder` choose for a party, for some purposes or (none named) for all; answers the mandate's id.

    `evidence` names the document it rests on. Raises PurposeInvalid, UnknownPurpose.
    """
    texts = (party, holder, evidence)
    if not party or not holder or party == holder or any("\0" in each for each in texts):
        raise PurposeInvalid("A mandate names the customer and somebody else who chooses for her.")
    if len(party) > LONGEST_PARTY or len(holder) > 120 or len(evidence) > 200:
        raise PurposeInvalid("A mandate's names are short.")
    if expires_at is not None and expires_at <= call.now:
        raise PurposeInvalid("A mandate ends in the future.")
    if set(purposes) - set(get_catalog().purposes):
        raise UnknownPurpose
    row = Mandate.objects.create(
        id=new_id("man_"),
        party=party,
        holder=holder,
        kind=kind.value,
        purposes=sorted(set(purposes)),
        evidence=evidence,
        given_at=call.now,
        expires_at=expires_at,
    )
    facts = {"mandate": row.pk, "holder": holder, "kind": kind.value, "purposes": row.purposes}
    journal.record(MANDATE_GIVEN, call=call, subject=party, payload=facts)
    return row.pk


@deed
def revoke_mandate(*, id: str, call: CallContext) -> bool:
    """Let nobody choose by this mandate any more: what was permitted by it counts no longer, refusals stay.

    False when it was revoked already, or never was.
    """
    row = Mandate.objects.select_for_update().filter(pk=id, revoked_at=None).first()
    if row is None:
        return False
    row.revoked_at = call.now
    row.save(update_fields=["revoked_at"])
    journal.record(MANDATE_REVOKED, call=call, subject=row.party, payload={"mandate": row.pk})
    derive_again(row.party)
    return True
