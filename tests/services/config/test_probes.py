"""What machines ask: alive, ready, and how much of what."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from config import health
from config.waiting import WaitingWork
from keyring.models import SigningKey
from keyring.queries import forget_keys
from keyring.services import ensure_signing_key
from kit import crypto
from notifications.services import send_mail


@pytest.fixture
def ready(db: None, call: Any) -> None:
    ensure_signing_key(call=call)


@pytest.mark.django_db
def test_a_living_process_needs_nobody(client: Client, django_assert_num_queries: Any, settings: Any):
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    with django_assert_num_queries(0):
        answer = client.get("/livez", headers={"Host": "10.0.0.1"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_everything_there_is_ready(client: Client, ready: None):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "failing": [], "reasons": {}})


def told(client: Client) -> dict[str, str]:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    return answer.json()["reasons"]


def test_a_database_without_a_signing_key_is_not_ready(client: Client, db: None):
    assert told(client) == {"signing_key": "There is no signing key yet; run: python manage.py keyring_rotate."}


def test_another_key_encryption_key_is_named_as_the_reason(client: Client, ready: None, settings: Any):
    settings.KEY_ENCRYPTION_KEY = "b3RoZXIta2V5LW9mLTMyLWJ5dGVzLWZvci10ZXN0cyE="
    crypto._cipher.cache_clear()
    forget_keys()
    assert "KEY_ENCRYPTION_KEY does not open the signing key" in told(client)["signing_key"]


def test_missing_migrations_are_counted(client: Client, ready: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(health.CHECKS, "migrations", health._Migrations())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'keyring'")
    assert told(client) == {"migrations": "1 migrations are missing; run: python manage.py prepare."}


def test_a_cache_that_does_not_answer_is_named_without_its_words_and_the_node_serves_on(
    client: Client, ready: None, monkeypatch: pytest.MonkeyPatch
):
    def fail() -> None:
        raise ConnectionError("redis://:password@cache.example")

    monkeypatch.setitem(health.CHECKS, "cache", fail)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    reasons = {"cache": "It does not answer (ConnectionError)."}
    assert answer.json() == {"ready": True, "failing": ["cache"], "reasons": reasons}


def test_static_files_that_were_never_collected_are_named(client: Client, ready: None, settings: Any, tmp_path: Any):
    settings.COLLECTED_STATIC_FILES, settings.STATIC_ROOT = True, str(tmp_path)
    assert "collectstatic" in told(client)["static_files"]


# --- Metrics ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_metrics_are_for_this_machine(client: Client):
    answer = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert answer.status_code == 200
    assert "throughline_outbox_waiting 0.0" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["203.0.113.9", "10.1.2.3", "::2", "", "unix:"])
def test_metrics_are_not_there_for_others(client: Client, address: str):
    answer = client.get("/metrics", REMOTE_ADDR=address)
    assert answer.status_code == 404
    assert b"throughline" not in answer.content


@pytest.mark.django_db
def test_a_network_can_be_let_in(client: Client, settings: Any):
    settings.METRICS_ALLOWED = ["10.1.0.0/16"]
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.2.2.3").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404


@pytest.mark.django_db
def test_a_token_opens_from_anywhere_and_a_wrong_or_empty_one_does_not(client: Client, settings: Any):
    def ask(given: str) -> int:
        headers = {"Authorization": given, "X-Forwarded-For": "203.0.113.9"}
        return client.get("/metrics", headers=headers, REMOTE_ADDR="203.0.113.9").status_code

    assert ask("Bearer ") == 404
    settings.METRICS_TOKEN = "a-token-for-the-watcher"
    assert ask("Bearer a-token-for-the-watcher") == 200
    assert ask("Bearer a-token") == 404
    assert ask("") == 404


@pytest.mark.django_db
def test_what_waits_is_counted_from_the_tables(call: Any):
    send_mail(to="ana@example.com", subject="Hello", body="Hello", call=call)
    ensure_signing_key(call=call)
    values = {each.name: each.samples[0].value for each in WaitingWork().collect() if each.samples}
    assert values["throughline_outbox_waiting"] == 1
    assert values["throughline_journal_unsealed"] == SigningKey.objects.count() + 1
    assert values["throughline_outbox_failed"] == 0


@pytest.mark.django_db
def test_addresses_and_unknown_codes_never_become_labels(client: Client):
    client.get("/nowhere/ana@example.com")
    client.post("/oauth/token", {"grant_type": "ana"})
    text = client.get("/metrics").content.decode()
    assert "ana@" not in text
    assert '"ana"' not in text
    assert 'route="none"' in text
