"""Processes that start or rotate at the same moment agree on one ring."""

import threading

import pytest
from django.db import connection

from audit.models import Event
from keyring import queries, services
from keyring.models import SigningKey
from keyring.types import KeyStatus, PublicKey
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def real_concurrency():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")


def statuses() -> list[KeyStatus]:
    return sorted(row.status for row in SigningKey.objects.all())


def test_ten_processes_that_start_at_once_have_one_active_key(call):
    answers, errors = together(10, lambda _: services.ensure_signing_key(call=call))
    assert errors == []
    assert len({key.kid for key in answers}) == 1
    assert statuses() == [KeyStatus.ACTIVE, KeyStatus.NEXT]
    assert Event.objects.filter(type="key.activated").count() == 1
    assert Event.objects.filter(type="key.created").count() == 2


def test_rotations_at_the_same_time_leave_a_whole_ring(call):
    services.ensure_signing_key(call=call)
    answers, errors = together(10, lambda _: services.rotate_signing_key(call=call))
    assert errors == []
    assert statuses().count(KeyStatus.ACTIVE) == statuses().count(KeyStatus.NEXT) == 1
    retired = statuses().count(KeyStatus.RETIRED)
    assert 1 <= retired <= 10
    assert Event.objects.filter(type="key.retired").count() == retired
    assert Event.objects.filter(type="key.created").count() == SigningKey.objects.count()
    assert {key.kid for key in answers} <= set(SigningKey.objects.values_list("kid", flat=True))


def test_starting_while_others_rotate_is_safe(call):
    services.ensure_signing_key(call=call)
    deeds = (services.ensure_signing_key, services.rotate_signing_key)
    _, errors = together(10, lambda number: deeds[number % 2](call=call))
    assert errors == []
    assert statuses().count(KeyStatus.ACTIVE) == statuses().count(KeyStatus.NEXT) == 1


def test_tokens_signed_while_the_ring_rotates_all_verify(call):
    services.ensure_signing_key(call=call)
    stop = threading.Event()
    tokens: list[str] = []

    def rotate() -> PublicKey:
        try:
            return [services.rotate_signing_key(call=call) for _ in range(5)][-1]
        finally:
            stop.set()

    def sign() -> PublicKey:
        while not stop.is_set():
            token = queries.sign_jwt({"sub": "ana"}, typ="at+jwt")
            assert queries.verify_jwt(token, typ="at+jwt") == {"sub": "ana"}
            tokens.append(token)
        return services.ensure_signing_key(call=call)

    _, errors = together(5, lambda number: sign() if number else rotate())
    assert errors == []
    assert tokens
    assert all(queries.verify_jwt(token, typ="at+jwt") == {"sub": "ana"} for token in tokens)
