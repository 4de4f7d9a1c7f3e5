"""When a connected system is looked at, what is wrong with what it holds, and what is sent again because of it."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sync.rules.offers import OFFERED
from sync.types import ConnectionDraft, Expected, Found, Held, Kind, RoundKind, Trouble

CANARY_DOMAIN = "canary.invalid"
ROUNDS_PER_CYCLE = 3
SLACK = 12
"""This part of a cycle is for what a round itself takes: telling, asking, waiting for its turn."""
BEAT = timedelta(seconds=5)
"""How often somebody looks who is due: a round begins so much later than it could."""
SAMPLE = 400
SAMPLE_EVERY = timedelta(hours=1)
NIGHT_HOUR = 2
MOST_AT_ONCE = 500
MOST_IN_A_ROUND = 60_000
MOST_REPAIRED = 200
REPAIRS_TRIED = 3
LONGEST_ROUND = timedelta(minutes=3)

YES = ("consent.granted", "consent.confirmed")
NO = ("consent.withdrawn", "consent.denied", "consent.objected")


class Part(NamedTuple):
    """A fact of what is sent of somebody: its type and its data."""

    type: str
    data: Mapping[str, str] = {}


_CONSENT = frozenset((*YES, *NO, "consent.invalidated"))
_TELLING = ("profile.changed", "account.created", "identifier.verified", "identifier.added", "email_change.undone")
_SINGING = (*_TELLING, *NO)


def digest(attributes: Mapping[str, Any]) -> str:
    """SHA-256 in hex over attributes as canonical JSON: names sorted, no blanks, what is not ASCII as \\uXXXX."""
    return hashlib.sha256(json.dumps(dict(attributes), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


NOTHING = digest({})
"""The digest of somebody who is forgotten."""


def reads_back(draft: ConnectionDraft) -> bool:
    """Whether a system can be asked what it holds."""
    return draft.kind is Kind.SCIM or (draft.kind is Kind.WEBHOOK and bool(draft.options.get("digest_url")))


def sings(draft: ConnectionDraft) -> bool:
    """Whether a system has a canary: one that is told facts and can be asked for digests, unless it shall have none.

    By SCIM she would be a user among the others, so only who wants her there has one.
    """
    wanted = draft.options.get("canary", "on" if draft.kind is Kind.WEBHOOK else "off")
    return reads_back(draft) and wanted == "on"


# --- When ------------------------------------------------------------------------------------------------------


def pace(*, cycle: int, freshness: int) -> timedelta:
    """How long from one round to the next, at least; seconds are given.

    What goes wrong just after a round is seen in the second one after it at the latest, because what the first one
    tells, the canary's song too, is old enough to be there by the second: two rounds fit into one cycle, and are no
    closer than the freshness objective.
    """
    whole = timedelta(seconds=cycle)
    return max(whole / ROUNDS_PER_CYCLE, timedelta(seconds=freshness) + whole / SLACK)


def longest_freshness(cycle: int) -> int:
    """The longest freshness objective with which silence is still noticed within a cycle; seconds.

    Two rounds, each begun a beat late, and what the second takes: 2 (freshness + cycle/12 + beat) + cycle/12 <= cycle.
    """
    return (cycle - cycle // 4) // 2 - int(BEAT.total_seconds())


def is_due(*, cycle: int, freshness: int, last: datetime | None, now: datetime) -> bool:
    """Whether a system is looked at now, `last` being when the last round began."""
    return last is None or now - last >= pace(cycle=cycle, freshness=freshness)


def choose_kind(
    *, full_at: datetime | None, sample_at: datetime | None, is_unfinished: bool, now: datetime
) -> RoundKind:
    """How much this round compares: all once a night (02:00 UTC) and until it is done, a sample every hour."""
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    night -= timedelta(days=1) if night > now else timedelta(0)
    if is_unfinished or full_at is None or full_at < night:
        return RoundKind.FULL
    if sample_at is None or now - sample_at >= SAMPLE_EVERY:
        return RoundKind.SAMPLE
    return RoundKind.TOUCHED


def longest_wait(*, cycle: int, freshness: int) -> timedelta:
    """How long something may wait for a system: after that the next round could be later than a cycle after it."""
    whole = timedelta(seconds=cycle)
    return whole - pace(cycle=cycle, freshness=freshness) - BEAT - whole / SLACK


def is_overdue(*, oldest: datetime | None, cycle: int, freshness: int, now: datetime) -> bool:
    """Whether what waits has waited for so long that it is told of now: in the next round it would be too late."""
    return oldest is not None and now - oldest >= longest_wait(cycle=cycle, freshness=freshness)


# --- What should be there --------------------------------------------------------------------------------------


def expect_after(before: Expected | None, *, seq: int, type: str, told: str, data: Mapping[str, Any]) -> Expected:
    """What a system should hold of a subject once it has confirmed one more fact. An older one changes nothing.

    `told` is the digest of the attributes that went with it. They replace those told before; a fact without any leaves
    them. What is made of a closed account is the system's own affair; of one that is erased nothing stays.
    """
    before = before or Expected(seq=0)
    if seq <= before.seq:
        return before
    if type == "account.erased":
        return Expected(seq=seq, digest=NOTHING)
    kept = "" if type == "account.closed" else told or before.digest
    return Expected(seq=seq, digest=kept, granted=_granted_after(before.granted, type, data))


def _granted_after(before: frozenset[str], type: str, data: Mapping[str, Any]) -> frozenset[str]:
    purpose = str(data.get("purpose", ""))
    if type not in _CONSENT or not purpose:
        return before
    is_whole = not any(data.get(name) for name in ("channel", "processor", "category"))
    return before | {purpose} if type in YES and is_whole else before - {purpose}


def read_held(body: object, asked: Collection[str]) -> dict[str, Held | None] | None:
    """What a system's digest endpoint answered, of those that were asked for; None when it is no such answer.

    Shape: `{"subjects": [{"subject", "sequence", "digest", "permits": [purpose, ...]}]}`; who is not there is unknown
    there. Where no `permits` is said, it keeps no consent.
    """
    entries = body.get("subjects") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        return None
    found: dict[str, Held | None] = dict.fromkeys(asked)
    for entry in entries:
        held = _read_one(entry)
        if held is None:
            return None
        if entry["subject"] in found:
            found[entry["subject"]] = held
    return found


def _read_one(entry: object) -> Held | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("subject"), str):
        return None
    seq, said, permits = entry.get("sequence"), entry.get("digest"), entry.get("permits")
    if type(seq) is not int or not isinstance(said, str):
        return None
    if permits is not None and not (isinstance(permits, list) and all(isinstance(each, str) for each in permits)):
        return None
    return Held(seq=seq, digest=said, permits=None if permits is None else frozenset(permits))


# --- What is wrong ---------------------------------------------------------------------------------------------


def compare(expected: Expected, held: Held | None, *, permitted: frozenset[str]) -> Trouble | None:
    """What is wrong with what a system holds of one subject; None for nothing.

    `permitted` are the purposes that are permitted by the register. Whatever the system does not keep is not compared.
    """
    if held is None:
        return None if expected.digest == NOTHING else Trouble.NO_IDENTITY
    forgotten = expected.digest == NOTHING
    if held.alike is not None:
        return None if held.alike else Trouble.MORE_PERMISSIVE if forgotten else Trouble.CORRUPTED
    if (forgotten and held.digest not in (None, "", NOTHING)) or (held.permits or frozenset()) - permitted:
        return Trouble.MORE_PERMISSIVE
    if held.seq is not None and held.seq < expected.seq:
        return Trouble.DROPPED
    is_other = bool(expected.digest) and held.digest is not None and held.digest != expected.digest
    lacks = held.permits is not None and bool((expected.granted & permitted) - held.permits)
    is_ahead = held.seq is not None and held.seq > expected.seq
    return Trouble.CORRUPTED if is_other or lacks or is_ahead else None


def judge_round(
    found: Found, *, fresh: Collection[str], counts: Mapping[Trouble, int], failed_before: bool, is_overdue: bool
) -> dict[Trouble, str]:
    """What is wrong with a system after a round, each with why. `counts` are the subjects that differ, all together.

    Once without an answer is nothing; twice in a row it has stopped. One that fetches has had the time between two
    rounds for it: what is not fetched then is not fetched any more. When nothing of what was told since the last round
    is there it is silent, whoever else differs.
    """
    wrong = {trouble: "" for trouble, count in counts.items() if count}
    seen = [each for each in fresh if each in found.alike or each in found.apart]
    missing = {each for each in seen if found.apart.get(each) in (Trouble.NO_IDENTITY, Trouble.DROPPED)}
    if seen and len(missing) == len(seen):
        wrong = {trouble: code for trouble, code in wrong.items() if trouble not in _MISSING} | {Trouble.SILENT: ""}
    fault = found.heartbeat or found.reading or ""
    if fault and (failed_before or fault == NOT_FETCHED):
        wrong[Trouble.SILENT if fault == UNREADABLE else Trouble.STOPPED] = fault
    elif is_overdue:
        wrong[Trouble.STALE] = "waits"
    return wrong


UNREADABLE = "unreadable"
NOT_FETCHED = "not_fetched"
BROKE_DOWN = "broke_down"
_MISSING = frozenset({Trouble.NO_IDENTITY, Trouble.DROPPED})


def may_close(trouble: Trouble, found: Found) -> bool:
    """Whether a round that did not find this trouble any more has looked where it was."""
    if trouble in (Trouble.STOPPED, Trouble.STALE):
        return not found.heartbeat and not found.reading
    return not found.reading


# --- What is sent ----------------------------------------------------------------------------------------------


def plan_repair(*, chosen: Collection[str], status: str, trouble: Trouble, permits: Mapping[str, bool]) -> list[Part]:
    """The present state of a subject in the types of facts that a system chose, each with its data.

    `status` is the account's; `permits` the purposes that are at stake, and whether each is permitted now.
    """
    ends = {"erased": "account.erased", "closed": "account.closed"}
    if status in ends:
        return [Part(ends[status])] if ends[status] in chosen else []
    order = ("account.created", *_TELLING) if trouble is Trouble.NO_IDENTITY else _TELLING
    plan: list[Part] = [Part(type) for type in order if type in chosen][:1]
    for purpose, yes in sorted(permits.items()):
        plan += [Part(type, {"purpose": purpose}) for type in (YES if yes else NO) if type in chosen][:1]
    return plan


def choose_song(chosen: Sequence[str], *, is_first: bool, purpose: str) -> list[Part]:
    """What a system is told of its canary in this round: she refuses the purpose, and then changes a little.

    Nothing for a system that chose no fact that can be told of somebody who does nothing.
    """
    refusals = [Part(type, {"purpose": purpose}) for type in ("consent.denied", *NO) if type in chosen and purpose][:1]
    changes = [Part(type) for type in _TELLING if type in chosen][:1]
    return (refusals + changes if is_first else changes) or refusals


def canary_attributes(subject: str, seq: int) -> dict[str, Any]:
    """A canary as she is at one sequence. Mail to her goes nowhere: `.invalid` never resolves (RFC 2606)."""
    name = f"{subject.removeprefix('acc_').lower()}@{CANARY_DOMAIN}"
    return {
        "email": name,
        "email_verified": False,
        "name": f"Canary {seq}",
        "phone": None,
        "phone_verified": False,
        "status": "active",
    }


def with_attributes(type: str) -> bool:
    """Whether attributes go with facts of this type."""
    return type in OFFERED and OFFERED[type].with_attributes
