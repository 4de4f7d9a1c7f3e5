"""Judgement of this room: what evidence proves at an instant, and when a session is over.

Limits are those of NIST SP 800-63B-4: one factor holds 30 days; two factors hold 24 hours and one hour of idleness; a
key in hardware holds 12 hours and a quarter of an hour of idleness as such, and then as two factors.
"""

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from accounts.types import Method, Proof
from channel_registry.types import ACR_LADDER
from sessions_hub.types import (
    AccountHere,
    Collision,
    HandoffFault,
    Level,
    OfferState,
    SessionState,
    Sightings,
    SubjectType,
    Ticket,
    Verification,
    Visit,
)

ONE_FACTOR_LIFETIME = timedelta(days=30)
TWO_FACTOR_LIFETIME = timedelta(hours=24)
TWO_FACTOR_IDLE = timedelta(hours=1)
HARDWARE_LIFETIME = timedelta(hours=12)
HARDWARE_IDLE = timedelta(minutes=15)
TOUCH_EVERY = timedelta(minutes=1)
MOST_PARKED = 7
"""So many accounts are kept signed in in one browser beside the one that is at it."""

NOTHING_PROVED = "0"
ONE_FACTOR = "urn:throughline:1fa"
TWO_FACTORS = "urn:throughline:2fa"
PHISHING_RESISTANT = "phr"
HARDWARE = "phrh"
LEVEL_NUMBER: Mapping[str, int] = {NOTHING_PROVED: 0, ONE_FACTOR: 1, TWO_FACTORS: 2, PHISHING_RESISTANT: 2, HARDWARE: 3}
"""The authenticator assurance level that each acr stands for."""


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
    Method.PASSKEY_HARDWARE: Factor.POSSESSION,
    Method.FEDERATED: Factor.KNOWLEDGE,  # nobody knows what was asked there: it counts as no more than a password
}
# A mailbox is often the provider's own: who holds the account there reads the mail too.
_ONE_HAND = {Method.FEDERATED, Method.EMAIL_CODE}
_VERIFIES_ITS_PERSON = {Method.PASSKEY_UV, Method.PASSKEY_HARDWARE}
_MOMENT = timedelta(microseconds=1)  # the finest that an instant is kept

# RFC 8176, but for `fed`, which has no registered name. `pop` and not `hwk` or `swk`: without attestation nobody knows
# where a passkey's key is kept.
AMR: Mapping[Method, frozenset[str]] = {
    Method.PASSWORD: frozenset({"pwd"}),
    Method.EMAIL_CODE: frozenset({"otp"}),
    Method.TOTP: frozenset({"otp"}),
    Method.RECOVERY_CODE: frozenset({"otp"}),
    Method.PASSKEY: frozenset({"pop"}),
    Method.PASSKEY_UV: frozenset({"pop", "user"}),
    Method.PASSKEY_HARDWARE: frozenset({"hwk", "user"}),
    Method.FEDERATED: frozenset({"fed"}),
}


def derive_level(
    evidence: Sequence[Proof],
    *,
    now: datetime,
    last_seen_at: datetime,
    resumed_at: datetime | None = None,
    returned_at: datetime | None = None,
) -> Level:
    """What the evidence of one session proves at `now`: the one place where acr, amr and auth_time come from.

    `resumed_at` is when the person last came back after more than an hour away: two factors proved before it
    are worth one. `returned_at` is the same for a quarter of an hour: a key in hardware proved before it is worth any
    other passkey. The order of evidence does not matter, and the level never rises by time passing.
    """
    valid = [proof for proof in evidence if now - proof.at <= ONE_FACTOR_LIFETIME]
    if not valid:
        return Level(acr=NOTHING_PROVED, amr=(), auth_time=None)
    last = newest(valid)
    away = now - last_seen_at
    fresh = [] if away > TWO_FACTOR_IDLE else _since(valid, now - TWO_FACTOR_LIFETIME, resumed_at)
    freshest = [] if away > HARDWARE_IDLE else _since(fresh, now - HARDWARE_LIFETIME, returned_at)
    acr = _acr(fresh, freshest)
    if acr == ONE_FACTOR:
        # Two stale factors must not read as two: amr names the group that was proved last, and only that.
        amr = _amr(proof for proof in valid if FACTOR[proof.method] is FACTOR[last.method])
    else:
        amr = _amr(fresh) | {"mfa"}
    return Level(acr=acr, amr=tuple(sorted(amr)), auth_time=last.at)


def level_holds_until(
    evidence: Sequence[Proof],
    *,
    now: datetime,
    last_seen_at: datetime,
    resumed_at: datetime | None = None,
    returned_at: datetime | None = None,
) -> datetime | None:
    """The last instant that still has the acr of `now`, if nobody is seen and nothing is proved meanwhile.

    None where nothing is proved now: that holds for ever.
    """

    def acr_at(instant: datetime) -> str:
        return derive_level(
            evidence, now=instant, last_seen_at=last_seen_at, resumed_at=resumed_at, returned_at=returned_at
        ).acr

    held = acr_at(now)
    if held == NOTHING_PROVED:
        return None
    lifetimes = (ONE_FACTOR_LIFETIME, TWO_FACTOR_LIFETIME, HARDWARE_LIFETIME)
    ends = {proof.at + lifetime for proof in evidence for lifetime in lifetimes}
    ends |= {last_seen_at + idle for idle in (TWO_FACTOR_IDLE, HARDWARE_IDLE)}
    return next(end for end in sorted(ends) if end >= now and acr_at(end + _MOMENT) != held)


def newest(evidence: Sequence[Proof]) -> Proof:
    """The proof that was given last, of evidence that is not empty."""
    return max(evidence, key=lambda proof: (proof.at, proof.method))


def _since(proofs: Sequence[Proof], oldest: datetime, came_back_at: datetime | None) -> list[Proof]:
    """The proofs that are neither too old nor from before a pause that cost them."""
    since = oldest if came_back_at is None else max(oldest, came_back_at)
    return [proof for proof in proofs if proof.at >= since]


def _acr(fresh: Sequence[Proof], freshest: Sequence[Proof]) -> str:
    if any(proof.method is Method.PASSKEY_HARDWARE for proof in freshest):
        return HARDWARE
    methods = {proof.method for proof in fresh}
    if methods & _VERIFIES_ITS_PERSON:
        return PHISHING_RESISTANT
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


def returned(*, now: datetime, last_seen_at: datetime, returned_at: datetime | None) -> datetime | None:
    """The new `returned_at`: a pause of over a quarter of an hour costs a key in hardware its rank for good."""
    return now if now - last_seen_at > HARDWARE_IDLE else returned_at


def seen_at(now: datetime, before: Sightings) -> Sightings:
    """The sightings of a session whose person is here at `now`."""
    last = before["last_seen_at"]
    return {
        "last_seen_at": max(now, last),
        "resumed_at": resumed(now=now, last_seen_at=last, resumed_at=before["resumed_at"]),
        "returned_at": returned(now=now, last_seen_at=last, returned_at=before["returned_at"]),
    }


def absolute_limit(*, now: datetime, seconds: int) -> datetime:
    """When a session that starts at `now` expires: the policy's limit, never beyond the life of one factor."""
    return now + min(timedelta(seconds=seconds), ONE_FACTOR_LIFETIME)


def ends_unseen_at(*, last_seen_at: datetime, idle: timedelta, expires_at: datetime) -> datetime:
    """When a session is over if nobody is seen in it any more."""
    return min(last_seen_at + idle, expires_at)


def collision(existing: SessionState | None, incoming: SessionState) -> Collision:
    """What a session that is carried over to a browser meets there; see `Collision` for what follows."""
    if existing is None or existing.subject_type is not SubjectType.ACCOUNT:
        return Collision.ENTER
    if existing.subject != incoming.subject:
        return Collision.ANOTHER
    return Collision.RISE if is_higher(incoming.level, than=existing.level) else Collision.KEEP


def first_fault(ticket: Ticket, visit: Visit, *, now: datetime) -> HandoffFault | None:
    """Why a ticket does not let this visit in; None when it does. Another client learns nothing about the ticket."""
    if visit.client_id != ticket.client_id or visit.channel not in (None, ticket.channel):
        return HandoffFault.OTHER_CLIENT
    if ticket.redeemed:
        return HandoffFault.REPLAYED
    if now >= ticket.expires_at:
        return HandoffFault.EXPIRED
    return None if is_right_place(ticket, visit) else HandoffFault.OTHER_DEVICE


def is_right_place(ticket: Ticket, visit: Visit) -> bool:
    """Whether a ticket may be redeemed where the visit comes from.

    One that names a device wants that device's own secret; a browser that has no secret of any device passes only from
    the same network and the same kind of system, both known. One that names a network alone wants that network.
    """
    if ticket.device_id is not None and visit.device_id is not None:
        return ticket.device_id == visit.device_id
    same_network = visit.network != "" and visit.network == ticket.network
    if ticket.device_id is not None:
        return same_network and visit.system != "" and visit.system == ticket.system
    return not ticket.network or same_network


def offer_state(*, now: datetime, redeemed: bool, expires_at: datetime, session_is_live: bool) -> OfferState:
    """Where a ticket is in its life."""
    if redeemed:
        return OfferState.REDEEMED
    if now >= expires_at:
        return OfferState.EXPIRED
    return OfferState.OPEN if session_is_live else OfferState.ENDED


def method_word(method: Method) -> str:
    """How a proof is called in front of others: what it was, not how finely we tell passkeys apart."""
    return Method.PASSKEY.value if method in _VERIFIES_ITS_PERSON else method.value


def method_words(evidence: Sequence[Proof], *, now: datetime) -> tuple[str, ...]:
    """The words for the proofs that still count for anything, each once, the newest first."""
    valid = [proof for proof in evidence if now - proof.at <= ONE_FACTOR_LIFETIME]
    ordered = sorted(valid, key=lambda proof: (proof.at, proof.method), reverse=True)
    return tuple(dict.fromkeys(method_word(proof.method) for proof in ordered))


def is_better_verification(one: Verification, *, than: Verification) -> bool:
    """Which of two verifications to go by: the higher level, then the one that counts longer, then the newer proof."""
    return _standing(one) > _standing(than)


def _standing(verification: Verification) -> tuple[int, datetime, datetime]:
    return ACR_LADDER.index(verification.acr), verification.valid_until, verification.at


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


def one_of_each(here: Iterable[AccountHere]) -> list[AccountHere]:
    """Each person once, by the session that stands first: she may have two in one browser after a handoff."""
    found: dict[str, AccountHere] = {}
    for each in here:
        found.setdefault(each.state.subject, each)
    return list(found.values())
