"""The bell at the couriers' door."""

from collections.abc import Collection

from django.db import transaction

from kit.call import CallContext
from kit.doorbell import ring
from kit.unit_of_work import current_unit_of_work, deed
from sync import queries

WORKER_TASK = "sync.tasks.deliver_waiting"
_RUNG = "sync.rung"


@deed
def ring_couriers(*, call: CallContext) -> None:  # noqa: ARG001  every deed takes its call
    """Wake the couriers after the commit. They look around by the clock anyway: a silent bell is only slower."""
    notes = current_unit_of_work().notes
    if _RUNG not in notes:  # once for each commit, however many facts it has
        notes[_RUNG] = True
        transaction.on_commit(_ring, robust=True)


@deed
def ring_for(*, types: Collection[str], call: CallContext) -> None:
    """Wake the couriers where a connected system chose one of these types of facts.

    A system that was connected less than a second ago may be told by the clock, two seconds later.
    """
    if queries.is_listened_to(types):
        ring_couriers(call=call)


def _ring() -> None:
    ring(WORKER_TASK)
