"""Connected systems from a file: planned, applied once, written out without secrets; a mistake has its line."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from sync.models import Connection

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
