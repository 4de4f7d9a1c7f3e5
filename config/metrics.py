"""The door to the metrics: for the machines that watch us, and closed to everybody else."""

import ipaddress
import logging
import os

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from config.waiting import WAITING_WORK

_log = logging.getLogger(__name__)
# A proxy writes one of these; whoever comes through one is not on our network, whatever the connection says.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


def metrics(request: HttpRequest) -> HttpResponse:
    """Counts in the Prometheus text format, or 404 for whoever may not read them."""
    if request.method not in ("GET", "HEAD") or not _may_read(request):
        return HttpResponse("Not found\n", status=404, content_type="text/plain")
    return HttpResponse(_counts(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        return True
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_ALLOWED)


def _counts() -> bytes:
    """What all workers of this server counted together, and what waits in the tables."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # its library has no types here
        counted = generate_latest(registry)
    else:
        counted = generate_latest(REGISTRY)
    waiting = CollectorRegistry()
    waiting.register(WAITING_WORK)
    try:
        return counted + generate_latest(waiting)
    except Exception as error:  # noqa: BLE001  a database that is down must not hide the counts
        _log.warning("what waits cannot be counted: %s", type(error).__name__)
        return counted
