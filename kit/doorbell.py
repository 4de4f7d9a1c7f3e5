"""Waking a worker. What there is to do lies in a table and is looked through by the clock: a bell is only sooner."""

import logging
import time

from celery import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

RING_AGAIN = 5.0

_log = logging.getLogger(__name__)


class _Broken:
    """Until when nobody in this process rings, because the broker did not answer: each try may cost seconds."""

    until = 0.0


def ring(task: str) -> bool:
    """Have a worker run this task, soon; whether the broker took it. Call it after the commit."""
    if time.monotonic() < _Broken.until:
        return False
    try:
        current_app.send_task(task, ignore_result=True, retry=False)
    except (KombuError, RedisError, OSError) as error:
        _Broken.until = time.monotonic() + RING_AGAIN
        _log.warning("the workers could not be rung: %s", type(error).__name__)
        return False
    return True
