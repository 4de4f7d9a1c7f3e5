"""Many at once: run one act in real threads that start together, each on its own database connection."""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def together(count: int, act: Callable[[int], T]) -> tuple[list[T], list[BaseException]]:
    """Call `act` with 0 to `count` - 1, all at once: the answers and the errors."""
    answers: list[T] = []
    errors: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(10)
            answers.append(act(number))
        except BaseException as error:  # noqa: BLE001  the test judges what went wrong
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, errors
