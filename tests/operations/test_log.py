"""How a line of the log looks, and what never stands in it."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.conf import settings

from config.logs import line_formatter, logging_config
from kit.trace import note_caller, traced


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """What our loggers write as production does, while the test runs."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(line_formatter(json_lines=True))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def test_a_line_tells_when_where_and_in_which_work(lines):
    with traced("t-1"):
        note_caller(client="shop", subject="acc_1")
        logging.getLogger("oauth.views").warning("said", extra={"status": 400, "email": "ana@example.com"})
    [line] = lines()
    assert line.pop("timestamp")
    assert line == {
        "event": "said", "level": "warning", "logger": "oauth.views", "status": 400,
        "trace_id": "t-1", "client": "shop", "sub": "acc_1",
    }  # fmt: skip


def fail(address: str) -> None:
    """Fail as a database does: naming what it was given."""
    try:
        dict[str, str]().pop(address)
    except KeyError as error:
        raise ValueError(f"Key (email)=({address}) already exists") from error


def test_an_exception_tells_its_kind_and_places_and_not_its_words(lines):
    try:
        fail("ana@example.com")
    except ValueError:
        logging.getLogger("oauth.views").exception("broken")
    [line] = lines()
    assert [each["type"] for each in line["exception"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert "fail" in line["exception"][0]["at"][-1]
    assert "ana" not in json.dumps(line)


@pytest.mark.parametrize(
    ("logger", "event"),
    [
        ("django.request", "request refused"),
        ("django.security.DisallowedHost", "request refused: DisallowedHost"),
        ("django.security.csrf", "request refused: csrf"),
    ],
)
def test_libraries_that_repeat_what_a_stranger_sent_are_put_into_our_words(logger: str, event: str, lines):
    logging.getLogger(logger).warning("Not Found: %s", "/ana@example.com")
    [line] = lines()
    assert line["event"] == event
    assert "ana" not in json.dumps(line)


def test_a_task_that_failed_is_told_without_its_arguments(lines):
    data = {"name": "some.task", "id": "42", "description": "raised unexpected", "args": "('ana',)", "exc": "ana"}
    logging.getLogger("celery.app.trace").error("%(name)s %(exc)s", data, extra={"data": data})
    [line] = lines()
    assert line["event"] == "Task some.task[42] raised unexpected"
    assert "ana" not in json.dumps(line)


@pytest.mark.parametrize("name", ["django.db.backends", "oauthlib.oauth2", "allauth", "urllib3", "psycopg", "httpx"])
def test_libraries_are_heard_from_warning_on_even_where_we_debug(name: str):
    config = logging_config(json_lines=True, level="DEBUG", rooms=settings.ROOMS)
    levels = {"": config["root"]["level"]} | {each: told["level"] for each, told in config["loggers"].items()}
    covering = max((each for each in levels if not each or name == each or name.startswith(f"{each}.")), key=len)
    assert levels[covering] == "WARNING"


def test_elsewhere_a_line_is_for_reading():
    record = logging.LogRecord("oauth.views", logging.INFO, "f", 1, "said %s", ("it",), None)
    line = line_formatter(json_lines=False).format(record)
    assert "said it" in line
    assert not line.startswith("{")
