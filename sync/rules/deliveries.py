"""When to try again, when to give up, how much one receiver may take up at a time."""

from datetime import datetime, timedelta

from sync.types import Answer, Outcome

FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(hours=1)
PATIENCE = timedelta(days=1)
LONGEST_QUIET = timedelta(hours=1)
REFUSALS_TAKEN = 3
ALARM_AFTER = 3
TROUBLED_AFTER = 5
LONGEST_REST = timedelta(minutes=1)
COUNTED_ATTEMPTS = 3
POISON_AFTER = 12


def delay_after(attempts: int, *, jitter: float) -> timedelta:
    """How long to wait after this many attempts: doubling up to an hour, and `jitter` (0 to 1) of half of it off.

    The jitter keeps a thousand deliveries that failed together from coming back together.
    """
    doublings = min(max(attempts, 1) - 1, 16)
    whole = min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
    return whole - whole * (jitter / 2)


def next_attempt(
    outcome: Outcome, *, attempts: int, now: datetime, give_up_at: datetime, jitter: float
) -> datetime | None:
    """When to try again after an attempt that failed; None when it is given up.

    A refusal is tried a few times: the other side may have had an old key or a bad moment. Whatever else went wrong is
    tried for a day, never before the receiver's `Retry-After` is over.
    """
    if outcome.answer is Answer.REFUSED and attempts >= REFUSALS_TAKEN:
        return None
    wait = max(delay_after(attempts, jitter=jitter), quiet_for(outcome))
    return now + wait if now + wait < give_up_at else None


def quiet_for(outcome: Outcome) -> timedelta:
    """How long the receiver wants to be left alone, an hour at most: it does not decide what is given up."""
    return min(max(outcome.retry_after or timedelta(0), timedelta(0)), LONGEST_QUIET)


def failures_after(outcome: Outcome, *, failures: int, attempts: int) -> int:
    """How many failures in a row a receiver has now. One that has too much to do is in trouble at once.

    Of each delivery the first few attempts count: one that never passes says nothing about the receiver.
    """
    counted = failures + 1 if attempts <= COUNTED_ATTEMPTS else failures
    return max(counted, TROUBLED_AFTER) if outcome.slow_down else counted


def rest_for(failures: int, *, jitter: float) -> timedelta:
    """How long a receiver is left alone after this many failures in a row: nothing, then doubling up to a minute.

    This is the breaker: whoever is down is asked once in a while, by one delivery, and not by all that wait.
    """
    if failures < TROUBLED_AFTER:
        return timedelta(0)
    whole = min(FIRST_DELAY * (1 << min(failures - TROUBLED_AFTER, 16)), LONGEST_REST)
    return whole - whole * (jitter / 2)


def room_for(*, failures: int, under_way: int, at_once: int) -> int:
    """How many deliveries more a receiver may be sent now; one that keeps failing is tried one at a time.

    This is the bulkhead: whoever is slow holds up a few senders and never all of them.
    """
    return max((1 if failures >= TROUBLED_AFTER else at_once) - under_way, 0)


def is_poison(attempts: int, *, others_arrive: bool) -> bool:
    """Whether a delivery is given up early because it alone never passes: it must not hold its subject for days."""
    return others_arrive and attempts >= POISON_AFTER


def is_alarming(attempts: int) -> bool:
    """Whether this failed attempt is the one after which somebody should look: told once for each delivery."""
    return attempts == ALARM_AFTER


def read_retry_after(value: str, *, now: datetime) -> timedelta | None:
    """`Retry-After` (RFC 9110 section 10.2.3) in seconds or as an IMF date; None for anything else."""
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return timedelta(seconds=int(text))
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=now.tzinfo) - now
    except ValueError:
        return None
