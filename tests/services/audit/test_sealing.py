"""Seals chain what came in: every fact once, in order, signed with a key kept outside the database."""

import json

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import rules, services
from audit.models import Event, Seal
from audit.queries import count_unsealed, find_head
from kit import signatures
from tests.services.audit.conftest import SIGHT, rows

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_a_seal_covers_every_fact_that_had_none(note, call):
    for subject in ("ana", "ben", "ana"):
        note(subject)
    note("cleo", SIGHT)
    assert count_unsealed() == 4
    seal = services.seal_journal(call=call)
    assert (seal.number, seal.previous, seal.events, seal.heads) == (1, "", 4, {"ana": 2, "ben": 1})
    assert {row.seal for row in rows()} == {1}
    assert count_unsealed() == 0


def test_without_new_facts_there_is_no_seal(call, sealed):
    assert services.seal_journal(call=call) is None
    assert Seal.objects.count() == 2


def test_each_seal_continues_the_one_before(sealed):
    first, second = sealed
    assert (second.number, second.previous) == (2, first.digest)


def test_a_seal_takes_the_oldest_facts_up_to_its_limit(note, call):
    for _ in range(5):
        note()
    assert [services.seal_journal(call=call, limit=2).events for _ in range(3)] == [2, 2, 1]
    assert [row.seal for row in rows()] == [1, 1, 2, 2, 3]


def test_a_fact_that_commits_late_with_a_smaller_id_comes_under_a_later_seal(note, call, findings):
    note("ana", SIGHT)
    (event,) = rows()
    for id, seal in [(event.pk + 200, 1), (event.pk + 100, 2)]:
        event.pk, event.event_id = id, f"evt_{id}"
        event.save(force_insert=True)
        assert services.seal_journal(call=call).number == seal
    assert [(row.pk - event.pk, row.seal) for row in rows()] == [(-100, 1), (0, 2), (100, 1)]
    assert findings() == []


def test_a_fact_that_commits_while_the_sealer_works_waits_for_the_next_seal(note, call, findings, monkeypatch):
    note("ana", SIGHT)
    (event,) = rows()
    taken_in = services._take_in

    def take_in_and_be_overtaken(limit):
        found = taken_in(limit)
        event.pk, event.event_id = event.pk - 1, "evt_meanwhile"
        event.save(force_insert=True)
        return found

    monkeypatch.setattr(services, "_take_in", take_in_and_be_overtaken)
    assert services.seal_journal(call=call).events == 1
    monkeypatch.undo()
    assert [row.seal for row in rows()] == [None, 1]
    assert services.seal_journal(call=call).number == 2
    assert findings() == []


def test_a_seal_is_signed_by_the_key_from_the_environment(sealed):
    public = signatures.public_key(django_settings.SEAL_SIGNING_KEY)
    for seal in sealed:
        assert seal.public_key == signatures.encode(public)
        message = rules.signed_bytes(seal.number, seal.digest)
        assert signatures.is_signed(message, signatures.decode(seal.signature), public=public)


def test_every_column_of_a_fact_but_its_seal_is_sealed():
    assert set(rules.SEALED_COLUMNS) == {field.attname for field in Event._meta.concrete_fields} - {"seal"}


def test_sealing_asks_the_database_the_same_few_questions_however_many_facts_there_are(note, call):
    for _ in range(20):
        note()
    with CaptureQueriesContext(connection) as asked:
        services.seal_journal(call=call)
    assert len([each for each in asked if "SAVEPOINT" not in each["sql"]]) <= 5


def test_the_head_is_the_newest_seal(sealed):
    head = find_head()
    assert (head.number, head.digest, head.signature) == (2, sealed[1].digest, sealed[1].signature)


def test_nothing_sealed_has_no_head(db, call, tmp_path):
    assert find_head() is None
    assert services.export_head(directory=tmp_path, call=call) is None
    assert list(tmp_path.iterdir()) == []


def test_the_head_is_exported_once_a_day_over_the_older_one_of_that_day(sealed, note, call, later, tmp_path):
    directory = tmp_path / "seals"
    first = services.export_head(directory=directory, call=call)
    assert json.loads(first.read_text())["number"] == 2
    note()
    services.seal_journal(call=call)
    assert services.export_head(directory=directory, call=call) == first
    assert json.loads(first.read_text())["number"] == 3
    services.export_head(directory=directory, call=later(days=1))
    assert len(list(directory.iterdir())) == 2
