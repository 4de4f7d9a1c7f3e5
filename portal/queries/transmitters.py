"""Transmitters as operators see them."""

from dataclasses import dataclass

from assurance.types import Health
from sync.queries import list_transmitters
from sync.types import Effect, TransmitterState

_STANDINGS = {
    Health.OK: ("Heard", "good"),
    Health.LATE: ("Late", "warn"),
    Health.STALE: ("Silent", "bad"),
    Health.FAILED: ("Silent for long", "bad"),
    Health.POISONED: ("Cut off", "bad"),
}
_EFFECTS = {Effect.RISK: "raises risks", Effect.SESSIONS: "ends sessions"}


@dataclass(frozen=True, slots=True)
class TransmitterView:
    """One transmitter, and the words for how it is and what it may."""

    state: TransmitterState
    standing: str
    tone: str
    why: str
    may: tuple[str, ...]


def list_transmitter_views() -> list[TransmitterView]:
    """Every transmitter by short name."""
    return [_view(state) for state in list_transmitters()]


def _view(state: TransmitterState) -> TransmitterView:
    standing, tone = _STANDINGS[state.health] if state.draft.enabled else ("Not heard", "neutral")
    told_too_much = f"It told more than {state.draft.most} signals within an hour. They stand until you decide."
    return TransmitterView(
        state=state,
        standing=standing,
        tone=tone,
        why=told_too_much if state.health is Health.POISONED else "",
        may=tuple(_EFFECTS[each] for each in state.draft.may),
    )
