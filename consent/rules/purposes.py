"""What an operator may say about a purpose, and what a purpose lets through."""

import re
from collections.abc import Mapping
from typing import Any

from consent.types import LegalBasis, PurposeDraft, PurposeRule, Regime, Tier

_SLUG = re.compile(r"[a-z0-9_]+(?:[.-][a-z0-9_]+)*")
_DEEPEST = 8
_ALWAYS = frozenset({"sub", "iss", "aud", "exp", "iat"})


def is_slug(text: str) -> bool:
    """Whether a text can be the id of a purpose, notice, processor or category."""
    return len(text) <= 64 and bool(_SLUG.fullmatch(text))


def ancestors_of(id: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """A purpose's parent, its parent's parent and so on; a circle ends where it began."""
    found: list[str] = []
    above = parents.get(id, "")
    while above and above not in found and above != id:
        found.append(above)
        above = parents.get(above, "")
    return tuple(found)


def check_purpose(draft: PurposeDraft, parents: Mapping[str, str]) -> list[str]:
    """What does not fit in what an operator says of a purpose: sentences; `parents` are those of every other one."""
    found = []
    if not is_slug(draft.id):
        found.append("The id has small letters, digits, dots and dashes, at most 64.")
    found += _check_place(draft, parents)
    if not Tier.DEFAULT <= draft.min_evidence <= Tier.VERIFIED:
        found.append("The least evidence is a tier from 0 to 5.")
    if draft.ttl_seconds is not None and not 0 < draft.ttl_seconds <= 10 * 366 * 24 * 3600:
        found.append("A permission lasts between a second and ten years.")
    if draft.minor_age is not None and not 0 < draft.minor_age <= 25:
        found.append("The age of consent lies between 1 and 25.")
    return [*found, *_check_ground(draft), *_check_words(draft)]


def _check_place(draft: PurposeDraft, parents: Mapping[str, str]) -> list[str]:
    if not draft.parent:
        return []
    if draft.parent not in parents:
        return ["There is no purpose of the parent's name."]
    above = (draft.parent, *ancestors_of(draft.parent, {**parents, draft.id: ""}))
    if draft.id in above:
        return ["A purpose cannot stand above itself."]
    return ["The tree of purposes is too deep."] if len(above) > _DEEPEST else []


def _check_ground(draft: PurposeDraft) -> list[str]:
    is_explicit = draft.regime is Regime.OPT_IN and draft.min_evidence >= Tier.UNVERIFIED
    if draft.sensitive and draft.legal_basis is LegalBasis.CONSENT and not is_explicit:
        return ["Sensitive data need an explicit permission: opt in, evidence of tier 3 or more."]
    return []


def _check_words(draft: PurposeDraft) -> list[str]:
    found = []
    if not all(is_slug(category) for category in draft.categories):
        found.append("A data category has small letters, digits, dots and dashes.")
    if not draft.texts or not all(words.get("title") for words in draft.texts.values()):
        found.append("A purpose needs a title in at least one language.")
    return found


def cut_release(claims: Mapping[str, Any], purpose: PurposeRule | None) -> dict[str, Any]:
    """What of some claims a purpose needs; of an unknown purpose nothing but who it is."""
    needed = _ALWAYS | set(purpose.needs if purpose else ())
    return {name: value for name, value in claims.items() if name in needed}
