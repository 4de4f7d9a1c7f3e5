"""What the environment must say, and what is refused before anything starts."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import PUBLISHED_SECRETS
from scripts import testbed
from scripts.testbed import _KEY
from tests.operations.house import ROOT, clean_environment, run_manage
from tests.operations.production_house import production_environment

PRODUCTION = production_environment()


def read_settings(names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = f"import config.settings as s\nprint({names})"
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env=clean_environment(**environment), capture_output=True, text=True, check=False
    )


def test_production_is_the_default_and_starts_with_everything_it_needs(tmp_path: Path):
    answer = read_settings("s.MODE, s.SESSION_COOKIE_NAME, s.DEBUG", DATA_DIR=str(tmp_path), **PRODUCTION)
    assert answer.stdout.strip() == "production __Host-throughline False", answer.stderr


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"TRUSTED_PROXY_COUNT"}))
def test_production_refuses_to_start_without(name: str, tmp_path: Path):
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    answer = read_settings("s.MODE", DATA_DIR=str(tmp_path), **environment)
    assert answer.stdout == ""
    assert f"ImproperlyConfigured: {name} is not set" in answer.stderr


def key_of(material: bytes) -> str:
    return base64.urlsafe_b64encode(material).decode()


UNSAFE = [
    ("ISSUER_URL", "http://id.example", "must begin with https://"),
    ("ISSUER_URL", "https://id.example/path", "is not an origin"),
    ("DATABASE_URL", "sqlite:////tmp/x.sqlite3", "production needs PostgreSQL"),
    ("EMAIL_URL", "consolemail://", "must look like smtp"),
    ("EMAIL_URL", "filemail:///tmp/mails", "must look like smtp"),
    ("DEBUG", "1", "is not allowed in production"),
    ("RATE_LIMIT_FACTOR", "1000", "is not allowed in production"),
    ("FETCH_ALLOW_LOOPBACK", "1", "is not allowed in production"),
    ("ALLOWED_HOSTS", "*", "names each host"),
    ("ALLOWED_HOSTS", "id.example,.example", "names each host"),
    ("SECRET_KEY", "short-But_w1thM4ny#different", "too short"),
    ("SECRET_KEY", "ab" * 40, "is not random"),
    ("SECRET_KEY", "only-for-tests", "published test key"),
    ("KEY_ENCRYPTION_KEY", "short", "32 random bytes"),
    ("KEY_ENCRYPTION_KEY", key_of(b"k" * 32), "is not random"),
    ("KEY_ENCRYPTION_KEY", _KEY, "published test key"),
    ("SEAL_SIGNING_KEY", "not base64 at all!", "32 random bytes"),
    ("SEAL_SIGNING_KEY", _KEY, "published test key"),
    ("METRICS_ALLOWED", "the office", "is no network"),
    ("SESSION_RETENTION_DAYS", "0", "1 or more"),
    ("TRUSTED_PROXY_COUNT", "-1", "0 or more"),
    ("LOG_LEVEL", "LOUD", "LOG_LEVEL"),
]


@pytest.mark.parametrize(("name", "value", "reason"), UNSAFE)
def test_production_refuses_what_is_unsafe_in_one_line_that_names_it(
    name: str, value: str, reason: str, tmp_path: Path
):
    refused = run_manage("check", DATA_DIR=str(tmp_path), **(PRODUCTION | {name: value}))
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1, refused.stderr
    assert refused.stderr.startswith("throughline: ")
    assert name in refused.stderr
    assert reason in refused.stderr


def test_production_refuses_one_secret_for_two_things(tmp_path: Path):
    environment = PRODUCTION | {"SEAL_SIGNING_KEY": PRODUCTION["KEY_ENCRYPTION_KEY"]}
    refused = run_manage("check", DATA_DIR=str(tmp_path), **environment)
    assert refused.stderr == (
        "throughline: KEY_ENCRYPTION_KEY and SEAL_SIGNING_KEY are the same; each needs a secret of its own.\n"
    )


def test_what_is_refused_is_not_repeated(tmp_path: Path):
    for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEY", "SEAL_SIGNING_KEY"):
        refused = run_manage("check", DATA_DIR=str(tmp_path), **(PRODUCTION | {name: "hush-hush"}))
        assert refused.returncode == 1
        assert "hush" not in refused.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "KEY_ENCRYPTION_KEY"])
def test_secrets_of_test_runs_are_known_to_production(name: str):
    assert testbed._FIXED[name] in PUBLISHED_SECRETS


def test_with_a_realistic_environment_djangos_deploy_checks_find_nothing(tmp_path: Path):
    checked = run_manage("check", "--deploy", "--fail-level", "WARNING", DATA_DIR=str(tmp_path), **PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


def test_the_deploy_check_says_that_a_proxy_must_be_counted(tmp_path: Path):
    environment = PRODUCTION | {"TRUSTED_PROXY_COUNT": "0"}
    checked = run_manage("check", "--deploy", "--fail-level", "WARNING", DATA_DIR=str(tmp_path), **environment)
    assert checked.returncode == 1
    assert "throughline.W001" in checked.stderr


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
