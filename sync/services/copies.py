"""What connected systems should hold, kept from what they have confirmed; parts of the deeds of a round."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce

import consent.queries
from audit.queries import list_pending_among
from consent.types import Item
from kit.call import CallContext
from sync import rules
from sync.models import Connection, Copy, Delivery, DeliveryQuerySet
from sync.types import OPEN, Begun, Expected, Found, Held, Kind, State, Trouble

_AT_ONCE = 1000
_LATELY = timedelta(days=1)
T = TypeVar("T")


def take_up(connection: Connection, now: datetime) -> dict[str, list[int]]:
    """Bring the copies up to what the system has confirmed and should have applied by now: by subject the deliveries
    that nobody has read back yet.

    Rows and not a watermark say which: a commit may come late. One of a subject follows the other, so their order is
    that of their confirmation.
    """
    settled = now - timedelta(seconds=connection.freshness)
    rows = Delivery.objects.filter(
        receiver=connection.receiver_id, state=State.CONFIRMED.value, confirmed_at__lte=settled
    ).order_by("confirmed_at", "id")
    if connection.kind == Kind.SCIM:  # each was read back at once
        taken_up = Copy.objects.filter(connection=connection, subject=OuterRef("subject"), seq__gte=OuterRef("seq"))
        rows = rows.filter(~Exists(taken_up), confirmed_at__gte=now - _LATELY)
    else:
        rows = rows.filter(read_back_at=None)
    news = rows.values_list("pk", "subject", "seq", "type", "digest", "facts")[: rules.MOST_IN_A_ROUND]
    unread: dict[str, list[int]] = {}
    facts: dict[str, list[tuple[int, str, str, dict[str, object]]]] = {}
    for pk, subject, seq, type, told, said in news:
        unread.setdefault(subject, []).append(pk)
        facts.setdefault(subject, []).append((seq, type, told, said.get("data", {})))
    for subjects in _chunks(sorted(facts)):
        _fold(connection, subjects, facts)
    return unread


_CONTRADICTED = ("not_applied", "no_identity", "two_identities")
"""What a system came to that was told, and then did not hold it or did not know whom."""


def _untold(connection: Connection, now: datetime) -> DeliveryQuerySet:
    """Deliveries that were tried in vain, because the system itself holds something else: they are not on their way."""
    rows = Delivery.objects.filter(receiver=connection.receiver_id, created_at__gte=now - _LATELY)
    return rows.exclude(state=State.CONFIRMED.value).filter(
        last_error__in=_CONTRADICTED, attempts__gte=rules.ALARM_AFTER
    )


def take_up_untold(connection: Connection, now: datetime) -> set[str]:
    """Who could not be told, also who never stood there: *no identity there* is a failure."""
    if connection.kind != Kind.SCIM:  # no other is read back as it is told
        return set()
    subjects = set(_untold(connection, now).values_list("subject", flat=True)[: rules.MOST_IN_A_ROUND])
    fresh = [Copy(connection=connection, subject=subject, seq=0) for subject in sorted(subjects)]
    Copy.objects.bulk_create(fresh, ignore_conflicts=True)
    return subjects


def _fold(
    connection: Connection, subjects: list[str], facts: Mapping[str, list[tuple[int, str, str, dict[str, object]]]]
) -> None:
    known = {row.subject: row.expected for row in Copy.objects.filter(connection=connection, subject__in=subjects)}
    copies = []
    for subject in subjects:
        expected = known.get(subject)
        for seq, type, told, data in facts[subject]:
            expected = rules.expect_after(expected, seq=seq, type=type, told=told, data=data)
        if expected is not None and expected != known.get(subject):
            copies.append(_copy(connection, subject, expected))
    Copy.objects.bulk_create(
        copies,
        update_conflicts=True,
        unique_fields=["connection", "subject"],
        update_fields=["seq", "digest", "granted"],
    )


def _copy(connection: Connection, subject: str, expected: Expected) -> Copy:
    return Copy(
        connection=connection,
        subject=subject,
        seq=expected.seq,
        digest=expected.digest,
        granted=sorted(expected.granted),
    )


def read_expected(connection: Connection, subjects: Collection[str]) -> dict[str, Expected]:
    """What the system should hold of these subjects. Of permissions only that for its own purpose: whether it keeps
    others is its own affair."""
    found = {}
    for some in _chunks(sorted(subjects)):
        for row in Copy.objects.filter(connection=connection, subject__in=some):
            kept = row.expected
            found[row.subject] = Expected(kept.seq, kept.digest, kept.granted & {connection.purpose})
    return found


def find_apart(connection: Connection, begun: Begun, held: Mapping[str, Held | None], call: CallContext) -> Found:
    """What is alike and what differs in what was read back."""
    permitted = _permitted(connection, held, call)
    apart: dict[str, Trouble] = {}
    for subject, there in held.items():
        trouble = rules.compare(begun.expected[subject], there, permitted=permitted.get(subject, frozenset()))
        if trouble is not None:
            apart[subject] = trouble
    return Found(alike=frozenset(held.keys() - apart.keys()), apart=apart)


def _permitted(connection: Connection, held: Mapping[str, Held | None], call: CallContext) -> dict[str, frozenset[str]]:
    """Of the purposes that the system permits or should, those that the register permits now.

    A purpose that the register does not know is the system's own affair.
    """
    known = {purpose.id for purpose in consent.queries.list_purposes()}
    permitted: dict[str, set[str]] = {}
    items = []
    for subject, there in held.items():
        if there is not None and there.permits is not None:
            permitted[subject] = set(there.permits) - known
            asked = (there.permits | {connection.purpose}) & known
            items += [Item(subject, purpose, channel=connection.owner_channel) for purpose in sorted(asked)]
    for some in _chunks(items):
        answers = consent.queries.check(some, call.now).answers
        for item, answer in zip(some, answers, strict=True):
            if answer.permits:
                permitted[item.party].add(item.purpose)
    return {subject: frozenset(purposes) for subject, purposes in permitted.items()}


def list_moving(connection: Connection, subjects: Collection[str], now: datetime) -> set[str]:
    """Those of these subjects about whom something is on its way to the system, or has arrived just now.

    Whatever has been on its way for too long does not count: it may never arrive.
    """
    rows = Delivery.objects.filter(receiver=connection.receiver_id, subject__in=subjects)
    young = now - rules.longest_wait(cycle=connection.cycle, freshness=connection.freshness)
    just_now = Q(confirmed_at__gt=now - timedelta(seconds=connection.freshness))
    moving = rows.filter(just_now | Q(state__in=OPEN, created_at__gt=young))
    if connection.kind == Kind.SCIM:
        moving = moving.exclude(subject__in=_untold(connection, now).values("subject"))
    return {*moving.values_list("subject", flat=True), *list_pending_among(subjects=subjects)}


def note_alike(
    connection: Connection, subjects: Collection[str], unread: Mapping[str, list[int]], now: datetime
) -> int:
    """These hold what they should: their deliveries are read back. How many of them had drifted."""
    for keys in _chunks([key for subject in subjects for key in unread.get(subject, ())]):
        Delivery.objects.filter(pk__in=keys).update(read_back_at=now, applied_at=Coalesce(F("applied_at"), Value(now)))
    mended = 0
    for some in _chunks(sorted(subjects)):
        rows = Copy.objects.filter(connection=connection, subject__in=some)
        mended += rows.exclude(drift="").filter(repairs__gt=0).count()
        rows.update(drift="", drifted_at=None, repairs=0, repaired_at=None, compared_at=now)
    return mended


def note_apart(connection: Connection, apart: Mapping[str, Trouble], now: datetime) -> int:
    """These hold something else: of how many that is news."""
    news = 0
    for trouble in sorted(set(apart.values())):
        for some in _chunks(sorted(subject for subject, each in apart.items() if each is trouble)):
            rows = Copy.objects.filter(connection=connection, subject__in=some)
            news += rows.filter(drift="").count()
            rows.update(drift=trouble.value, drifted_at=Coalesce(F("drifted_at"), Value(now)), compared_at=now)
    return news


def _chunks(values: Iterable[T]) -> Iterable[list[T]]:
    every = list(values)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
