"""Does the journal still say what was sealed? Every difference is named, one sentence each; memory use stays flat."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import chain

from django.conf import settings
from django.db.models import Count, Exists, OuterRef

from audit import rules
from audit.models import Event, Seal
from audit.queries.sequences import check_sequences
from audit.types import Row, SealedHead, Verdict
from kit import signatures

_SEALS_AT_ONCE = 20
_ROWS_AT_ONCE = 1000


@dataclass(slots=True)
class _Tally:
    events: int = 0
    seals: int = 0


def find_head() -> SealedHead | None:
    """The newest seal, to keep elsewhere; None while nothing was ever sealed."""
    seal = Seal.objects.order_by("-number").first()
    if seal is None:
        return None
    return SealedHead(
        number=seal.number,
        digest=seal.digest,
        sealed_at=seal.sealed_at.isoformat(),
        public_key=seal.public_key,
        signature=seal.signature,
    )


def verify_journal(
    *, report: Callable[[str], None], public_keys: Collection[str] = (), head: SealedHead | None = None
) -> Verdict:
    """Check every seal, every sealed row and every subject's sequence; one call of `report` per finding.

    `public_keys` (raw Ed25519, URL-safe base64) are the ones to trust, else the one of SEAL_SIGNING_KEY. `head` was
    exported earlier and kept elsewhere: with it, a journal cut together with its last seals is noticed too.
    """
    trusted = frozenset(public_keys) or {signatures.encode(signatures.public_key(settings.SEAL_SIGNING_KEY))}
    tally, findings = _Tally(), 0
    for finding in chain(
        _check_seals(trusted, tally), _check_head(head, trusted), _check_unknown_seals(), check_sequences()
    ):
        findings += 1
        report(finding)
    unsealed = Event.objects.filter(seal=None).count()
    return Verdict(events=tally.events, seals=tally.seals, unsealed=unsealed, findings=findings)


def _check_seals(trusted: Collection[str], tally: _Tally) -> Iterator[str]:
    previous: Seal | None = None
    while seals := list(_seals_after(previous)):
        for seal in seals:
            tally.seals += 1
            yield from _check_link(seal, previous)
            yield from _check_signature(f"seal {seal.number}", _head_of(seal), trusted)
            yield from _check_rows(seal, previous, tally)
            previous = seal


def _seals_after(previous: Seal | None) -> Collection[Seal]:
    rows = Seal.objects.defer("fingerprints").order_by("number")
    return rows.filter(number__gt=previous.number)[:_SEALS_AT_ONCE] if previous else rows[:_SEALS_AT_ONCE]


def _check_link(seal: Seal, previous: Seal | None) -> Iterator[str]:
    expected = previous.number + 1 if previous else 1
    if seal.number != expected:
        yield f"seal {expected} is missing; the next one is {seal.number}"
    elif seal.previous != (previous.digest if previous else ""):
        yield f"seal {seal.number} does not continue the seal before it"
    if rules.seal_digest(seal.statement) != seal.digest:
        yield f"seal {seal.number} was edited: its digest is not that of what it says"


def _head_of(seal: Seal) -> SealedHead:
    return SealedHead(seal.number, seal.digest, seal.sealed_at.isoformat(), seal.public_key, seal.signature)


def _check_signature(name: str, head: SealedHead, trusted: Collection[str]) -> Iterator[str]:
    if head.public_key not in trusted:
        yield f"{name} is signed with the key {head.public_key}, which is not one to trust"
    elif not _is_signed(head):
        yield f"the signature of {name} is wrong"


def _is_signed(head: SealedHead) -> bool:
    try:
        signature, public = signatures.decode(head.signature), signatures.decode(head.public_key)
    except ValueError:
        return False
    return signatures.is_signed(rules.signed_bytes(head.number, head.digest), signature, public=public)


def _check_rows(seal: Seal, previous: Seal | None, tally: _Tally) -> Iterator[str]:
    contents = rules.Contents()
    oldest = previous.sealed_at - rules.LONGEST_DEED if previous else None
    try:
        for row in _rows(seal):
            tally.events += 1
            contents.add(row)
            if oldest and row["recorded_at"] < oldest:
                yield f"{_name(row)} under seal {seal.number} is back-dated: it claims to be older than the seal before"
        if contents.digest != seal.contents:
            yield from _name_rows(seal)
    except (TypeError, ValueError, AttributeError) as error:
        yield f"a row under seal {seal.number} cannot be read: {error}"


def _rows(seal: Seal) -> Iterator[Row]:
    rows = Event.objects.filter(seal=seal.number).order_by("id").values(*rules.SEALED_COLUMNS)
    yield from rows.iterator(chunk_size=_ROWS_AT_ONCE)


def _name(row: Row) -> str:
    return f"event {row['event_id']} (row {row['id']})"


def _name_rows(seal: Seal) -> Iterator[str]:
    """Which rows make the difference; the seal is compared row by row only when it does not match as a whole."""
    expected = rules.split_fingerprints(bytes(seal.fingerprints))
    named = False
    for row in _rows(seal):
        known = expected.pop(row["id"], None)
        if known != rules.fingerprint(row["id"], rules.digest_of(row)):
            named = True
            yield f"{_name(row)} was {'edited' if known else 'inserted'} under seal {seal.number}"
    for id in expected:
        named = True
        yield f"event row {id} was removed from under seal {seal.number}"
    if not named:
        yield f"the events under seal {seal.number} are not the ones that were sealed"


def _check_head(head: SealedHead | None, trusted: Collection[str]) -> Iterator[str]:
    if head is None:
        return
    yield from _check_signature("the exported head", head, trusted)
    digest = Seal.objects.filter(number=head.number).values_list("digest", flat=True).first()
    if digest is None:
        yield f"the journal was cut: seal {head.number}, exported at {head.sealed_at}, is not in it"
    elif digest != head.digest:
        yield f"seal {head.number} is not the one that was exported at {head.sealed_at}"


def _check_unknown_seals() -> Iterator[str]:
    unknown = Event.objects.filter(~Exists(Seal.objects.filter(number=OuterRef("seal"))), seal__isnull=False)
    counted = unknown.order_by("seal").values("seal").annotate(rows=Count("id")).values_list("seal", "rows")
    for number, rows in counted.iterator(chunk_size=_ROWS_AT_ONCE):
        yield f"{rows} events stand under seal {number}, which does not exist"
