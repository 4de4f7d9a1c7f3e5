"""Whether this process lives, and whether it can do its work."""

import logging
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from keyring.queries import get_signer
from kit.redis_cache import RedisCache
from kit.refusal import Refusal

_log = logging.getLogger(__name__)


class NotReady(Exception):
    """Something is missing; the message is one sentence for the operator."""


def livez(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all; asks nothing of any other server."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when everything a request needs is there, else 503 with what is missing and why.

    What something else does the work of meanwhile is named, too, and takes no node out of service.
    """
    reasons: dict[str, str] = {}
    for name, check in CHECKS.items():
        if name in ASK_THE_DATABASE and "database" in reasons:
            continue  # each would wait as long again
        if reason := _reason(check):
            reasons[name] = reason
    for name, reason in reasons.items():
        _log.warning("not ready: %s", name, extra={"reason": reason})
    ready = reasons.keys() <= DISPENSABLE
    body = {"ready": ready, "failing": list(reasons), "reasons": reasons}
    return JsonResponse(body, status=200 if ready else 503, headers={"Cache-Control": "no-store"})


def check_static_files() -> None:
    """NotReady when the pages' styles and scripts were not collected."""
    manifest = Path(settings.STATIC_ROOT or "") / "staticfiles.json"
    if settings.COLLECTED_STATIC_FILES and not manifest.exists():
        raise NotReady("The static files are missing; run: python manage.py collectstatic --noinput.")


def _reason(check: Callable[[], None]) -> str | None:
    try:
        check()
    except (NotReady, Refusal) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  whatever fails, the answer is "not ready"
        return f"It does not answer ({type(error).__name__})."  # its words may hold addresses and names
    return None


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache() -> None:
    if isinstance(cache_in_use := caches["default"], RedisCache):
        cache_in_use.ping()
    else:
        cache_in_use.get("ready")


class _Migrations:
    """Whether every migration of this code was applied; asked until it is so, because then it stays so."""

    def __init__(self) -> None:
        self.applied = False

    def __call__(self) -> None:
        if self.applied:
            return
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            raise NotReady(f"{len(missing)} migrations are missing; run: python manage.py prepare.")
        self.applied = True


def _open_signing_key() -> None:
    get_signer()


CHECKS: dict[str, Callable[[], None]] = {
    "database": _ask_database,
    "cache": _ask_cache,
    "migrations": _Migrations(),
    "signing_key": _open_signing_key,
    "static_files": check_static_files,
}
ASK_THE_DATABASE = frozenset({"migrations", "signing_key"})
DISPENSABLE = frozenset({"cache"})  # the database takes over: see kit.redis_cache
