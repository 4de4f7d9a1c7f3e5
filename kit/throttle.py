"""Counting what may happen so often and no more: fixed windows in the cache, shared by all nodes."""

import ipaddress
import logging

from django.core.cache import cache
from django.db import DatabaseError
from redis.exceptions import RedisError

from kit.ids import digest

log = logging.getLogger(__name__)


def count(name: str, key: str, *, limit: int, seconds: int, now: float) -> int:
    """Count one occurrence; 0 while the window of `seconds` has had at most `limit`, else the seconds until it ends.

    `now` is in Unix seconds. When the cache cannot be reached nothing is counted: use it where that is the smaller
    harm, never as the only thing between a stranger and a secret.
    """
    window, spent = divmod(int(now), seconds)
    entry = f"throttle:{name}:{digest(key)}:{window}"
    try:
        cache.add(entry, 0, timeout=2 * seconds)
        counted = cache.incr(entry)
    except ValueError:  # it expired between the two
        return 0
    except (RedisError, DatabaseError, OSError):
        log.warning("the throttle %s cannot count: the cache is not reachable", name)
        return 0
    return seconds - spent if counted > limit else 0


def network_of(address: str | None) -> str:
    """What one subscriber can call from: an IPv4 address, or the /64 of an IPv6 address; empty when unknown."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
