"""A KEY_ENCRYPTION_KEY that is not the database's is one clear line at the start, and a reason at /readyz."""

from pathlib import Path

from config.environment import new_encryption_key
from tests.operations.production_house import Browser, ProductionHouse

SENTENCE = (
    "KEY_ENCRYPTION_KEY does not open the signing key in the database. Set the key that this database was started with."
)


def test_prepare_refuses_in_one_line(production: ProductionHouse):
    refused = production.manage("prepare", KEY_ENCRYPTION_KEY=new_encryption_key())
    assert refused.returncode == 1
    assert refused.stderr.strip() == f"CommandError: {SENTENCE}"


def test_a_server_with_it_lives_and_is_not_ready(production: ProductionHouse):
    server = production.start_web(KEY_ENCRYPTION_KEY=new_encryption_key())
    answer = Browser(production).go("GET", "/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "failing": ["signing_key"], "reasons": {"signing_key": SENTENCE}}
    assert [line["reason"] for line in server.lines() if line["event"] == "not ready: signing_key"] == [SENTENCE]


def test_the_right_key_named_as_the_previous_one_is_enough(production: ProductionHouse):
    changed = {
        "KEY_ENCRYPTION_KEY": new_encryption_key(),
        "KEY_ENCRYPTION_KEY_PREVIOUS": production.environment["KEY_ENCRYPTION_KEY"],
    }
    prepared = production.manage("prepare", **changed)
    assert prepared.returncode == 0, prepared.stderr
    production.start_web(**changed)
    assert Browser(production).go("GET", "/readyz").json()["ready"]


def test_a_server_without_collected_files_does_not_start(production: ProductionHouse, tmp_path: Path):
    refused = production.manage("serve", STATIC_ROOT=str(tmp_path / "none"))
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        "CommandError: The static files are missing; run: python manage.py collectstatic --noinput."
    )
