"""Django's browser sessions: neither the cookie's value nor the content can be read in the table."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.sessions.models import Session as Stored
from django.db import connection, connections
from redis import Redis

from kit import clock
from sessions_hub.browser_store import SessionStore, stored_key
from tests.services.sessions_hub.browsing import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def store():
    made = SessionStore()
    made["color"] = "green"
    made.save()
    return made


def without_a_loop(act: Callable[[], None]) -> None:
    """On another thread with this test's connection: Playwright's event loop may be turning on this one."""
    own = connections["default"]

    def run() -> None:
        connections["default"] = own
        act()

    own.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(run).result()
    finally:
        own.dec_thread_sharing()


def everything_in_the_table() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Stored._meta.db_table}")
        return str(cursor.fetchall())


def test_the_cookies_value_is_in_no_row_and_in_no_cache(ana):
    browser = Browser()
    browser.sign_in(ana)
    assert browser.cookie
    assert stored_key(browser.cookie) in everything_in_the_table()
    assert browser.cookie not in everything_in_the_table()
    redis = Redis.from_url(settings.REDIS_URL)
    readers: dict[Any, Callable[[Any], Any]] = {
        b"string": redis.get,
        b"list": lambda key: redis.lrange(key, 0, -1),  # tasks that other tests left waiting
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"hash": redis.hgetall,
    }
    for key in redis.scan_iter("*"):
        reader = readers.get(redis.type(key), lambda _gone: None)
        assert browser.cookie not in f"{key!r} {reader(key)!r}"


def test_the_content_is_encrypted_and_opens_under_its_key_only(store, settings):
    row = Stored.objects.get()
    assert "color" not in row.session_data
    assert b"color" not in base64.urlsafe_b64decode(row.session_data)
    assert SessionStore().decode(row.session_data) == {"color": "green"}
    settings.KEY_ENCRYPTION_KEY = base64.urlsafe_b64encode(b"x" * 32).decode()
    assert SessionStore().decode(row.session_data) == {}
    assert SessionStore().decode("nonsense") == {}


def test_a_session_is_found_by_its_cookie_and_not_by_what_is_stored(store):
    assert SessionStore(store.session_key)["color"] == "green"
    assert SessionStore(stored_key(store.session_key)).load() == {}
    assert store.exists(store.session_key)
    assert not store.exists(stored_key(store.session_key))
    assert not store.exists("")


def test_an_unknown_cookie_value_is_not_adopted():
    chosen = SessionStore("a" * 32)
    chosen["color"] = "red"
    chosen.save()
    assert chosen.session_key != "a" * 32


def test_rotation_keeps_the_content_and_forgets_the_old_key(store):
    old = store.session_key
    store.cycle_key()
    assert store.session_key != old
    assert SessionStore(store.session_key)["color"] == "green"
    assert SessionStore(old).load() == {}
    assert Stored.objects.count() == 1


def test_a_flushed_session_is_gone_from_the_table(store):
    key = store.session_key
    store.flush()
    assert store.session_key is None
    assert SessionStore(key).load() == {}
    assert not Stored.objects.exists()


def test_a_session_can_be_deleted_by_its_cookie(store):
    key = store.session_key
    SessionStore().delete(key)
    assert not store.exists(key)
    SessionStore().delete(key)
    SessionStore().delete()


def test_an_expired_session_is_not_loaded_and_is_cleared(store):
    Stored.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    assert SessionStore(store.session_key).load() == {}
    SessionStore.clear_expired()
    assert not Stored.objects.exists()


def test_the_asynchronous_twins_agree(store):
    async def walk() -> None:
        assert await SessionStore(store.session_key).aload() == {"color": "green"}
        assert await store.aexists(store.session_key)
        fresh = SessionStore()
        await fresh.aset("color", "blue")
        await fresh.asave()
        assert await SessionStore(fresh.session_key).aget("color") == "blue"
        await fresh.adelete()
        assert await SessionStore(fresh.session_key).aload() == {}

    without_a_loop(async_to_sync(walk))
