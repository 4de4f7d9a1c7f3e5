"""What becomes known of deliveries after they were confirmed, and what is forgotten before."""

from kit.call import CallContext
from kit.unit_of_work import deed
from sync.models import Delivery
from sync.types import OPEN, Order, State


@deed
def note_applied(*, connection: str, subject: str, seq: int, call: CallContext, read_back: bool = False) -> int:
    """A connected system has applied a subject's facts up to `seq`: it says so later, or it was read back from it.

    How many confirmed deliveries that is news of. What it has not confirmed stays as it is: it will be told.
    """
    rows = Delivery.objects.filter(
        receiver__connection__slug=connection, subject=subject, seq__lte=seq, state=State.CONFIRMED.value
    )
    news = rows.filter(applied_at=None).update(applied_at=call.now)
    if read_back:
        rows.filter(read_back_at=None).update(read_back_at=call.now)
    return news


@deed
def note_told(*, order: Order, digest: str, call: CallContext) -> None:  # noqa: ARG001  every deed takes its call
    """At this attempt other attributes went with a delivery than were taken down for it: these it was told."""
    Delivery.objects.filter(ref=order.ref).update(digest=digest)


@deed
def forget_attributes_of(*, subject: str, call: CallContext) -> int:  # noqa: ARG001  every deed takes its call
    """Drop what deliveries hold of an erased person: what still waits is told without. In how many."""
    rows = Delivery.objects.filter(subject=subject).exclude(sealed=None)
    return rows.filter(state__in=(*OPEN, State.DEAD.value)).update(sealed=None)
