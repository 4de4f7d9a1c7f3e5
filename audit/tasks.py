"""The journal's scheduled work."""

import logging
from pathlib import Path

from celery import shared_task
from django.conf import settings

from audit import services
from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id

_log = logging.getLogger(__name__)
_SEALS_AT_ONCE = 100  # a worker that was away for long catches up over several runs


@shared_task(name="audit.tasks.seal_journal")
def seal_journal() -> None:
    """Seal whatever waits, then write the signed head to DATA_DIR/seals and into the log."""
    sealed = None
    for _ in range(_SEALS_AT_ONCE):
        seal = services.seal_journal(call=_call("seal-the-journal"))
        if seal is None:
            break
        sealed = seal
    if sealed is None:
        return
    _log.info("journal sealed: number=%s digest=%s signature=%s", sealed.number, sealed.digest, sealed.signature)
    try:
        services.export_head(directory=Path(settings.DATA_DIR) / "seals", call=_call("seal-the-journal"))
    except OSError as error:
        _log.warning("the head of the journal could not be written: %s", error)


@shared_task(name="audit.tasks.make_partitions")
def make_partitions() -> None:
    """Make the journal's partitions for the months to come."""
    if made := services.make_partitions(call=_call("make-partitions")):
        _log.info("partitions made: %s", ", ".join(made))


def _call(name: str) -> CallContext:
    return CallContext(caller=system_caller(name), now=clock.now(), trace_id=current_trace_id())
