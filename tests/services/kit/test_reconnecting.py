"""PostgreSQL is restarted while connections rest: what comes next does not notice."""

import time
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from channel_registry.models import Channel
from kit.prepared import Question
from oauth.models import Client as OAuthClient
from tests.actors import make_client

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is a file: nothing to connect to"),
]
_channel = Question(lambda slug: Channel.objects.filter(slug=slug).annotate(one=Value(1)))


def cut_off() -> int:
    """End this thread's connection from outside, as a restart does; the number of the process that served it."""
    connection.ensure_connection()
    pid = int(connection.connection.info.backend_pid)
    settings = connection.get_connection_params()
    wanted = {name: settings[name] for name in ("dbname", "user", "password", "host", "port") if name in settings}
    with psycopg.connect(**wanted, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
        while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            time.sleep(0.01)
    return pid


@pytest.mark.parametrize(
    "ask",
    [
        lambda: list(Channel.objects.all()),
        lambda: _channel.first("web"),
        lambda: Channel.objects.create(slug="web", name="Web", created_at="2026-11-20T12:00:00Z"),
    ],
    ids=["a queryset", "a prepared question", "a row"],
)
def test_whatever_comes_after_a_restart_connects_anew(ask: Any) -> None:
    cut_off()
    ask()


def test_a_transaction_after_a_restart_is_whole(call: Any) -> None:
    cut_off()
    with transaction.atomic():
        Channel.objects.create(slug="web", name="Web", created_at=call.now)
        Channel.objects.create(slug="chat", name="Chat", created_at=call.now)
    assert Channel.objects.count() == 2


def test_a_token_request_after_a_restart_is_answered(call: Any) -> None:
    shop = make_client(call, scopes=("handoff",), default_scopes=("handoff",), grant_types=("client_credentials",))
    assert OAuthClient.objects.count() == 1
    cut_off()
    answer = shop.post("/oauth/token", grant_type="client_credentials", scope="handoff")
    assert answer.status_code == 200, answer.content


def test_a_transaction_that_was_under_way_fails_as_a_whole(call: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Channel.objects.create(slug="web", name="Web", created_at=call.now)
        cut_off()
        Channel.objects.create(slug="chat", name="Chat", created_at=call.now)
    assert not Channel.objects.exists()


def test_a_connection_that_lives_is_not_asked_first() -> None:
    list(Channel.objects.all())
    with CaptureQueriesContext(connection) as captured:
        before = connection.connection.info.backend_pid
        list(Channel.objects.all())
    assert len(captured) == 1
    assert connection.connection.info.backend_pid == before


def test_a_notice_is_no_farewell() -> None:
    connection.ensure_connection()
    before = connection.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("LISTEN somebody")
        cursor.execute("NOTIFY somebody")
    list(Channel.objects.all())
    assert connection.connection.info.backend_pid == before
