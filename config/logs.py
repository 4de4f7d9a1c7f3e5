"""How the log is written: JSON lines in production, readable lines elsewhere; never a secret or a personal value.

Rooms write with `logging` as usual. What a line may hold beside its text is listed here; the trace id and the opaque
ids of client and subject come from the work in hand. Libraries are heard from WARNING on, because their lower levels
repeat parameters, addresses and statements.
"""

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from kit.trace import current_work

# What a line may hold beside its text: codes, opaque ids, numbers.
FIELDS = ("method", "route", "status", "ms", "task", "task_id", "outcome", "message_ref", "attempt", "reason", "count")
# Loggers whose words we replace: theirs repeat what a stranger sent, or what an exception holds.
_REWORDED = ("django.request", "django.security", "celery.app.trace")


def logging_config(*, json_lines: bool, level: str, rooms: Sequence[str]) -> dict[str, Any]:
    """Django's LOGGING: `level` holds for the loggers of our rooms, all others speak from WARNING on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "config.logs.line_formatter", "json_lines": json_lines}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            **{room: {"level": level} for room in rooms},
            "celery.app.trace": {"level": "INFO"},  # one line for each task, and what became of it
            "celery.apps.worker": {"level": "INFO"},  # that it is ready
            # Named although they inherit it: these would tell the most.
            **{name: {"level": "WARNING"} for name in ("django", "django.db.backends", "oauthlib", "oauth2_provider")},
            "py.warnings": {"level": "WARNING"},
        },
    }


def line_formatter(json_lines: bool | None = None) -> structlog.stdlib.ProcessorFormatter:
    """The formatter of every line; without an argument it is chosen by the mode, for a server that knows no Django."""
    if json_lines is None:
        json_lines = os.environ.get("THROUGHLINE_MODE", "production") == "production"
    final: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if json_lines:
        final += [_tell_where, structlog.processors.JSONRenderer()]
    else:
        final += [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), sort_keys=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    return structlog.stdlib.ProcessorFormatter(
        processors=final,
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            _reword,
            _add_work,
        ],
    )


def _add_work(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Say in which request or task, and for whom, the line was written."""
    if work := current_work():
        event["trace_id"] = work.trace_id
        event.update({name: value for name, value in (("client", work.client), ("sub", work.subject)) if value})
    return event


def _reword(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Say what a library means without repeating what it was given."""
    record: logging.LogRecord = event["_record"]
    if not record.name.startswith(_REWORDED):
        return event
    if record.name.startswith("django.security"):
        event["event"] = f"request refused: {record.name.rpartition('.')[2]}"
    elif record.name.startswith("django.request"):
        event["event"] = "request failed" if record.levelno >= logging.ERROR else "request refused"
    elif isinstance(data := getattr(record, "data", None), dict):
        outcome = data.get("description") or "succeeded"
        event["event"] = f"Task {data.get('name')}[{data.get('id')}] {outcome}"
        if runtime := data.get("runtime"):
            event["ms"] = round(runtime * 1000, 1)
    return event


def _tell_where(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """An exception as its kinds and places. Its words stay out: a database says which address was there already."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = [_place(each) for each in _chain(error)]
    return event


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def _place(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    return {"type": f"{kind.__module__}.{kind.__qualname__}", "at": _frames(error.__traceback__)}


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
