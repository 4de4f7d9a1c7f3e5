"""Questions to the protocol desk; they never write."""

from oauth.queries.allowances import list_allowed_apps
from oauth.queries.approvals import count_approvals, find_approval, get_answering_session, has_opened, list_approvals
from oauth.queries.clients import (
    authenticate_client,
    claimed_client_id,
    find_client,
    find_next_channel,
    find_waiting_channel,
    find_ways_in,
    forget_clients,
    has_part_in,
    is_start_address,
    list_clients,
    serves_channel,
    serves_client,
)
from oauth.queries.documents import export_document, lint_document, list_notes, plan_document
from oauth.queries.guides import get_client_guide
from oauth.queries.metadata import get_metadata
from oauth.queries.provisioning import list_provisioning_tokens, read_provisioning_token
from oauth.queries.tokens import (
    audiences_of,
    introspect,
    read_access_token,
    read_actor_token,
    read_id_token_hint,
    read_issued_id_token,
    read_subject_token,
)
from oauth.queries.userinfo import get_userinfo

__all__ = [
    "audiences_of",
    "authenticate_client",
    "claimed_client_id",
    "count_approvals",
    "export_document",
    "find_approval",
    "find_client",
    "find_next_channel",
    "find_waiting_channel",
    "find_ways_in",
    "forget_clients",
    "get_answering_session",
    "get_client_guide",
    "get_metadata",
    "get_userinfo",
    "has_opened",
    "has_part_in",
    "introspect",
    "is_start_address",
    "lint_document",
    "list_allowed_apps",
    "list_approvals",
    "list_clients",
    "list_notes",
    "list_provisioning_tokens",
    "plan_document",
    "read_access_token",
    "read_actor_token",
    "read_id_token_hint",
    "read_issued_id_token",
    "read_provisioning_token",
    "read_subject_token",
    "serves_channel",
    "serves_client",
]
