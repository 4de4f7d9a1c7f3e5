"""Django's Redis cache, with one client for a process instead of a new one for each command, and a way without Redis.

While Redis is away or frozen the database keeps what the cache would: slower, but shared by all nodes too, so that
tries are counted and people sign in. Every few seconds Redis is asked again.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache
from django.core.cache.backends.redis import RedisCacheClient
from redis.exceptions import RedisError

ASK_AGAIN = 5.0
WITHOUT_REDIS = "without_redis"
"""The cache among CACHES that takes over."""

_log = logging.getLogger(__name__)


class _Client(RedisCacheClient):
    """Making redis-py's client takes longer than asking Redis; one may serve all threads, its pool is built for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The client for reading or for writing."""
        if (client := self._clients.get(write)) is None:
            client = self._clients[write] = super().get_client(key, write=write)
        return client


class _Absence:
    """Until when nobody asks Redis, for all threads of this process."""

    until = 0.0


class RedisCache(DjangoRedisCache):
    """CACHES' backend where there is a Redis or Valkey."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client

    def ping(self) -> None:
        """Ask Redis itself, whatever takes over for it; raises RedisError, OSError."""
        super().get("ready")


def _with_somebody_to_take_over(name: str) -> Callable[..., Any]:
    asking_redis = getattr(DjangoRedisCache, name)

    def ask(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= _Absence.until:
            try:
                return asking_redis(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                _Absence.until = time.monotonic() + ASK_AGAIN
                _log.warning("the cache is not reachable, the database takes over: %s", type(error).__name__)
        return getattr(caches[WITHOUT_REDIS], name)(*args, **kwargs)

    return ask


for _name in ("add", "get", "set", "touch", "delete", "get_many", "has_key", "incr", "set_many", "delete_many"):
    setattr(RedisCache, _name, _with_somebody_to_take_over(_name))
