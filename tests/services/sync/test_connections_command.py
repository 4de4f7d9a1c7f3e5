"""Connected systems from a file: planned, applied once, written out without secrets; a mistake has its line."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kit import clock
from kit.call import CallContext
from sync.models import Connection
from sync.queries import open_secrets

pytestmark = pytest.mark.django_db

TEXT = """\
connections:
  crm:
    name: The CRM
    kind: webhook
    endpoint: https://crm.example/hooks
    event_types: [profile.changed]
"""


def run(*words: str) -> str:
    out = StringIO()
    call_command("connections", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "connections.yaml"
    path.write_text(TEXT)
    return path


def test_a_file_is_planned_applied_once_and_its_secret_is_shown_once(file: Path):
    planned = run("plan", str(file))
    assert Connection.objects.count() == 0
    applied = run("apply", str(file))
    assert applied.startswith(planned)
    secret = applied.partition("secret of crm, shown this once: ")[2].strip()
    assert secret.startswith("whsec_")
    assert run("apply", str(file)) == "Nothing to change.\n"
    written = run("export")
    assert secret not in written
    file.write_text(written)
    assert run("plan", str(file)) == "Nothing would change.\n"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TEXT.replace("webhook", "pigeon"), r":4: "),
        (TEXT.replace("profile.changed", "nothing.happened"), r":6: "),
        ("- crm", "must hold `connections:`"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_nothing_is_done(file: Path, wrong: str, said: str):
    file.write_text(wrong)
    with pytest.raises(CommandError, match=said):
        run("apply", str(file))
    assert Connection.objects.count() == 0


SCIM = """\
connections:
  hr:
    name: HR
    kind: scim
    endpoint: https://hr.example/scim/v2
    event_types: [account.created]
"""


def test_a_token_comes_from_the_standard_input_and_is_not_shown(tmp_path: Path, call: CallContext, monkeypatch: Any):
    path = tmp_path / "scim.yaml"
    path.write_text(SCIM)
    run("apply", str(path))
    monkeypatch.setattr("sys.stdin", StringIO("s3cret\n"))
    assert "s3cret" not in run("secret", "hr", "--stdin")
    assert open_secrets(slug="hr", now=call.now) == ("s3cret",)
    with pytest.raises(CommandError, match="other side"):
        run("secret", "hr")
    with pytest.raises(CommandError, match="no such"):
        run("secret", "nobody")


def test_a_new_secret_of_a_webhook_is_shown_once(file: Path, call: CallContext):
    run("apply", str(file))
    shown = run("secret", "crm").split()[-1]
    assert open_secrets(slug="crm", now=clock.now())[0] == shown


@pytest.mark.parametrize("line", ["kind: [webhook]", "kind: {}", "standing: []", "standing: {a: b}"])
def test_a_word_of_another_shape_is_a_mistake_with_its_line(file: Path, line: str):
    kept = [each for each in TEXT.splitlines() if each.strip().partition(":")[0] != line.partition(":")[0]]
    file.write_text("\n".join([*kept, f"    {line}"]) + "\n")
    with pytest.raises(CommandError, match="is one of"):
        run("apply", str(file))
