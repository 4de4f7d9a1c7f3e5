"""What a journal event type is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of fact a room announces in its `events.py`.

    `deliverable` facts get a per-subject sequence and are handed to fan-out; the rest are observations.
    """

    name: str
    meaning: str
    deliverable: bool = False

    def __str__(self) -> str:
        return self.name
