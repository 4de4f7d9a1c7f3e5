"""The Celery application: `celery -A config.celery worker`, `celery -A config.celery beat`.

A task carries the trace id of whoever sent it, in a header, and works under it.
"""

import logging
import os
import threading
import time
from contextlib import ExitStack
from logging.config import dictConfig
from typing import Any

from celery import Celery, signals
from celery.app.task import Task
from django.conf import settings
from prometheus_client import start_http_server

from config import measures
from kit.http import passed_on_id
from kit.ids import new_id
from kit.trace import current_trace_id, traced

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("throughline")
# "Current" is a matter of one thread; "default" holds in every thread of a web worker. Without it `.delay()` there
# would look for an AMQP broker on localhost.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_TRACE_HEADER = "trace_id"
_at_work: dict[tuple[str, int], tuple[ExitStack, float]] = {}  # a broker may bring one task twice, at once


@signals.celeryd_init.connect
@signals.setup_logging.connect
def write_the_same_log(**kwargs: Any) -> None:
    """Keep Celery from setting up a log of its own, and let warnings be lines like all others."""
    dictConfig(settings.LOGGING)
    logging.captureWarnings(capture=True)


@signals.before_task_publish.connect
def pass_trace_on(headers: dict[str, Any], **kwargs: Any) -> None:
    """Give a task the trace id of whoever sends it."""
    headers[_TRACE_HEADER] = current_trace_id()


@signals.task_prerun.connect
def begin_task(task_id: str, task: Task[Any, Any], **kwargs: Any) -> None:
    """Let everything in the task happen under the trace id it came with."""
    stack = ExitStack()
    stack.enter_context(traced(passed_on_id(getattr(task.request, _TRACE_HEADER, None)) or new_id()))
    _at_work[task_id, threading.get_ident()] = stack, time.perf_counter()


@signals.task_postrun.connect
def end_task(task_id: str, task: Task[Any, Any], state: str | None = None, **kwargs: Any) -> None:
    """Count the task."""
    stack, started = _at_work.pop((task_id, threading.get_ident()))
    measures.TASKS.labels(task.name, str(state or "unknown").lower()).inc()
    measures.TASK_SECONDS.labels(task.name).observe(time.perf_counter() - started)
    stack.close()


@signals.worker_init.connect
def serve_counts(**kwargs: Any) -> None:
    """Serve the worker's own counts where WORKER_METRICS says: a worker has no other door."""
    if settings.WORKER_METRICS:
        host, _, port = settings.WORKER_METRICS.rpartition(":")
        start_http_server(int(port), addr=host or "127.0.0.1")
