"""The protocol's judgement: pure functions over frozen values, readable aloud."""

from oauth.rules.accounts import has_come_since, pick_session
from oauth.rules.pkce import code_challenge_is_valid, code_verifier_matches
from oauth.rules.prompts import (
    accepted_acr,
    covers,
    first_objection,
    first_unmet_prompt,
    readable_hint,
    silent_error,
)
from oauth.rules.redirects import redirect_uri_matches, redirect_uri_problem
from oauth.rules.registration import draft_problem, read_document, share_sign_in, shares_vendor, write_document
from oauth.rules.snippets import AUTHLIB, OPENID_CLIENT, snippets_for
from oauth.rules.tokens import (
    access_token_claims,
    acting_parties,
    at_hash,
    grant_of,
    granted_audience,
    id_token_claims,
    narrowed_scopes,
    split_refresh_token,
)

__all__ = [
    "AUTHLIB",
    "OPENID_CLIENT",
    "accepted_acr",
    "access_token_claims",
    "acting_parties",
    "at_hash",
    "code_challenge_is_valid",
    "code_verifier_matches",
    "covers",
    "draft_problem",
    "first_objection",
    "first_unmet_prompt",
    "grant_of",
    "granted_audience",
    "has_come_since",
    "id_token_claims",
    "narrowed_scopes",
    "pick_session",
    "read_document",
    "readable_hint",
    "redirect_uri_matches",
    "redirect_uri_problem",
    "share_sign_in",
    "shares_vendor",
    "silent_error",
    "snippets_for",
    "split_refresh_token",
    "write_document",
]
