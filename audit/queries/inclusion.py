"""That a row of the journal stands under a seal, for somebody who has no access to the journal."""

from audit import rules
from audit.models import Event, Seal
from audit.types import Inclusion

_ROWS_AT_ONCE = 1000


def find_inclusion(*, event_id: str) -> Inclusion | None:
    """The proof that a fact was sealed; None before it is, or where there is no such fact. It reads all of its seal."""
    event = Event.objects.filter(event_id=event_id).first()
    seal = Seal.objects.filter(number=event.seal).first() if event is not None and event.seal else None
    if event is None or seal is None:
        return None
    digests, position, row = bytearray(), 0, list[object]()
    rows = Event.objects.filter(seal=seal.number).order_by("id").values(*rules.SEALED_COLUMNS)
    for at, each in enumerate(rows.iterator(chunk_size=_ROWS_AT_ONCE)):
        digests += rules.digest_of(each)
        if each["event_id"] == event_id:
            position, row = at, rules.sealed_form(each)
    return Inclusion(row, position, bytes(digests), rules.seal_form(seal.statement), seal.digest, seal.signature)
