"""That an event stands in the sealed journal, as a document for somebody who has no access to either."""

from typing import Any

from audit.queries import find_inclusion
from consent import rules
from consent.models import ConsentEvent
from consent.queries.asking import RECEIPT
from consent.types import RecordedEvent
from keyring.errors import InvalidToken
from keyring.queries import verify_document
from kit.signatures import encode


def check_receipt(jws: str) -> list[str]:
    """What is wrong with a receipt that somebody brings: a sentence each; nothing where it is ours and still so.

    It may have been signed with a key of years ago.
    """
    try:
        claims = verify_document(jws, typ=RECEIPT)
    except InvalidToken as error:
        return [f"It was not signed by this gateway: {error.detail}"]
    row = ConsentEvent.objects.filter(pk=str(claims.get("jti"))).first()
    if row is None:
        return ["The register has no such event."]
    values = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields}
    said = claims["receipt"]["throughline:evidence"]
    wrong = []
    if rules.hash_event(values) != row.hash:
        wrong.append("The event in the register was edited: its hash is not that of what it says.")
    if said["throughline:eventHash"] != row.hash:
        wrong.append("The receipt speaks of another event: the hashes differ.")
    if (claims["sub"], said["throughline:sequence"]) != (row.party, row.seq):
        wrong.append("The receipt names another party or sequence.")
    return wrong


def prove(event: RecordedEvent) -> dict[str, Any] | None:
    """The event, its line in the journal and the seal over that; None until it is sealed, a minute at most.

    For evidence, not for customers: a seal names everybody whose lines it covers, by opaque ids. `rules.check_proof`
    says what it proves. Whose the event is, is the caller's to check.
    """
    found = find_inclusion(event_id=event.journal_id)
    row = ConsentEvent.objects.filter(pk=event.id).first()
    if found is None or row is None:
        return None
    return {
        "event": rules.plain_event({field.name: getattr(row, field.name) for field in row._meta.concrete_fields}),
        "row": found.row,
        "position": found.position,
        "digests": encode(found.digests),
        "seal": {"said": found.said, "digest": found.digest, "signature": found.signature},
    }
