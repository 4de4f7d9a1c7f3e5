"""Workers that are there at once: the program is read once, and each of them is forked from it.

A process that is killed every two seconds must have done something in them, also where reading the program takes
longer. Each line on stdin asks for one worker; its process id is answered.
"""

import os
import sys
from pathlib import Path

import django

django.setup()

from config.celery import app  # noqa: E402  Django is set up first
from config.serving import worker_command  # noqa: E402  Django is set up first

WORDS = worker_command()


def main() -> None:
    """Fork a worker for each line; they end when this process does."""
    app.loader.import_default_modules()
    for line in sys.stdin:
        if pid := os.fork():
            print(pid, flush=True)
            continue
        os.setpgid(0, 0)
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115  for as long as it lives
        log = os.open(line.strip(), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        app.worker_main(WORDS[WORDS.index("worker") :])
        os._exit(0)


if __name__ == "__main__":
    main()
