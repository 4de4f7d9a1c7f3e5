"""What the environment must say, and what is refused before anything starts."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operations.house import ROOT, clean_environment

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
PRODUCTION = {
    "DATABASE_URL": "postgresql://u:p@db.example/throughline",
    "REDIS_URL": "redis://redis.example/0",
    "ISSUER_URL": "https://id.example",
    "EMAIL_URL": "smtp+tls://mail.example",
    "SECRET_KEY": "a secret of this installation",
    "KEY_ENCRYPTION_KEY": KEY,
    "SEAL_SIGNING_KEY": KEY,
}


def read_settings(names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = f"import config.settings as s\nprint({names})"
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env=clean_environment(**environment), capture_output=True, text=True, check=False
    )


def test_production_is_the_default_and_starts_with_everything_it_needs(tmp_path: Path):
    answer = read_settings("s.MODE, s.SESSION_COOKIE_NAME, s.DEBUG", DATA_DIR=str(tmp_path), **PRODUCTION)
    assert answer.stdout.strip() == "production __Host-throughline False", answer.stderr


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_refuses_to_start_without(name: str, tmp_path: Path):
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    answer = read_settings("s.MODE", DATA_DIR=str(tmp_path), **environment)
    assert answer.stdout == ""
    assert f"ImproperlyConfigured: {name} is not set" in answer.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER_URL", "http://id.example"),
        ("DATABASE_URL", "sqlite:////tmp/x.sqlite3"),
        ("DEBUG", "1"),
        ("RATE_LIMIT_FACTOR", "1000"),
        ("FETCH_ALLOW_LOOPBACK", "1"),
        ("KEY_ENCRYPTION_KEY", "short"),
    ],
)
def test_production_refuses_what_is_unsafe(name: str, value: str, tmp_path: Path):
    answer = read_settings("s.MODE", DATA_DIR=str(tmp_path), **(PRODUCTION | {name: value}))
    assert answer.stdout == ""
    assert f"ImproperlyConfigured: {name}" in answer.stderr


def test_processes_that_start_together_agree_on_the_secrets_they_make(tmp_path: Path):
    command = [sys.executable, "-c", "import config.settings as s; print(s.SECRET_KEY, s.KEY_ENCRYPTION_KEY)"]
    environment = clean_environment(THROUGHLINE_MODE="embedded", DATA_DIR=str(tmp_path))
    together = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    answers = {process.communicate()[0] for process in together}
    assert len(answers) == 1
    assert len(answers.pop().split()) == 2


def test_a_sqlite_address_is_relative_with_three_slashes_and_absolute_with_four(tmp_path: Path):
    for url, place in (("sqlite:///some.sqlite3", "some.sqlite3"), ("sqlite:////some/file", "/some/file")):
        answer = read_settings(
            "s.DATABASES['default']['NAME']", THROUGHLINE_MODE="test", DATA_DIR=str(tmp_path), DATABASE_URL=url
        )
        assert answer.stdout.strip() == place
