"""Connected systems as operators see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channel_registry.queries import list_channels
from portal import rules
from sync.queries import (
    count_incidents,
    get_connection,
    get_silence,
    get_watch,
    list_connections,
    list_dead,
    list_latest,
    list_needed,
)
from sync.types import ConnectionState, IncidentState, Silence, Standing, Trouble, Watch


@dataclass(frozen=True, slots=True)
class SystemView:
    """One connected system: what it is, how it follows, and the words for both.

    `incidents` are the open ones and those of the last day, each with what it means. `late` says that of a hundred
    changes 95 are taken or applied there later than its objective, or that something has been waiting for longer. Until
    `rotating_until` the old secret signs as well.
    """

    state: ConnectionState
    watch: Watch
    told_by: str
    standing: str
    tone: str
    reason: str
    owner: str
    rotating_until: datetime | None
    options: tuple[tuple[str, str], ...]
    late: bool
    silence: Silence
    incidents: tuple[tuple[IncidentState, str], ...]

    @property
    def troubles(self) -> tuple[tuple[IncidentState, str], ...]:
        """The incidents that are open."""
        return tuple(each for each in self.incidents if each[0].closed_at is None)


def list_system_views(*, now: datetime) -> list[SystemView]:
    """Every connected system, those with which something is wrong first."""
    views = [_view(state, now) for state in list_connections()]
    return sorted(views, key=lambda each: (not each.troubles, each.tone != "bad", each.state.slug))


def count_troubled_systems() -> int:
    """With how many connected systems something is wrong."""
    return len({slug for slug, _ in count_incidents()})


def get_system(*, slug: str, now: datetime, customer: str = "") -> dict[str, Any]:
    """One connected system, what was given up for it, and how far each of the latest changes has got.

    With `customer` the changes of one. Raises NotFound.
    """
    state = get_connection(slug=slug)
    needed = list_needed(state.draft)
    dead = [(each, rules.name_delivery_error(each.last_error)) for each in list_dead(slug=slug)]
    tested = rules.name_delivery_error(state.verification) if state.verification else ""
    return {
        "system": _view(state, now),
        "dead": dead,
        "tested": tested,
        "latest": list_latest(slug=slug, subject=customer),
        "customer": customer,
        "told": [each for each in state.draft.attributes if each in needed],
        "withheld": [each for each in state.draft.attributes if each not in needed],
    }


_STANDINGS = {
    Standing.ACTIVE: ("Told of changes", "good"),
    Standing.PAUSED: ("Paused", "warn"),
    Standing.DISABLED: ("Switched off", "neutral"),
}


_TROUBLES = {
    Trouble.MORE_PERMISSIVE: "It permits what is refused here, or still knows somebody who is to be forgotten",
    Trouble.SILENT: "It answers, and nothing of what it took is there",
    Trouble.STOPPED: "It does not answer",
    Trouble.CORRUPTED: "It holds something else than it was told",
    Trouble.NO_IDENTITY: "It does not know somebody it was told about",
    Trouble.DROPPED: "It holds an older state: something that it took is not there",
    Trouble.STALE: "What happened has been waiting for it too long",
}


def _view(state: ConnectionState, now: datetime) -> SystemView:
    watch = get_watch(slug=state.slug, now=now)
    standing, tone = _STANDINGS[state.standing]
    if state.standing is Standing.ACTIVE and watch.failures:
        standing, tone = "Does not answer well", "bad"
    silence = get_silence(slug=state.slug, now=now)
    if state.standing is Standing.ACTIVE and any(each.closed_at is None for each in silence.incidents):
        standing, tone = "Something is wrong", "bad"
    return SystemView(
        state=state,
        watch=watch,
        told_by=rules.name_transport(state.draft.kind),
        standing=standing,
        tone=tone,
        reason=rules.name_delivery_error(state.reason) if state.reason else "",
        owner=_name_owner(state.draft.owner_channel),
        rotating_until=state.rotating_until if state.rotating_until and state.rotating_until > now else None,
        options=tuple((rules.name_option(name), value) for name, value in sorted(state.draft.options.items())),
        late=_is_late(watch, state, now),
        silence=silence,
        incidents=tuple((each, _TROUBLES[each.trouble]) for each in silence.incidents),
    )


def _name_owner(channel: str) -> str:
    return next((each.name for each in list_channels() if each.slug == channel), channel)


def _is_late(watch: Watch, state: ConnectionState, now: datetime) -> bool:
    """What does not arrive at all has no lag: it is late all the same."""
    p95s = [lag.p95 for lag in (watch.total.lag, watch.total.applied_lag) if lag.p95 is not None]
    waits = (now - watch.oldest).total_seconds() if watch.oldest else 0.0
    return max([*p95s, waits]) > state.draft.freshness
