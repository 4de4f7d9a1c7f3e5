"""Judgement of this room: what evidence proves at an instant, and when a session is over.

Limits are those of NIST SP 800-63B-4: one factor holds 30 days; two factors hold 24 hours and one hour of idleness.
"""

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from accounts.types import Method, Proof
from channel_registry.types import ACR_LADDER
from sessions_hub.types import Level

ONE_FACTOR_LIFETIME = timedelta(days=30)
TWO_FACTOR_LIFETIME = timedelta(hours=24)
TWO_FACTOR_IDLE = timedelta(hours=1)
TOUCH_EVERY = timedelta(minutes=1)

NOTHING_PROVED = "0"
ONE_FACTOR = "urn:throughline:1fa"
TWO_FACTORS = "urn:throughline:2fa"
PHISHING_RESISTANT = "phr"


class Factor(StrEnum):
    """The group a proof belongs to; two proofs of one group are still one factor."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"


# What a passkey with user verification adds to possession (the PIN or finger that unlocked it) is judged in `_acr`.
FACTOR: Mapping[Method, Factor] = {
    Method.PASSWORD: Factor.KNOWLEDGE,
    Method.EMAIL_CODE: Factor.POSSESSION,
    Method.TOTP: Factor.POSSESSION,
    Method.RECOVERY_CODE: Factor.POSSESSION,
    Method.PASSKEY: Factor.POSSESSION,
    Method.PASSKEY_UV: Factor.POSSESSION,
    Method.FEDERATED: Factor.KNOWLEDGE,  # nobody knows what was asked there: it counts as no more than a password
}
# A mailbox is often the provider's own: who holds the account there reads the mail too.
_ONE_HAND = {Method.FEDERATED, Method.EMAIL_CODE}

# RFC 8176, but for `fed`, which has no registered name. `pop` and not `hwk` or `swk`: without attestation nobody knows
# where a passkey's key is kept.
AMR: Mapping[Method, frozenset[str]] = {
    Method.PASSWORD: frozenset({"pwd"}),
    Method.EMAIL_CODE: frozenset({"otp"}),
    Method.TOTP: frozenset({"otp"}),
    Method.RECOVERY_CODE: frozenset({"otp"}),
    Method.PASSKEY: frozenset({"pop"}),
    Method.PASSKEY_UV: frozenset({"pop", "user"}),
    Method.FEDERATED: frozenset({"fed"}),
}


def derive_level(
    evidence: Sequence[Proof], *, now: datetime, last_seen_at: datetime, resumed_at: datetime | None = None
) -> Level:
    """What the evidence of one session proves at `now`: the one place where acr, amr and auth_time come from.

    `resumed_at` is when the person last came back after more than an hour away: two factors proved before it
    are worth one. The order of evidence does not matter, and the level never rises by time passing.
    """
    valid = [proof for proof in evidence if now - proof.at <= ONE_FACTOR_LIFETIME]
    if not valid:
        return Level(acr=NOTHING_PROVED, amr=(), auth_time=None)
    newest = max(valid, key=lambda proof: (proof.at, proof.method))
    fresh = _fresh(valid, now=now, last_seen_at=last_seen_at, resumed_at=resumed_at)
    acr = _acr(fresh)
    if acr == ONE_FACTOR:
        # Two stale factors must not read as two: amr names the group that was proved last, and only that.
        amr = _amr(proof for proof in valid if FACTOR[proof.method] is FACTOR[newest.method])
    else:
        amr = _amr(fresh) | {"mfa"}
    return Level(acr=acr, amr=tuple(sorted(amr)), auth_time=newest.at)


def _fresh(
    valid: Sequence[Proof], *, now: datetime, last_seen_at: datetime, resumed_at: datetime | None
) -> list[Proof]:
    """The proofs that may still count as one of two factors."""
    if now - last_seen_at > TWO_FACTOR_IDLE:
        return []
    return [
        proof
        for proof in valid
        if now - proof.at <= TWO_FACTOR_LIFETIME and (resumed_at is None or proof.at >= resumed_at)
    ]


def _acr(fresh: Sequence[Proof]) -> str:
    if any(proof.method is Method.PASSKEY_UV for proof in fresh):
        return PHISHING_RESISTANT
    methods = {proof.method for proof in fresh}
    return TWO_FACTORS if len({FACTOR[method] for method in methods}) > 1 and methods != _ONE_HAND else ONE_FACTOR


def _amr(proofs: Iterable[Proof]) -> frozenset[str]:
    return frozenset[str]().union(*(AMR[proof.method] for proof in proofs))


def is_higher(level: Level, *, than: Level) -> bool:
    """Whether `level` stands above another on the acr ladder."""
    return ACR_LADDER.index(level.acr) > ACR_LADDER.index(than.acr)


def news(
    evidence: Sequence[Proof], proofs: Iterable[Proof], *, now: datetime, lowered_at: datetime | None = None
) -> list[Proof]:
    """The proofs that the evidence does not hold yet, oldest first: for each method only those after the last.

    Nothing was proved later than the deed that notes it, so a time ahead of `now` (another node's clock) is `now`.
    What was proved before evidence was last taken away (`lowered_at`) is no news: the browser's own records still
    name the authenticator that is gone.
    """
    last: dict[tuple[Method, str], datetime] = {}
    for known in evidence:
        kind = (known.method, known.provider)
        last[kind] = max(known.at, last.get(kind, known.at))
    found: list[Proof] = []
    for proof in sorted(proofs, key=lambda each: (each.at, each.method)):
        at = min(proof.at, now)
        if lowered_at is not None and at <= lowered_at:
            continue
        kind = (proof.method, proof.provider)
        if kind not in last or at > last[kind]:
            found.append(Proof(method=proof.method, at=at, provider=proof.provider))
            last[kind] = at
    return found


def without(evidence: Sequence[Proof], methods: Collection[Method]) -> list[Proof]:
    """The evidence that does not rest on the methods."""
    return [proof for proof in evidence if proof.method not in methods]


def without_provider(evidence: Sequence[Proof], provider: str) -> list[Proof]:
    """The evidence that does not rest on a provider upstream."""
    return [proof for proof in evidence if proof.provider != provider]


def providers_of(proofs: Iterable[Proof]) -> frozenset[str]:
    """The providers upstream that proofs rest on."""
    return frozenset(proof.provider for proof in proofs if proof.provider)


def is_over(*, now: datetime, last_seen_at: datetime, idle: timedelta, expires_at: datetime, revoked: bool) -> bool:
    """Whether a session counts no more: revoked, past its absolute limit, or idle for too long."""
    return revoked or now >= expires_at or now - last_seen_at >= idle


def resumed(*, now: datetime, last_seen_at: datetime, resumed_at: datetime | None) -> datetime | None:
    """The new `resumed_at` when a session is seen at `now`: a pause of over an hour costs two factors for good."""
    return now if now - last_seen_at > TWO_FACTOR_IDLE else resumed_at


def absolute_limit(*, now: datetime, seconds: int) -> datetime:
    """When a session that starts at `now` expires: the policy's limit, never beyond the life of one factor."""
    return now + min(timedelta(seconds=seconds), ONE_FACTOR_LIFETIME)


def read_evidence(stored: Sequence[Mapping[str, Any]]) -> tuple[Proof, ...]:
    """Evidence from its stored form; a method that is no longer known proves nothing."""
    known = {method.value for method in Method}
    return tuple(
        Proof(
            method=Method(entry["method"]), at=datetime.fromisoformat(entry["at"]), provider=entry.get("provider", "")
        )
        for entry in stored
        if entry["method"] in known
    )


def write_evidence(evidence: Iterable[Proof]) -> list[dict[str, str]]:
    """Evidence in its stored form: method, instant in ISO 8601 to the microsecond, provider where there is one."""
    return [
        {"method": proof.method.value, "at": proof.at.isoformat()}
        | ({"provider": proof.provider} if proof.provider else {})
        for proof in evidence
    ]


def label_address(address: str | None) -> str:
    """The network an address lies in (/24, or /48 for IPv6): enough to recognize, too little to locate a person."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))
