"""What is wrong with the machine is one clear line, never a traceback."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.house import ROOT, clean_environment, free_port, run_up


def assert_one_line(finished: subprocess.CompletedProcess[str], *words: str) -> None:
    assert finished.returncode != 0
    assert finished.stdout == ""
    assert len(finished.stderr.splitlines()) == 1, finished.stderr
    assert "Traceback" not in finished.stderr
    for word in words:
        assert word in finished.stderr


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_named(taken_port: int, tmp_path: Path):
    assert_one_line(
        run_up("--data", str(tmp_path / "d"), PORT=str(taken_port)), f"port {taken_port} for the gateway is in use"
    )


def test_a_port_in_use_that_an_example_site_needs_is_named(taken_port: int, tmp_path: Path):
    finished = run_up("--data", str(tmp_path / "d"), "--port", str(taken_port - 2))
    assert_one_line(finished, f"port {taken_port} for the help example is in use")


@pytest.mark.parametrize("port", ["abc", "0", "-1", "70000", "80 80"])
def test_a_port_that_is_none_is_named(port: str, tmp_path: Path):
    assert_one_line(run_up("--data", str(tmp_path / "d"), PORT=port), "port must be a number", repr(port))


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    place = tmp_path / "file" / "data"
    assert_one_line(run_up("--port", str(free_port()), DATA_DIR=str(place)), f"cannot write to {place}", "DATA_DIR")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_directory_of_somebody_else_is_named(tmp_path: Path):
    place = tmp_path / "closed"
    place.mkdir(mode=0o500)
    assert_one_line(
        run_up("--port", str(free_port()), DATA_DIR=str(place)), f"cannot write to {place}", "Permission denied"
    )


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u:hush@127.0.0.1:9/x", "Connection refused"),
        ("postgresql://u:hush@nowhere.invalid/x", "nowhere.invalid"),
        ("postgresql://u:hush@127.0.0.1:port/x", "postgresql://user:password@host:5432/name"),
        ("postgresql://u:hush@127.0.0.1", "names no database"),
        ("postgresql://[hush", "postgresql://user:password@host:5432/name"),
        ("mysql://u:hush@127.0.0.1/x", "postgresql://user:password@host:5432/name"),
        ("nonsense", "postgresql://user:password@host:5432/name"),
        ("sqlite:////nowhere/at/all.sqlite3", "unable to open database file"),
    ],
)
def test_a_broken_database_url_is_named_without_its_password(url: str, words: str, tmp_path: Path):
    finished = run_up("--port", str(free_port()), DATA_DIR=str(tmp_path / "d"), DATABASE_URL=url)
    assert_one_line(finished, "DATABASE_URL", words)
    assert "hush" not in finished.stderr


def test_a_redis_url_that_nobody_answers_at_is_named(tmp_path: Path):
    finished = run_up("--port", str(free_port()), DATA_DIR=str(tmp_path / "d"), REDIS_URL="redis://127.0.0.1:9/0")
    assert_one_line(finished, "REDIS_URL cannot be used")


def test_the_embedded_house_does_not_start_in_production(tmp_path: Path):
    finished = run_up("--port", str(free_port()), DATA_DIR=str(tmp_path / "d"), THROUGHLINE_MODE="production")
    assert_one_line(finished, "THROUGHLINE_MODE is production")


def test_a_refused_start_leaves_no_server_behind(tmp_path: Path):
    run_up("--port", str(free_port()), DATA_DIR=str(tmp_path / "d"), DATABASE_URL="postgresql://127.0.0.1:9/x")
    assert not (tmp_path / "d" / "valkey.sock").exists()


def _old_python() -> str | None:
    installed = [str(path) for path in (Path.home() / ".pyenv/versions").glob("3.[6-9].*/bin/python")]
    for program in [*installed, *(path for name in ("python3.8", "python3.9") if (path := shutil.which(name)))]:
        if subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode == 0:
            return program
    return None


@pytest.mark.skipif(_old_python() is None, reason="no Python older than 3.10 is installed")
@pytest.mark.parametrize("script", ["scripts/bootstrap.py", "manage.py"])
def test_an_old_python_is_told_what_is_needed(script: str):
    python = _old_python()
    assert python is not None
    finished = subprocess.run(
        [python, script, "up"], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert_one_line(finished, "Throughline needs Python 3.11 or newer; this is 3.")


def test_a_python_without_the_dependencies_is_told_where_they_are(tmp_path: Path):
    finished = subprocess.run(
        [sys.executable, "-S", "manage.py", "up"],  # -S: no site-packages
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert_one_line(finished, "is not installed here", "make run")
