#!/usr/bin/env python
"""Every command of the gateway; `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Run a management command; a configuration mistake is one clear line, not a traceback."""
    if sys.version_info < (3, 11):  # noqa: UP036 - somebody's `python` may be older
        sys.exit("Throughline needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from config.supervisor.checks import CannotStart
        from config.supervisor.launch import launched
    except ModuleNotFoundError as error:
        sys.exit(f"throughline: {error.name} is not installed here; use `make run`, or .venv/bin/python manage.py.")

    try:
        with launched(sys.argv):
            execute_from_command_line(sys.argv)
    except (CannotStart, ImproperlyConfigured) as error:
        sys.exit(f"throughline: {error}")


if __name__ == "__main__":
    main()
