"""What this room announces."""

from audit.types import EventType
from consent.types import Action

CONSENT_GRANTED = EventType("consent.granted", "A customer permitted a purpose.", deliverable=True)
CONSENT_CONFIRMED = EventType("consent.confirmed", "A customer affirmed what she had permitted.", deliverable=True)
CONSENT_DENIED = EventType("consent.denied", "A customer refused a purpose.", deliverable=True)
CONSENT_WITHDRAWN = EventType("consent.withdrawn", "A customer took a permission back.", deliverable=True)
CONSENT_OBJECTED = EventType("consent.objected", "A customer objected to a purpose.", deliverable=True)
CONSENT_INVALIDATED = EventType("consent.invalidated", "An earlier choice was declared void.", deliverable=True)
PARTY_LINKED = EventType("party.linked", "Who else may be this person, and how surely, is new.", deliverable=True)
PARTY_SPLIT = EventType("party.split", "Two who were taken for one person are not any more.", deliverable=True)
MANDATE_GIVEN = EventType("mandate.given", "Somebody may choose for a customer.", deliverable=True)
MANDATE_REVOKED = EventType("mandate.revoked", "Somebody who chose for a customer may not any more.", deliverable=True)
PURPOSE_CHANGED = EventType("purpose.changed", "An operator said what a purpose is.")
PURPOSE_RETIRED = EventType("purpose.retired", "A purpose is pursued no more.")
NOTICE_PUBLISHED = EventType("notice.published", "A version of a notice may be shown.")
NOTICE_RETIRED = EventType("notice.retired", "A version of a notice may not be shown any more.")
REGISTER_SEARCHED = EventType("register.searched", "An operator looked up what a person permits.")
EVIDENCE_EXPORTED = EventType("evidence.exported", "An operator took home what proves one person's choices.")
PROCESSOR_CHANGED = EventType("processor.changed", "An operator said who a processor is.")
PROCESSOR_RETIRED = EventType("processor.retired", "A processor works with customers' data no more.")

BY_ACTION = {
    Action.GRANT: CONSENT_GRANTED,
    Action.CONFIRM: CONSENT_CONFIRMED,
    Action.DENY: CONSENT_DENIED,
    Action.WITHDRAW: CONSENT_WITHDRAWN,
    Action.OBJECT: CONSENT_OBJECTED,
    Action.INVALIDATE: CONSENT_INVALIDATED,
}
