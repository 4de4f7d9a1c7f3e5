"""Making connected systems as a document says."""

from collections.abc import Mapping
from typing import Any

from kit.call import CallContext
from kit.unit_of_work import deed
from sync import queries
from sync.queries.connections import describe_changes
from sync.services.connections import (
    change_connection,
    create_connection,
    disable_connection,
    pause_connection,
    resume_connection,
)
from sync.types import ConnectionDraft, ConnectionState, Standing

_BY_STANDING = {
    Standing.ACTIVE: resume_connection,
    Standing.PAUSED: pause_connection,
    Standing.DISABLED: disable_connection,
}


@deed
def apply_connections(*, document: Mapping[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
    """Make connected systems as a document says, all or nothing: what changed, and the secrets that were made.

    Applying it again changes nothing. Systems that it does not name stay as they are; nothing is ever deleted. See
    `queries.read_connections` for its shape. Raises ConnectionInvalid.
    """
    changes: list[str] = []
    secrets: dict[str, str] = {}
    for slug, (draft, standing) in queries.read_connections(document).items():
        present = queries.find_connection(slug=slug)
        changes += describe_changes(slug, present, draft, standing)
        secret = _apply(slug, draft, standing, present, call)
        secrets |= {slug: secret} if secret else {}
    return changes, secrets


def _apply(
    slug: str, draft: ConnectionDraft, standing: Standing | None, present: ConnectionState | None, call: CallContext
) -> str:
    """Each step does nothing when there is nothing to do. The secret, where one was made."""
    secret = ""
    if present is None:
        _, secret = create_connection(slug=slug, draft=draft, call=call)
    else:
        change_connection(slug=slug, draft=draft, call=call)
    if standing is not None:
        _BY_STANDING[standing](slug=slug, call=call)
    return secret
