"""What an operator types, and what the scheduler runs."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit import tasks
from audit.models import Seal
from tests.services.audit.conftest import rows

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


def run(*words: str) -> tuple[int, list[str]]:
    """The exit code and the lines of a command."""
    said = StringIO()
    try:
        call_command(*words, stdout=said, stderr=StringIO())
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue().splitlines()
    return 0, said.getvalue().splitlines()


def test_sealing_by_hand_prints_the_head_and_keeps_it(note, data_dir):
    note(), note()
    code, lines = run("audit_seal")
    head = json.loads("\n".join(lines))
    assert (code, head["number"]) == (0, 1)
    assert [json.loads(path.read_text()) for path in (data_dir / "seals").iterdir()] == [head]


def test_sealing_an_empty_journal_prints_no_head(db, data_dir):
    assert run("audit_seal") == (0, [])
    assert not (data_dir / "seals").exists()


def test_a_healthy_journal_is_told_in_one_line(sealed, note):
    note()
    assert run("audit_verify") == (0, ["journal intact: 7 events under 2 seals, 1 not yet sealed"])


def test_a_broken_journal_is_told_finding_by_finding_and_fails(sealed, tamper):
    victim = rows()[0]
    tamper("UPDATE audit_event SET actor = 'account:mallory' WHERE id = %s", victim.pk)
    assert run("audit_verify") == (
        1,
        [
            f"event {victim.event_id} (row {victim.pk}) was edited under seal 1",
            "journal broken: 1 findings; 7 events under 2 seals, 0 not yet sealed",
        ],
    )


def test_a_head_kept_elsewhere_notices_a_cut(sealed, tamper, tmp_path):
    file = tmp_path / "head.json"
    file.write_text("\n".join(run("audit_seal")[1]))
    assert run("audit_verify", "--head", str(file))[0] == 0
    tamper("DELETE FROM audit_event")
    tamper("DELETE FROM audit_seal")
    tamper("DELETE FROM audit_subjecthead")
    assert run("audit_verify") == (0, ["journal intact: 0 events under 0 seals, 0 not yet sealed"])
    code, lines = run("audit_verify", "--head", str(file))
    assert code == 1
    assert lines[0].startswith("the journal was cut: seal 2, exported at ")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"number": 1}', "no json", "\x00"])
def test_a_file_that_is_no_head_is_one_clear_line(db, tmp_path, text):
    file = tmp_path / "head.json"
    file.write_text(text)
    with pytest.raises(CommandError, match="is not a head that audit_seal exported"):
        run("audit_verify", "--head", str(file))


def test_a_head_that_is_not_there_is_one_clear_line(db, tmp_path):
    with pytest.raises(CommandError, match="is not a head"):
        run("audit_verify", "--head", str(tmp_path / "nowhere.json"))


def test_a_public_key_can_be_given_with_its_padding(sealed):
    key = sealed[0].public_key
    assert run("audit_verify", "--public-key", f"{key}=")[0] == 0
    assert run("audit_verify", "--public-key", key[::-1])[0] == 1


def test_the_scheduled_task_seals_and_exports(note, data_dir):
    note()
    tasks.seal_journal()
    assert Seal.objects.count() == 1
    assert len(list((data_dir / "seals").iterdir())) == 1


def test_the_scheduled_task_seals_although_the_head_cannot_be_written(note, data_dir, caplog):
    (data_dir / "seals").write_text("a file in the way")
    note()
    tasks.seal_journal()
    assert Seal.objects.count() == 1
    assert "could not be written" in caplog.text


def test_the_scheduled_task_has_nothing_to_do_in_a_quiet_minute(db, data_dir):
    tasks.seal_journal()
    assert not (data_dir / "seals").exists()


def test_the_scheduled_task_makes_partitions(db):
    tasks.make_partitions()
