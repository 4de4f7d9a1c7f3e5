"""The words of a step-up: what is wanted, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a step-up must lead to: one of these levels, by a proof at most `max_age` seconds old; 0 is one given now.

    No levels is any; `max_age` None is however old. A decision may be named in place of both.
    """

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    decision_id: str = ""


class StepUpStatus(StrEnum):
    """Where a step-up is in its life."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class StepUpState:
    """A step-up as its app sees it: by which methods it goes on, and what the session proves now."""

    id: str
    status: StepUpStatus
    wanted: Wanted
    methods: tuple[str, ...]
    expires_at: datetime
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime | None


@dataclass(frozen=True, slots=True)
class ProofRefused:
    """A proof refused *with change*: it was counted. `is_over` says that the step-up has ended with it."""

    is_over: bool
