"""The cache and the bell while Redis is away: the database takes over, and nobody waits twice for what is not there."""

import pytest
from django.core.cache import caches
from django.test import override_settings
from redis.exceptions import ConnectionError as RedisAway

from kit import doorbell, redis_cache

pytestmark = pytest.mark.django_db

NOWHERE = {"BACKEND": "kit.redis_cache.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
TABLE = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}


@pytest.fixture
def cache(monkeypatch):
    monkeypatch.setattr(redis_cache._Absence, "until", 0.0)
    with override_settings(CACHES={"default": NOWHERE, redis_cache.WITHOUT_REDIS: TABLE}):
        yield caches["default"]


def test_the_database_keeps_what_redis_would(cache):
    assert cache.add("tries", 1, timeout=60)
    assert not cache.add("tries", 9, timeout=60)
    assert cache.incr("tries") == 2
    cache.set("a", "b")
    assert cache.get_many(["a", "tries"]) == {"a": "b", "tries": 2}
    cache.delete("a")
    assert cache.get("a") is None
    with pytest.raises(RedisAway):
        cache.ping()


def test_one_that_is_away_is_asked_again_only_after_a_while(cache, monkeypatch):
    asked = []

    def away(*_args, **_kwargs):
        asked.append(1)
        raise TimeoutError

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.get_client", away)
    for _ in range(5):
        cache.get("a")
    assert len(asked) == 1
    monkeypatch.setattr(redis_cache._Absence, "until", 0.0)
    cache.get("a")
    assert len(asked) == 2


def test_a_bell_that_is_broken_is_left_alone_for_a_while(monkeypatch):
    rung = []

    def refuse(task, **_options):
        rung.append(task)
        raise RedisAway

    monkeypatch.setattr(doorbell._Broken, "until", 0.0)
    monkeypatch.setattr("kit.doorbell.current_app.send_task", refuse)
    assert [doorbell.ring("a.task") for _ in range(3)] == [False] * 3
    assert rung == ["a.task"]
