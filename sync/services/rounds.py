"""One look at a connected system: whom to compare, what it came to, what is sent again, how the canary sings."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.db.models import Q

import consent.queries
from accounts.queries import find_account
from accounts.types import Status
from audit import journal
from consent.types import Item
from kit.call import CallContext
from kit.ids import new_id
from kit.unit_of_work import deed
from sync import events, rules
from sync.models import Canary, Connection, Copy, Delivery, Incident, Round
from sync.queries import CONTROL, find_oldest_open
from sync.services import copies
from sync.services.bell import ring_couriers
from sync.services.connections import PAUSED_BY_OPERATOR
from sync.services.control import VERIFICATION, tell_stream
from sync.services.incidents import settle_incidents
from sync.types import OPEN, Begun, Found, Held, RoundKind, Standing, State, Trouble

ABANDONED = "abandoned"
RESEND, TELL = "resend", "tell"
"""What is done about what differs (`options["on_drift"]`): the present state is sent again, or it is only told."""


@deed
def begin_round(*, slug: str, call: CallContext) -> Begun | None:
    """Begin a look at a connected system; None when it is not due, somebody is looking, or an operator paused it.

    A look whose time is over without an end is left as it is: whoever looked is gone.
    """
    row = Connection.objects.select_for_update(of=("self",), no_key=True).filter(slug=slug).first()
    if row is None or row.standing == Standing.DISABLED or row.reason == PAUSED_BY_OPERATOR:
        return None
    last = Round.objects.filter(connection=row).first()
    if last is not None and last.ended_at is None and last.until > call.now:
        return None
    if not rules.is_due(cycle=row.cycle, freshness=row.freshness, last=last.begun_at if last else None, now=call.now):
        return None
    Round.objects.filter(connection=row, ended_at=None).update(ended_at=call.now, reading=ABANDONED)

    kind, cursor = _choose(row, call) if rules.reads_back(row.draft) else (RoundKind.TOUCHED, "")
    begun = Round.objects.create(
        connection=row, kind=kind.value, begun_at=call.now, until=call.now + rules.LONGEST_ROUND, cursor=cursor
    )
    answer = Begun(round=begun.pk, kind=kind, connection=row.state, expected={}, fresh=frozenset())
    return _gather(row, answer, cursor, call) if rules.reads_back(row.draft) else answer


def _choose(row: Connection, call: CallContext) -> tuple[RoundKind, str]:
    done = Round.objects.filter(connection=row, reading="")
    full = Round.objects.filter(Q(reading="") | ~Q(cursor=""), connection=row, kind=RoundKind.FULL.value).first()
    sampled = done.exclude(kind=RoundKind.TOUCHED.value).values_list("begun_at", flat=True).first()
    kind = rules.choose_kind(
        full_at=full.begun_at if full else None,
        sample_at=sampled,
        is_unfinished=bool(full and full.cursor),
        now=call.now,
    )
    return kind, full.cursor if full and kind is RoundKind.FULL else ""


def _gather(row: Connection, begun: Begun, cursor: str, call: CallContext) -> Begun:
    """Whoever it was told about since it was last read back, whoever could not be told, whoever differed, and a sample
    or the next of all."""
    unread, untold = copies.take_up(row, call.now), copies.take_up_untold(row, call.now)
    every = Copy.objects.filter(connection=row)
    drifted = every.exclude(drift="").values_list("subject", flat=True)[: rules.MOST_IN_A_ROUND]
    more: list[str] = []
    if begun.kind is RoundKind.SAMPLE:
        more = list(every.order_by("?").values_list("subject", flat=True)[: rules.SAMPLE])
    elif begun.kind is RoundKind.FULL:
        ahead = every.filter(subject__gt=cursor).order_by("subject").values_list("subject", flat=True)
        more = list(ahead[: rules.MOST_IN_A_ROUND])
    return replace(
        begun,
        expected=copies.read_expected(row, {*unread, *untold, *drifted, *more}),
        fresh=frozenset(unread),
        unread=unread,
        page=tuple(more),
    )


@deed
def put_heartbeat_in_line(*, begun: Begun, call: CallContext) -> str | None:
    """The heartbeat of a system that fetches: a verification event waits for it in each round. Whether the one of a
    round before was fetched, "" for well; None where there was none.

    One waits at a time: who comes back finds one, not all of them.
    """
    row = Connection.objects.get(slug=begun.connection.slug)
    before = Delivery.objects.filter(receiver__transport=row.kind, receiver__key=row.slug + CONTROL, type=VERIFICATION)
    last = before.order_by("-id").first()
    if last is None or last.state not in OPEN:
        tell_stream(row, VERIFICATION, {}, call)
    if last is None:
        return None
    waited = call.now - last.created_at >= rules.pace(cycle=row.cycle, freshness=row.freshness)
    return rules.NOT_FETCHED if last.state != State.CONFIRMED and waited else ""


@deed
def judge_held(*, begun: Begun, held: Mapping[str, Held | None], call: CallContext) -> Found:
    """What is alike and what differs, after the first look."""
    row = Connection.objects.get(slug=begun.connection.slug)
    return copies.find_apart(row, begun, held, call)


@deed
def look_again(*, begun: Begun, subjects: frozenset[str], call: CallContext) -> Begun:
    """The same round, with what the system should hold by now of whoever differed: something may have arrived."""
    row = Connection.objects.get(slug=begun.connection.slug)
    unread = copies.take_up(row, call.now)
    expected = {**begun.expected, **copies.read_expected(row, subjects)}
    return replace(begun, expected=expected, unread={**begun.unread, **unread}, fresh=begun.fresh | unread.keys())


@deed
def conclude_round(*, begun: Begun, found: Found, call: CallContext) -> None:
    """Write down what a round came to: what is read back, what differs, incidents, repairs, and the canary's next song.

    Whoever is on the move is left for the next round. A round that somebody else took over is nobody's business here.
    """
    row = Connection.objects.select_for_update(of=("self",), no_key=True).get(slug=begun.connection.slug)
    current = Round.objects.select_for_update().filter(pk=begun.round, ended_at=None).first()
    if current is None:
        return
    cursor = _cursor_after(row, begun, found)
    moving = copies.list_moving(row, list(found.apart), call.now) if found.apart else set()
    found = replace(found, apart={who: what for who, what in found.apart.items() if who not in moving})

    mended = copies.note_alike(row, found.alike, begun.unread, call.now)
    news = copies.note_apart(row, found.apart, call.now)
    wrong = _judge(row, begun, found, call)
    settle_incidents(row, wrong, found, call)
    _repair(row, wrong, call)
    if rules.sings(row.draft) and row.standing == Standing.ACTIVE:
        _sing(row, call)

    current.heartbeat, current.reading, current.ended_at = found.heartbeat, found.reading, call.now
    current.compared, current.apart = len(found.alike) + len(found.apart), len(found.apart)
    current.found, current.repaired, current.cursor = news, mended, cursor
    current.save()


def _cursor_after(row: Connection, begun: Begun, found: Found) -> str:
    """Behind which subject the next full round goes on: the last before the first that was not got to, or ""."""
    if begun.kind is not RoundKind.FULL:
        return ""
    left = [subject for subject in begun.page if subject not in found.alike and subject not in found.apart]
    done = [subject for subject in begun.page if not left or subject < min(left)]
    last = max(done, default="")
    return last if last and Copy.objects.filter(connection=row, subject__gt=last).exists() else ""


def _judge(row: Connection, begun: Begun, found: Found, call: CallContext) -> dict[Trouble, str]:
    if row.standing == Standing.PAUSED:
        return {Trouble.STOPPED: row.reason}
    before = Round.objects.filter(connection=row, begun_at__lt=call.now).exclude(pk=begun.round).first()
    # A look that nobody finished says nothing of the other side: our own process was restarted.
    failed_before = before is not None and before.reading != ABANDONED and bool(before.heartbeat or before.reading)
    oldest = find_oldest_open(slug=row.slug)
    drifts = Copy.objects.filter(connection=row).exclude(drift="").values_list("drift", flat=True)
    counts: dict[Trouble, int] = {}
    for each in drifts:
        counts[Trouble(each)] = counts.get(Trouble(each), 0) + 1
    return rules.judge_round(
        found,
        fresh=begun.fresh,
        counts=counts,
        failed_before=failed_before,
        is_overdue=rules.is_overdue(oldest=oldest, cycle=row.cycle, freshness=row.freshness, now=call.now),
    )


def _repair(row: Connection, wrong: Mapping[Trouble, str], call: CallContext) -> None:
    """Send the present state of whoever differs again, in the order of all that is told about her.

    Not to a system that takes nothing anyway, and of each a few times only: then somebody has to look.
    """
    if row.options.get("on_drift", RESEND) != RESEND or wrong.keys() & {Trouble.SILENT, Trouble.STOPPED}:
        return
    patient = call.now - rules.pace(cycle=row.cycle, freshness=row.freshness) / 2 - timedelta(seconds=row.freshness)
    drifted = Copy.objects.filter(connection=row, repairs__lt=rules.REPAIRS_TRIED).exclude(drift="")
    waiting = drifted.exclude(repaired_at__gt=patient).order_by("drifted_at", "subject")
    canaries = set(Canary.objects.filter(connection=row).values_list("subject", flat=True))
    worst_first = sorted(waiting[: rules.MOST_REPAIRED], key=lambda each: list(Trouble).index(Trouble(each.drift)))
    for each in worst_first:
        if each.subject not in canaries:  # she sings again anyway
            _repeat(row, each, call)
        each.repairs, each.repaired_at = each.repairs + 1, call.now
        each.save(update_fields=["repairs", "repaired_at"])


def _repeat(row: Connection, copy: Copy, call: CallContext) -> None:
    account = find_account(copy.subject)
    status = account.status if account is not None else Status.ERASED.value
    known = {purpose.id for purpose in consent.queries.list_purposes()}
    asked = sorted(({row.purpose} | set(copy.granted)) & known)
    items = [Item(copy.subject, purpose, channel=row.owner_channel) for purpose in asked]
    answers = consent.queries.check(items, call.now).answers if items else ()
    plan = rules.plan_repair(
        chosen=row.event_types,
        status=status,
        trouble=Trouble(copy.drift),
        permits={item.purpose: answer.permits for item, answer in zip(items, answers, strict=True)},
    )
    for type, data in plan:
        payload = {"connection": row.slug, "as": type, "because": copy.drift, **data}
        journal.record(events.STATE_REPEATED, call=call, subject=copy.subject, payload=payload)
    if plan:
        ring_couriers(call=call)


def _sing(row: Connection, call: CallContext) -> None:
    """Tell the system something new of its canary, unless what it was told last is still on its way."""
    canary, is_new = Canary.objects.get_or_create(
        connection=row, defaults={"subject": new_id("acc_"), "written_at": call.now}
    )
    song = rules.choose_song(row.event_types, is_first=is_new, purpose=row.purpose)
    still_told = Delivery.objects.open().filter(receiver=row.receiver_id, subject=canary.subject).exists()
    if still_told or copies.list_moving(row, [canary.subject], call.now):
        return
    for type, data in song:
        payload = {"connection": row.slug, "as": type, **data}
        journal.record(events.CANARY_WRITTEN, call=call, subject=canary.subject, payload=payload)
    Canary.objects.filter(pk=canary.pk).update(written_at=call.now, songs=canary.songs + 1)
    if song:
        ring_couriers(call=call)


@deed
def clear_rounds(*, older_than: timedelta, call: CallContext, limit: int = 10_000) -> int:
    """Delete rounds and closed incidents that began more than `older_than` ago; how many."""
    before = call.now - older_than
    rounds = Round.objects.filter(begun_at__lt=before).exclude(ended_at=None).values_list("pk", flat=True)[:limit]
    closed = Incident.objects.filter(closed_at__lt=before).values_list("pk", flat=True)[:limit]
    return (
        Round.objects.filter(pk__in=list(rounds)).delete()[0] + Incident.objects.filter(pk__in=list(closed)).delete()[0]
    )
