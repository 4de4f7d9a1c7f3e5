"""What this room announces; names of attributes and sources, never a value."""

from audit.types import EventType

RECORD_LINKED = EventType(
    "record.linked", "A record of another system belongs to the account: a trusted source named it.", deliverable=True
)
ATTRIBUTES_CHANGED = EventType(
    "attributes.changed", "What is believed of a customer is different, by what other systems say.", deliverable=True
)
CONFLICT_RULED = EventType("conflict.ruled", "Sources disagree about a customer: who is believed, and why.")
CONFLICT_SETTLED = EventType("conflict.settled", "Sources that disagreed about a customer do so no more.")
RECORDS_TAKEN_BACK = EventType(
    "records.taken_back", "What a source said in some batches counts no more; what it said before counts again."
)
RECORDS_GIVEN_BACK = EventType("records.given_back", "What was taken back counts again.")
