"""Deeds on consent. What is chosen is written under the head of its party in the journal, last of all locks: see
`services.writing`.
"""

from consent.services.choices import record_choices
from consent.services.choosing import choose_herself
from consent.services.documents import apply_catalog
from consent.services.links import bind_device, set_links, split_links
from consent.services.mandates import give_mandate, revoke_mandate
from consent.services.notices import publish_notice, retire_notice
from consent.services.processors import put_processor, retire_processor
from consent.services.purposes import put_purpose, require_notice, retire_purpose
from consent.services.reading import export_evidence, search_register
from consent.services.rebuilding import rebuild_states
from consent.services.receiving import receive_choice
from consent.services.revalidation import commit_check, revalidate
from consent.services.unasked import forget_party, record_signal, undo_withdrawal, unsubscribe

__all__ = [
    "apply_catalog",
    "bind_device",
    "choose_herself",
    "commit_check",
    "export_evidence",
    "forget_party",
    "give_mandate",
    "publish_notice",
    "put_processor",
    "put_purpose",
    "rebuild_states",
    "receive_choice",
    "record_choices",
    "record_signal",
    "require_notice",
    "retire_notice",
    "retire_processor",
    "retire_purpose",
    "revalidate",
    "revoke_mandate",
    "search_register",
    "set_links",
    "split_links",
    "undo_withdrawal",
    "unsubscribe",
]
