"""The WSGI application that granian, or any other WSGI server, serves."""

import codecs
import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

from config.express_lane import ExpressLane

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_django = get_wsgi_application()


def ordinary(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Django's application, for requests in UTF-8.

    Django follows the charset a request names before any middleware is asked. Some of the codecs Python knows make it
    fail there (`hex`), others make lone surrogates out of a form (`unicode_escape`).
    """
    if _is_readable(environ.get("CONTENT_TYPE", "")):
        return _django(environ, start_response)
    start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
    return [b"The request must be encoded in UTF-8.\n"]


def _is_readable(content_type: str) -> bool:
    try:
        _, parameters = parse_header_parameters(content_type)
        return codecs.lookup(parameters.get("charset", "utf-8")).name in ("utf-8", "ascii")
    except LookupError:
        return True  # Django takes no notice of a charset that does not exist
    except ValueError:
        return False


application = ExpressLane(ordinary)
