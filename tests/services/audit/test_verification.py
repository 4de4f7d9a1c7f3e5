"""Whoever owns the tables can change them, and the verification says what was changed."""

import re
from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.db import connection

from audit import queries, rules, services
from audit.models import Event, Seal
from audit.queries import verify_journal
from audit.types import SealedHead, SealStatement
from kit import signatures
from kit.ids import new_id
from tests.services.audit.conftest import rows

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
OTHER_SEED = "b3RoZXJrZXlvdGhlcmtleW90aGVya2V5b3RoZXJrZXk="


def find_head() -> SealedHead:
    """The head of a journal that has one."""
    head = queries.find_head()
    assert head is not None
    return head


def test_a_healthy_journal_is_intact(sealed, note, findings):
    note()
    assert findings() == []
    verdict = verify_journal(report=print, head=find_head())
    assert (verdict.events, verdict.seals, verdict.unsealed, verdict.findings) == (7, 2, 1, 0)


def test_an_empty_journal_is_intact(db, findings):
    assert findings() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("subject", "'mallory'"),
        ("type", "'test.other'"),
        ("actor", "'account:mallory'"),
        ("client", "'other'"),
        ("channel", "'other'"),
        ("session", "'other'"),
        ("agent", "'other'"),
        ("journey", "'other'"),
        ("trace_id", "'other'"),
        ("event_id", "'evt_other'"),
        ("occurred_at", "'2020-01-01 00:00:00+00'"),
        ("payload", '\'{"method": "other"}\''),
        ("personal", "NULL"),
    ],
)
def test_an_edit_of_any_column_is_found_by_its_row(sealed, tamper, findings, column, value):
    victim = rows()[3]
    tamper(f"UPDATE audit_event SET {column} = {value} WHERE id = %s", victim.pk)
    name = "evt_other" if column == "event_id" else victim.event_id
    assert f"event {name} (row {victim.pk}) was edited under seal 1" in findings()


def test_an_edited_ciphertext_is_found(sealed, tamper, findings):
    victim = rows()[3]
    tamper("UPDATE audit_event SET personal = %s WHERE id = %s", b"other", victim.pk)
    assert findings() == [f"event {victim.event_id} (row {victim.pk}) was edited under seal 1"]


def test_an_edited_sequence_is_found(sealed, tamper, findings):
    victim = rows(subject="cleo")[0]
    tamper("UPDATE audit_event SET seq = 2 WHERE id = %s", victim.pk)
    assert findings() == [
        f"event {victim.event_id} (row {victim.pk}) was edited under seal 2",
        "subject cleo lacks seq 1",
        "the head of subject cleo is at seq 1, but its events go on to 2",
    ]


def test_a_removed_row_is_found(sealed, tamper, findings):
    victim = rows(subject="ben")[0]
    tamper("DELETE FROM audit_event WHERE id = %s", victim.pk)
    assert findings() == [f"event row {victim.pk} was removed from under seal 1", "subject ben lacks seq 1"]


def test_a_removed_observation_is_found(sealed, tamper, findings):
    victim = rows(seq=None)[0]
    tamper("DELETE FROM audit_event WHERE id = %s", victim.pk)
    assert findings() == [f"event row {victim.pk} was removed from under seal 1"]


def test_two_rows_that_changed_places_are_found(sealed, tamper, findings):
    one, other = rows()[0], rows()[1]
    for old, new in [(one.pk, -1), (other.pk, one.pk), (-1, other.pk)]:
        tamper("UPDATE audit_event SET id = %s WHERE id = %s", new, old)
    assert findings() == [
        f"event {other.event_id} (row {one.pk}) was edited under seal 1",
        f"event {one.event_id} (row {other.pk}) was edited under seal 1",
    ]


def test_a_row_that_moved_under_another_seal_is_found(sealed, tamper, findings):
    victim = rows()[2]
    tamper("UPDATE audit_event SET seal = 2 WHERE id = %s", victim.pk)
    assert findings() == [
        f"event row {victim.pk} was removed from under seal 1",
        f"event {victim.event_id} (row {victim.pk}) was inserted under seal 2",
    ]


def test_a_row_whose_seal_was_taken_off_is_found(sealed, tamper, findings):
    victim = rows()[2]
    tamper("UPDATE audit_event SET seal = NULL WHERE id = %s", victim.pk)
    assert findings() == [f"event row {victim.pk} was removed from under seal 1"]


def forge(**columns) -> Event:
    """A row like the first one, with other columns, not written yet."""
    event = rows()[0]
    event.pk, event.event_id, event.seq = None, new_id("evt_"), None
    for name, value in columns.items():
        setattr(event, name, value)
    return event


def test_a_row_inserted_under_an_old_seal_is_found(sealed, findings):
    forged = forge(seal=1)
    forged.save(force_insert=True)
    assert findings() == [f"event {forged.event_id} (row {forged.pk}) was inserted under seal 1"]


def test_a_row_under_a_seal_that_never_was_is_found(sealed, findings):
    forge(seal=9).save(force_insert=True)
    assert findings() == ["1 events stand under seal 9, which does not exist"]


def test_a_fact_that_never_was_is_found_by_its_number(sealed, findings):
    forge(seq=9, seal=None).save(force_insert=True)
    assert findings() == [
        "subject ana lacks seq 4 to 8",
        "the head of subject ana is at seq 3, but its events go on to 9",
    ]


def test_a_fact_for_a_subject_without_a_head_is_found(sealed, findings):
    forge(subject="mallory", seq=1, seal=None).save(force_insert=True)
    assert findings() == ["subject mallory has events up to seq 1 but no head"]


def test_a_row_that_claims_to_be_older_than_what_was_sealed_before_it_is_found(sealed, call, later, findings):
    forged = forge(seal=None, recorded_at=later(days=-30).now)
    forged.save(force_insert=True)
    assert findings() == []
    services.seal_journal(call=call)
    name = f"event {forged.event_id} (row {forged.pk})"
    assert findings() == [f"{name} under seal 3 is back-dated: it claims to be older than the seal before"]


def test_a_deed_that_took_an_hour_is_not_taken_for_back_dated(sealed, note, call, later, findings):
    note(at=later(hours=-1))
    services.seal_journal(call=call)
    assert findings() == []


def test_rows_that_were_cut_before_they_were_sealed_are_found_by_the_head_of_their_subject(
    sealed, note, tamper, findings
):
    note("ana"), note("dora")
    tamper("DELETE FROM audit_event WHERE seal IS NULL")
    assert findings() == [
        "the head of subject ana is at seq 4, but its events end at 3: the end was cut",
        "the head of subject dora is at seq 1, but it has no events: they were cut",
    ]


def test_a_seal_cut_out_of_the_middle_is_found(sealed, note, call, tamper, findings):
    note()
    services.seal_journal(call=call)
    tamper("DELETE FROM audit_seal WHERE number = 2")
    assert findings() == ["seal 2 is missing; the next one is 3", "3 events stand under seal 2, which does not exist"]


def test_a_tail_cut_with_its_seals_and_heads_is_found_by_an_exported_head(sealed, tamper, findings):
    head = find_head()
    tamper("DELETE FROM audit_event WHERE seal = 2")
    tamper("DELETE FROM audit_seal WHERE number = 2")
    tamper(
        "UPDATE audit_subjecthead SET seq = CASE subject WHEN 'ana' THEN 2 ELSE 1 END WHERE subject IN ('ana', 'ben')"
    )
    tamper("DELETE FROM audit_subjecthead WHERE subject = 'cleo'")
    assert findings() == []
    assert findings(head=head) == [f"the journal was cut: seal 2, exported at {head.sealed_at}, is not in it"]


def test_a_whole_journal_that_is_gone_is_found_by_an_exported_head(sealed, tamper, findings):
    head = find_head()
    for table in ("audit_event", "audit_seal", "audit_subjecthead"):
        tamper(f"DELETE FROM {table}")
    assert len(findings(head=head)) == 1


def test_a_journal_that_was_sealed_anew_after_a_cut_is_found_by_an_exported_head(sealed, note, call, tamper, findings):
    head = find_head()
    tamper("DELETE FROM audit_event WHERE seal = 2")
    tamper("DELETE FROM audit_seal WHERE number = 2")
    note("dora")
    services.seal_journal(call=call)
    assert f"seal 2 is not the one that was exported at {head.sealed_at}" in findings(head=head)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("previous", "''"),
        ("contents", f"'{'0' * 64}'"),
        ("events", "9"),
        ("heads", "'{\"ana\": 9}'"),
        ("sealed_at", "'2020-01-01 00:00:00+00'"),
    ],
)
def test_an_edit_of_anything_a_seal_says_is_found(sealed, tamper, findings, column, value):
    tamper(f"UPDATE audit_seal SET {column} = {value} WHERE number = 2")
    assert "seal 2 was edited: its digest is not that of what it says" in findings()


def test_a_wrong_signature_is_found(sealed, tamper, findings):
    tamper("UPDATE audit_seal SET signature = %s WHERE number = 2", sealed[0].signature)
    assert findings() == ["the signature of seal 2 is wrong"]


@pytest.mark.parametrize("signature", ["", "no base64!", "AAAA"])
def test_a_signature_that_is_none_is_found(sealed, tamper, findings, signature):
    tamper("UPDATE audit_seal SET signature = %s WHERE number = 2", signature)
    assert findings() == ["the signature of seal 2 is wrong"]


def test_a_journal_rewritten_from_some_point_on_with_another_key_is_found(sealed, tamper, findings, settings):
    """The strongest forger: everything consistent again, only the key is not ours."""
    tamper("UPDATE audit_event SET actor = 'account:mallory' WHERE seal = 2")
    forged = seal_again(sealed[1], OTHER_SEED)
    tamper(
        "UPDATE audit_seal SET contents = %s, digest = %s, public_key = %s, signature = %s, fingerprints = %s "
        "WHERE number = 2",
        *(forged.contents, forged.digest, forged.public_key, forged.signature, forged.fingerprints),
    )
    assert findings() == [f"seal 2 is signed with the key {forged.public_key}, which is not one to trust"]
    settings.SEAL_SIGNING_KEY = OTHER_SEED
    assert findings(public_keys=[sealed[0].public_key, forged.public_key]) == [], "the forgery is consistent in itself"


def test_a_seal_made_anew_that_claims_our_key_is_found(sealed, tamper, findings):
    tamper("UPDATE audit_event SET actor = 'account:mallory' WHERE seal = 2")
    forged = seal_again(sealed[1], OTHER_SEED, claimed=sealed[1].public_key)
    tamper(
        "UPDATE audit_seal SET contents = %s, digest = %s, signature = %s, fingerprints = %s WHERE number = 2",
        *(forged.contents, forged.digest, forged.signature, forged.fingerprints),
    )
    assert findings() == ["the signature of seal 2 is wrong"]


def seal_again(seal: Seal, seed: str, *, claimed: str | None = None) -> Seal:
    """What a seal would say about its events as they are now, under another key."""
    contents = rules.Contents()
    for row in Event.objects.filter(seal=seal.number).order_by("id").values(*rules.SEALED_COLUMNS):
        contents.add(row)
    statement = SealStatement(
        number=seal.number,
        previous=seal.previous,
        contents=contents.digest,
        events=contents.events,
        heads=contents.heads,
        sealed_at=seal.sealed_at,
        public_key=claimed or signatures.encode(signatures.public_key(seed)),
    )
    digest = rules.seal_digest(statement)
    signature = signatures.sign(rules.signed_bytes(seal.number, digest), seed=seed)
    return Seal(
        number=seal.number,
        digest=digest,
        contents=contents.digest,
        public_key=statement.public_key,
        signature=signatures.encode(signature),
        fingerprints=contents.fingerprints,
    )


def test_an_edit_is_found_when_the_fingerprints_were_edited_to_match(sealed, tamper, findings):
    tamper("UPDATE audit_event SET actor = 'account:mallory' WHERE seal = 1")
    tamper("UPDATE audit_seal SET fingerprints = %s WHERE number = 1", seal_again(sealed[0], OTHER_SEED).fingerprints)
    assert findings() == ["the events under seal 1 are not the ones that were sealed"]


def test_an_exported_head_is_trusted_only_with_its_signature(sealed, findings):
    head = find_head()
    assert findings(head=replace(head, signature=sealed[0].signature)) == [
        "the signature of the exported head is wrong"
    ]
    assert findings(head=replace(head, number=1)) == [
        "the signature of the exported head is wrong",
        f"seal 1 is not the one that was exported at {head.sealed_at}",
    ]
    assert findings(head=replace(head, public_key="AAAA")) == [
        "the exported head is signed with the key AAAA, which is not one to trust"
    ]


def test_given_keys_take_the_place_of_the_one_from_the_environment(sealed, findings):
    ours = signatures.encode(signatures.public_key(django_settings.SEAL_SIGNING_KEY))
    other = signatures.encode(signatures.public_key(OTHER_SEED))
    assert findings(public_keys=[ours]) == []
    assert len(findings(public_keys=[other])) == 2


def test_after_the_key_was_changed_both_keys_verify_the_whole_journal(sealed, note, call, findings, settings):
    old = sealed[0].public_key
    settings.SEAL_SIGNING_KEY = OTHER_SEED
    note()
    new = services.seal_journal(call=call).public_key
    assert findings(public_keys=[old, new]) == []
    assert findings() == [f"seal {number} is signed with the key {old}, which is not one to trust" for number in (1, 2)]


def test_a_row_that_cannot_even_be_read_is_found(sealed, tamper, findings):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's types let no such value in")
    tamper("UPDATE audit_event SET occurred_at = 'yesterday' WHERE seal = 1")
    assert any(re.search("row|event", finding) for finding in findings())


def test_a_long_gap_is_told_in_a_few_lines(note, tamper, findings):
    for _ in range(40):
        note()
    tamper("DELETE FROM audit_event WHERE seq %% %s = 0", 2)
    said = findings()
    assert said[:2] == ["subject ana lacks seq 2", "subject ana lacks seq 4"]
    assert said[10] == "subject ana has further gaps or doubles"
    assert len(said) == 12


def test_a_number_given_out_twice_in_two_months_is_found(sealed, call, later, findings):
    if connection.vendor != "postgresql":
        pytest.skip("in one table the unique constraint refuses it")
    forge(seq=1, seal=None, recorded_at=later(days=-40).now).save(force_insert=True)
    assert findings() == ["subject ana has seq 1 twice"]
