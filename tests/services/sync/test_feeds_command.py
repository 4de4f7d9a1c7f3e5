"""Feeds from a file: planned, applied once, written out; a mistake is named with its line."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from sync.models import Feed

pytestmark = pytest.mark.django_db

TEXT = """\
feeds:
  crm:
    client: crm
    freshness: 15m
    fields:
      phone: {most_null: 0.3}
"""


def run(*words: str) -> str:
    out = StringIO()
    call_command("feeds", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.yaml"
    path.write_text(TEXT)
    return path


def test_a_file_is_planned_applied_once_and_written_out(file: Path):
    assert run("plan", str(file)) == "feed crm: create\n"
    assert Feed.objects.count() == 0
    assert run("apply", str(file)) == "feed crm: create\n"
    assert run("apply", str(file)) == "Nothing to change.\n"
    file.write_text(run("export"))
    assert run("plan", str(file)) == "Nothing would change.\n"
    file.write_text(TEXT.replace("15m", "5m"))
    assert run("apply", str(file)) == "feed crm: change\n"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TEXT.replace("15m", "soon"), ":4: crm.freshness: must be a duration"),
        (TEXT.replace("0.3", "3"), ":6: crm.fields.phone.most_null: must be a share"),
        (TEXT.replace("feeds:", "foods:"), "foods: is not known here"),
        ("- feeds", "must hold `feeds:`"),
        ("feeds: [", "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_changes_nothing(file: Path, wrong: str, said: str):
    file.write_text(wrong)
    with pytest.raises(CommandError) as refused:
        run("apply", str(file))
    assert said in str(refused.value)
    assert Feed.objects.count() == 0


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(CommandError, match="No such file"):
        run("plan", str(tmp_path / "none.yaml"))
