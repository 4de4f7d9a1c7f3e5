"""Whose signals are heard, with which keys, and whom they are about."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from accounts.errors import ProviderUnavailable
from accounts.queries import find_account, find_account_by_proven_email, find_linked_account, get_provider
from accounts.types import Kind as AccountKind
from assurance.types import RiskKind
from kit.fetch import FetchError, fetch
from kit.fresh import Fresh
from sync import conf, rules
from sync.errors import KeysUnavailable, TransmitterInvalid
from sync.models import Transmitter
from sync.types import HeardSet, TransmitterDraft, TransmitterState

_SECONDS = 5.0
_KEPT_SECONDS = 300.0
_KEYS_AT_MOST_EVERY = 10.0  # a key id that nobody knows must not make us fetch for every stranger


def find_transmitter(*, issuer: str) -> TransmitterState | None:
    """The transmitter of this issuer whose signals are heard, or None."""
    known = issuer.isprintable()  # a lone surrogate or a NUL can be asked of no database
    row = Transmitter.objects.filter(issuer=issuer, enabled=True).first() if known else None
    return row.state if row else None


def list_transmitters() -> list[TransmitterState]:
    """Every transmitter, by short name."""
    return [row.state for row in Transmitter.objects.all()]


def list_kinds_of_risk() -> list[str]:
    """The kinds of risk that a transmitter's signals can be."""
    return [each.value for each in RiskKind]


def audience_for(draft: TransmitterDraft) -> str:
    """Whom a transmitter's tokens must be meant for: what an operator agreed with it, else our issuer."""
    return draft.audience or conf.issuer()


def find_keys(draft: TransmitterDraft, *, kid: object) -> list[dict[str, Any]]:
    """The keys of a transmitter, as written down or as it publishes them; anew for an id that is not among them.

    Raises KeysUnavailable where they cannot be fetched.
    """
    if draft.jwks:
        return list(draft.jwks.get("keys", []))
    kept = _keys(draft.jwks_uri)
    found = _read(kept.get())
    if any(key.get("kid") == kid for key in found):
        return found
    return _read(kept.get(seconds=_KEYS_AT_MOST_EVERY))


def forget_transmitter_keys() -> None:
    """Drop the keys that were fetched."""
    _keys.cache_clear()


def find_subject(heard: HeardSet, *, draft: TransmitterDraft) -> tuple[str, str]:
    """The customer a signal is about, and the provider whose account it means, "" where it means ours; else "", "".

    Ours are named by our issuer; a provider's by its issuer, where the account is linked; an address counts where the
    transmitter may name by it. Raises SetRefused for a subject that is none.
    """
    issuer, subject, email = rules.read_subject(heard.subject)
    account, provider = None, ""
    if "\x00" in subject + email:
        return "", ""
    if subject and issuer == conf.issuer():
        account = find_account(subject)
    elif subject and draft.provider and issuer in _issuers(draft):
        account, provider = find_linked_account(provider=draft.provider, subject=subject), draft.provider
    elif email and draft.by_email:
        account = find_account_by_proven_email(email)
    if account is None or account.kind != AccountKind.CUSTOMER:
        return "", ""
    return account.sub, provider


def read_transmitters(document: Mapping[str, Any]) -> dict[str, TransmitterDraft]:
    """What a document says: `transmitters: {bank: {...}}` with the fields of a draft. Raises TransmitterInvalid."""
    entries = document.get("transmitters")
    if set(document) - {"transmitters"} or not isinstance(entries, dict):
        raise TransmitterInvalid("transmitters", "is what the document holds, by short name.")
    loopback = conf.may_fetch_loopback()
    return {slug: rules.read_transmitter(slug, entries[slug], loopback=loopback) for slug in sorted(entries, key=str)}


def plan_transmitters(document: Mapping[str, Any]) -> list[str]:
    """What applying a document would change, a line each. Raises TransmitterInvalid."""
    present = {each.slug: each.draft for each in list_transmitters()}
    wanted = read_transmitters(document)
    return [
        f"{'change' if slug in present else 'hear'} {slug}"
        for slug, draft in wanted.items()
        if present.get(slug) != draft
    ]


def export_transmitters() -> dict[str, Any]:
    """Whose signals are heard, as a document that makes it so."""
    return {"transmitters": {each.slug: rules.write_transmitter(each.draft) for each in list_transmitters()}}


def _issuers(draft: TransmitterDraft) -> set[str]:
    try:
        return {draft.issuer, get_provider(draft.provider).issuer}
    except ProviderUnavailable:
        return set()


@lru_cache(maxsize=64)
def _keys(uri: str) -> Fresh[list[dict[str, Any]] | None]:
    return Fresh(lambda _: _fetch_keys(uri), seconds=_KEPT_SECONDS)


def _fetch_keys(uri: str) -> list[dict[str, Any]] | None:
    try:
        answer = fetch(uri, seconds=_SECONDS)
        document = answer.json() if answer.is_success else None
    except FetchError:
        return None
    keys = document.get("keys") if isinstance(document, dict) else None
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else None


def _read(found: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    if found is None:
        raise KeysUnavailable
    return found
