"""Questions to the register; they never write."""

from consent.queries.asking import (
    answer_after,
    asker_of,
    check_for,
    get_event,
    read_effective,
    read_history,
    render_receipt,
)
from consent.queries.catalog import (
    find_purpose,
    forget_catalog,
    get_catalog,
    get_purpose,
    list_all_purposes,
    list_heeding,
    list_mandates,
    list_processors,
    list_purposes,
)
from consent.queries.checking import check, find_effective, gather, list_permitting, release
from consent.queries.documents import draft_of, export_catalog, plan_catalog, present_catalog
from consent.queries.evidence import gather_evidence
from consent.queries.notices import current_notice, find_notice, get_notice, list_notices, list_versions
from consent.queries.proofs import check_receipt, prove
from consent.queries.proving import counts_unproved
from consent.queries.register import (
    count_parties_to_ask_again,
    count_states,
    find_event,
    list_history,
    list_links,
    list_parties_to_ask_again,
    list_states,
    recorded,
)
from consent.queries.tokens import read_check, read_undo, seal_check, seal_undo
from consent.queries.unsubscribing import read_unsubscribe, seal_unsubscribe, unsubscribe_headers

__all__ = [
    "answer_after",
    "asker_of",
    "check",
    "check_for",
    "check_receipt",
    "count_parties_to_ask_again",
    "count_states",
    "counts_unproved",
    "current_notice",
    "draft_of",
    "export_catalog",
    "find_effective",
    "find_event",
    "find_notice",
    "find_purpose",
    "forget_catalog",
    "gather",
    "gather_evidence",
    "get_catalog",
    "get_event",
    "get_notice",
    "get_purpose",
    "list_all_purposes",
    "list_heeding",
    "list_history",
    "list_links",
    "list_mandates",
    "list_notices",
    "list_parties_to_ask_again",
    "list_permitting",
    "list_processors",
    "list_purposes",
    "list_states",
    "list_versions",
    "plan_catalog",
    "present_catalog",
    "prove",
    "read_check",
    "read_effective",
    "read_history",
    "read_undo",
    "read_unsubscribe",
    "recorded",
    "release",
    "render_receipt",
    "seal_check",
    "seal_undo",
    "seal_unsubscribe",
    "unsubscribe_headers",
]
