"""Making channels, policies and clients as a document says."""

from collections.abc import Mapping
from typing import Any

from channel_registry.services import apply_channels, apply_sources
from kit.call import CallContext
from kit.unit_of_work import deed
from oauth.queries.documents import channels_of, list_drafts, plan_clients
from oauth.rules import read_document
from oauth.services.clients import change_client, register_client


@deed
def apply_document(*, document: Mapping[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
    """Make channels, policies and clients as the document says, all or nothing; applying twice changes nothing.

    Answers what changed and the secrets of new confidential clients, shown this once. What the document does not
    name stays as it is. Raises PolicyInvalid, ClientInvalid.
    """
    plan = plan_clients(document)
    channels = [str(change) for change in apply_channels(document=channels_of(document), call=call)]
    changes = [*channels, *apply_sources(document=document, call=call), *plan]
    known = list_drafts()
    secrets: dict[str, str] = {}
    for client_id, draft in read_document(document).items():
        if client_id in known:
            change_client(client_id=client_id, draft=draft, call=call)
            continue
        _, secret = register_client(draft=draft, client_id=client_id, call=call)
        secrets |= {client_id: secret} if secret else {}
    return changes, secrets
