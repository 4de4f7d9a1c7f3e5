"""The tools around the repository: bootstrap, closing line, tasks of web processes."""

import threading
from collections import Counter
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings

from scripts import bootstrap, suite

ROOT = Path(__file__).resolve().parent.parent.parent


def test_tasks_sent_from_a_thread_of_a_web_process_go_to_our_broker():
    brokers = []
    thread = threading.Thread(target=lambda: brokers.append(current_app.conf.broker_url))
    thread.start()
    thread.join()
    assert brokers == [settings.CELERY_BROKER_URL]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_hashes_and_names_no_registry(lock: str):
    lines = (ROOT / lock).read_text().splitlines()
    assert any("--hash=sha256:" in line for line in lines)
    assert [line for line in lines if line.startswith("-") or "://" in line.partition("#")[0]] == []


def test_what_is_installed_is_not_installed_again_until_the_lock_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    running, developing, stamp = tmp_path / "requirements.lock", tmp_path / "requirements-dev.lock", tmp_path / "stamp"
    running.write_text("one")
    developing.write_text("two")
    monkeypatch.setattr(bootstrap, "STAMP", stamp)
    monkeypatch.setattr(bootstrap, "DEVELOPING", developing)
    assert not bootstrap.is_installed(running)

    stamp.write_text(bootstrap._stamp_of(developing))
    assert bootstrap.is_installed(developing)
    assert bootstrap.is_installed(running), "the larger lock holds everything of the smaller one"

    stamp.write_text(bootstrap._stamp_of(running))
    assert bootstrap.is_installed(running)
    assert not bootstrap.is_installed(developing)

    running.write_text("changed")
    assert not bootstrap.is_installed(running)


@pytest.mark.parametrize(
    ("counts", "line", "code"),
    [
        ({"passed": 41, "failed": 0, "skipped": 2}, "41 passed, 0 failed, 2 skipped", 0),
        ({"passed": 41, "failed": 1, "skipped": 0}, "41 passed, 1 failed, 0 skipped", 1),
        ({"passed": 0, "failed": 0, "skipped": 0}, "0 passed, 0 failed, 0 skipped", 1),
    ],
)
def test_the_suite_ends_with_one_plain_line(
    counts: dict[str, int], line: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(suite, "run_suite", lambda _: Counter(counts))
    monkeypatch.setattr(suite, "raise_on_termination", lambda: None)
    monkeypatch.setattr("sys.argv", ["suite"])
    assert suite.main() == code
    assert capsys.readouterr().out.splitlines()[-1] == line
