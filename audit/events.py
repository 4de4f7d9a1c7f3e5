"""What the journal says about itself."""

from audit.types import EventType

SUBJECT_KEY_ERASED = EventType("subject.key_erased", "The personal values of a subject in the journal are unreadable.")
