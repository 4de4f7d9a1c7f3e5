"""What is known of connected systems beyond their answers, and where a choice is in force."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from audit.queries import list_pending_events
from consent.queries import get_catalog
from sync import rules
from sync.models import Canary, Connection, Copy, Delivery, Incident, Round
from sync.types import OPEN, ConsentThere, Force, IncidentState, Silence, Standing, State

WINDOW = timedelta(days=1)


def list_due(*, now: datetime) -> list[str]:
    """The short names of the systems whose next round is due, of all that are not switched off. One statement."""
    rows = Connection.objects.exclude(standing=Standing.DISABLED.value)
    newest = Round.objects.filter(connection=OuterRef("pk")).order_by("-begun_at").values("begun_at")[:1]
    times = rows.annotate(last=Subquery(newest)).order_by("slug").values_list("slug", "cycle", "freshness", "last")
    return [
        slug
        for slug, cycle, freshness, last in times
        if rules.is_due(cycle=cycle, freshness=freshness, last=last, now=now)
    ]


def find_least_watched() -> datetime | None:
    """When the active system that nobody has looked at for longest was last looked at, or connected; None for none.

    It tells whether anybody looks at all: rounds cannot tell of themselves that there are none.
    """
    newest = Round.objects.filter(connection=OuterRef("pk")).order_by("-begun_at").values("begun_at")[:1]
    rows = Connection.objects.filter(standing=Standing.ACTIVE.value).annotate(
        last=Coalesce(Subquery(newest), F("changed_at"))
    )
    return rows.order_by("last").values_list("last", flat=True).first()


def find_song(*, slug: str, subject: str) -> int | None:
    """How often a connected system was told of its canary; None for every other subject."""
    rows = Canary.objects.filter(connection__slug=slug, subject=subject)
    return rows.values_list("songs", flat=True).first()


def find_oldest_open(*, slug: str) -> datetime | None:
    """Since when the oldest delivery has been waiting for a system; None when nothing waits."""
    rows = Delivery.objects.open().filter(receiver__connection__slug=slug).order_by("created_at")
    return rows.values_list("created_at", flat=True).first()


def get_silence(*, slug: str, now: datetime, window: timedelta = WINDOW) -> Silence:
    """What rounds found out about a connected system during `window`, and what is wrong with it now.

    Incidents: the open ones first, then those that were closed meanwhile.
    """
    row = Connection.objects.filter(slug=slug).first()
    rounds = Round.objects.filter(connection=row).exclude(ended_at=None)
    lately = rounds.filter(begun_at__gte=now - window).order_by()
    sums = lately.aggregate(rounds=Count("pk"), compared=Sum("compared"), found=Sum("found"), repaired=Sum("repaired"))
    last = rounds.first()
    return Silence(
        reads_back=row is not None and rules.reads_back(row.draft),
        last=last.state if last else None,
        heard_at=rounds.filter(heartbeat="").values_list("begun_at", flat=True).first(),
        **{name: value or 0 for name, value in sums.items()},
        apart=Copy.objects.filter(connection=row).exclude(drift="").count(),
        incidents=tuple(list_incidents(slug=slug, since=now - window)),
    )


def list_incidents(*, slug: str = "", since: datetime | None = None) -> list[IncidentState]:
    """What is wrong with a connected system, or with any: open incidents, and those closed after `since`."""
    rows = Incident.objects.select_related("connection")
    rows = rows.filter(connection__slug=slug) if slug else rows
    closed = rows.filter(closed_at__gte=since).order_by("-closed_at") if since else rows.none()
    return [row.state for row in (*rows.filter(closed_at=None), *closed)]


def count_incidents() -> dict[tuple[str, str], int]:
    """Of how many subjects each open incident is, by system and trouble; at least 1."""
    rows = Incident.objects.filter(closed_at=None).values_list("connection__slug", "trouble", "subjects")
    return {(slug, trouble): max(subjects, 1) for slug, trouble, subjects in rows}


def where_consent_stands(subject: str, purpose: str) -> list[ConsentThere]:
    """How far a subject's last choice about a purpose, or one above it, has got in each connected system that is told.

    *No answer* is not *applied*: in force it is where the system says so itself, or where it was read back.
    """
    rows = Connection.objects.exclude(standing=Standing.DISABLED.value).order_by("slug")
    listening = [row for row in rows if any(type.startswith("consent.") for type in row.event_types)]
    rule = get_catalog().purposes.get(purpose)
    purposes = {purpose, *(rule.ancestors if rule else ())}
    is_pending = any(
        each.type.startswith("consent.") and each.payload.get("purpose") in purposes
        for each in list_pending_events(subject=subject)
    )
    return [_stands(row, subject, purposes, is_pending) for row in listening]


def _stands(row: Connection, subject: str, purposes: set[str], is_pending: bool) -> ConsentThere:
    told = Delivery.objects.filter(
        receiver=row.receiver_id,
        subject=subject,
        type__startswith="consent.",
        facts__data__purpose__in=sorted(purposes),
    )
    last = told.order_by("-seq").first()
    copy = Copy.objects.filter(connection=row, subject=subject).exclude(drift="").first()
    if copy is not None and last is not None:  # also while it is being told again
        return ConsentThere(row.slug, row.name, Force.CONTRADICTED, last.type, copy.drifted_at)
    if is_pending and (last is None or last.state not in OPEN):
        return ConsentThere(row.slug, row.name, Force.WAITING, last.type if last else "", None)
    if last is None:
        return ConsentThere(row.slug, row.name, Force.NOT_TOLD, "", None)
    force, since = _force(last)
    return ConsentThere(row.slug, row.name, force, last.type, since)


def _force(row: Delivery) -> tuple[Force, datetime | None]:
    steps: Sequence[tuple[Force, datetime | None]] = (
        (Force.READ_BACK, row.read_back_at),
        (Force.APPLIED, row.applied_at),
        (Force.ACKNOWLEDGED, row.confirmed_at),
        (Force.GIVEN_UP, row.next_attempt_at if row.state == State.DEAD else None),
        (Force.SENT, row.sent_at),
        (Force.WAITING, row.created_at),
    )
    return next((force, at) for force, at in steps if at is not None)
