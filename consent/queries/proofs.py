"""That an event stands in the sealed journal, as a document for somebody who has no access to either."""

from typing import Any

from audit.queries import find_inclusion
from consent import rules
from consent.models import ConsentEvent
from consent.types import RecordedEvent
from kit.signatures import encode


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
