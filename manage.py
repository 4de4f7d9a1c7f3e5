#!/usr/bin/env python
"""Every command of the gateway; `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Run a management command; a configuration mistake is one clear line, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"throughline: {error}")


if __name__ == "__main__":
    main()
