"""Whose session answers an authorization request, where several people are signed in in one browser."""

from collections.abc import Sequence
from datetime import datetime

from channel_registry.types import ACR_LADDER
from sessions_hub.types import SessionState


def pick_session(
    here: Sequence[SessionState],
    *,
    current: SessionState | None,
    client_id: str,
    hinted_subject: str | None = None,
    chosen_sid: str = "",
    begun_at: datetime | None = None,
) -> SessionState | None:
    """The one of the sessions `here` that the request is about; None where only a person can tell.

    In this order: whom the client's `id_token_hint` names, and nobody else then; whom the person chose or signed in as
    since the request began; the only one; the one in which the client takes part already. `current` is at the browser.
    """
    if hinted_subject:
        return _best(here, hinted_subject, current)
    chosen = next((each for each in here if each.sid == chosen_sid), None)
    if chosen is not None:
        return chosen
    if current is not None and (has_come_since(current, begun_at) or len({each.subject for each in here}) == 1):
        return current
    subjects = {each.subject for each in here if client_id in each.clients}
    return _best(here, subjects.pop(), current) if len(subjects) == 1 else None


def has_come_since(session: SessionState, begun_at: datetime | None) -> bool:
    """Whether somebody signed in, or proved again to be the one, since a request began: a choice of account too."""
    if begun_at is None:
        return False
    proved_at = session.level.auth_time
    return session.started_at >= begun_at or (proved_at is not None and proved_at >= begun_at)


def _best(here: Sequence[SessionState], subject: str, current: SessionState | None) -> SessionState | None:
    if current is not None and current.subject == subject:
        return current
    own = [each for each in here if each.subject == subject]
    return max(own, key=lambda each: ACR_LADDER.index(each.level.acr), default=None)
