"""Whether this process lives, and whether it can do its work."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse


def livez(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all; asks nothing of any other server."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database and the cache answer, else 503 naming what does not."""
    failing = [name for name, check in (("database", _ask_database), ("cache", _ask_cache)) if not _works(check)]
    return JsonResponse({"ready": not failing, "failing": failing}, status=503 if failing else 200)


def _works(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # noqa: BLE001  whatever fails, the answer is "not ready"
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache() -> None:
    cache.get("ready")
