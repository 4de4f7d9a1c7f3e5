"""Judgement: what events say about a question, and what an operator may say about a purpose."""

from consent.rules.documents import (
    list_catalog_changes,
    parents_first,
    read_catalog_document,
    render_length,
    write_catalog_document,
    write_purpose,
)
from consent.rules.ground import derive_cells, dominates, drop_void, read_ground, reduce_facts, write_ground
from consent.rules.judging import EVERYTHING, OTHER, judge, judge_cells
from consent.rules.naming import fingerprint, hash_event, kind_of, notice_digest, plain_event, tier_of
from consent.rules.purposes import ancestors_of, check_purpose, cut_release, is_slug
from consent.rules.reading import LONGEST_TOKEN, PARTIES, read_items, read_statement, read_token
from consent.rules.receipts import render_receipt
from consent.rules.standing import Admitted, voided_by, why_not_lifted
from consent.rules.vouching import is_authenticated, is_claimable, is_confident, tier_for

__all__ = [
    "EVERYTHING",
    "LONGEST_TOKEN",
    "OTHER",
    "PARTIES",
    "Admitted",
    "ancestors_of",
    "check_purpose",
    "cut_release",
    "derive_cells",
    "dominates",
    "drop_void",
    "fingerprint",
    "hash_event",
    "is_authenticated",
    "is_claimable",
    "is_confident",
    "is_slug",
    "judge",
    "judge_cells",
    "kind_of",
    "list_catalog_changes",
    "notice_digest",
    "parents_first",
    "plain_event",
    "read_catalog_document",
    "read_ground",
    "read_items",
    "read_statement",
    "read_token",
    "reduce_facts",
    "render_length",
    "render_receipt",
    "tier_for",
    "tier_of",
    "voided_by",
    "why_not_lifted",
    "write_catalog_document",
    "write_ground",
    "write_purpose",
]
