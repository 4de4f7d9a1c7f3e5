"""`manage.py up`, the supervisor behind `make run`, with real processes."""

import json
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples import EXAMPLES
from tests.journeys.people import answer_pages
from tests.journeys.visitor import Visitor
from tests.operations.house import RunningHouse, run_manage, running_house, still_alive

pytestmark = pytest.mark.servers  # it starts servers


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHouse, Path]]:
    """A house without a demo, and its DATA_DIR, for tests that only look at it."""
    data_dir = tmp_path_factory.mktemp("quiet") / "data"
    with running_house("--no-demo", data_dir=data_dir) as house:
        yield house, data_dir


@pytest.fixture
def furnished(quiet: tuple[RunningHouse, Path], tmp_path: Path) -> Path:
    """A DATA_DIR with tables and secrets as the first start leaves them: what comes later need not make them."""
    _, model = quiet
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    shutil.copytree(model / "secrets", data_dir / "secrets")
    with (
        sqlite3.connect(model / "throughline.sqlite3") as there,
        sqlite3.connect(data_dir / "throughline.sqlite3") as here,
    ):
        there.backup(here)
    return data_dir


def test_a_house_without_a_demo_answers_and_knows_nobody(quiet: tuple[RunningHouse, Path]):
    house, data_dir = quiet
    assert house.get("/livez") == 200
    assert house.get("/.well-known/openid-configuration") == 200
    assert not (data_dir / "demo.json").exists()
    with sqlite3.connect(data_dir / "throughline.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM accounts_account").fetchone() == (0,)


def test_the_data_directory_and_the_secrets_in_it_are_private(quiet: tuple[RunningHouse, Path]):
    _, data_dir = quiet
    assert data_dir.stat().st_mode & 0o077 == 0
    secrets = list((data_dir / "secrets").iterdir())
    assert secrets
    assert all(secret.stat().st_mode & 0o077 == 0 for secret in secrets)


def test_other_commands_find_the_running_house(quiet: tuple[RunningHouse, Path]):
    house, data_dir = quiet
    code = "from django.conf import settings; print(settings.MODE, settings.ISSUER_URL, settings.REDIS_URL)"
    shell = run_manage("shell", "-v0", "-c", code, DATA_DIR=str(data_dir))
    mode, issuer, redis_url = shell.stdout.split()
    assert (mode, issuer) == ("embedded", f"http://localhost:{house.port}")
    assert redis_url.startswith("unix://")


def test_a_second_run_on_the_same_data_is_refused(quiet: tuple[RunningHouse, Path]):
    house, data_dir = quiet
    second = run_manage("up", "--no-demo", "--port", str(house.port + 5), DATA_DIR=str(data_dir))
    assert second.returncode == 1
    assert (
        second.stderr == f"throughline: {data_dir} is in use by another run of this command; set DATA_DIR to another\n"
    )


def test_ctrl_c_leaves_nothing_running(furnished: Path):
    with running_house("--no-demo", data_dir=furnished) as house:
        processes = house.processes()
        assert len(processes) >= 6, "supervisor, Valkey, granian with two workers, worker, beat"
        assert house.end(signal.SIGINT) == 0
        assert still_alive(processes) == {}
        assert not (furnished / "valkey.sock").exists()
        assert "REDIS_URL" not in (furnished / "embedded").read_text(), (
            "no other command looks for a server that is gone"
        )


def test_the_demo_and_its_data_survive_a_restart(tmp_path: Path):
    data_dir = tmp_path / "data"
    with running_house(data_dir=data_dir) as house:
        demo = json.loads((data_dir / "demo.json").read_text())
        assert demo["issuer"] == f"http://localhost:{house.port}"
        assert demo["customers"]["ana"]["email"] in house.said
        assert {each["name"]: house.get("/", offset=each["port_offset"]) for each in EXAMPLES} == {
            each["name"]: 200 for each in EXAMPLES
        }
        assert all(each["title"] in house.said for each in EXAMPLES)
        _end_a_session_and_see_that_the_app_heard_of_it(demo)
        assert house.end(signal.SIGTERM) == 0

    with running_house(data_dir=data_dir) as house:
        again = json.loads((data_dir / "demo.json").read_text())
        assert again["customers"] == demo["customers"]
        assert again["clients"]["test"]["client_secret"] == demo["clients"]["test"]["client_secret"]
        with sqlite3.connect(data_dir / "throughline.sqlite3") as database:
            found = database.execute(
                "SELECT count(*) FROM accounts_account WHERE sub = ?", [demo["customers"]["ana"]["sub"]]
            )
            assert found.fetchone() == (1,)


def _end_a_session_and_see_that_the_app_heard_of_it(demo: dict[str, Any]) -> None:
    """Only here everything runs that takes part: web, worker, beat, and the app with its own address."""
    ben, visitor = demo["customers"]["ben"], Visitor()
    visitor.open(f"{demo['clients']['shop']['url']}/sign-in")
    assert answer_pages(visitor, ben).has("sub")
    visitor.open(f"{demo['issuer']}/sessions/")
    visitor.open(f"{demo['issuer']}/sessions/end-all/")
    page = visitor.submit(visitor.page.forms[-1])
    deadline = time.monotonic() + 20
    while "Confirmed by 1 of 1" not in page.text:
        assert time.monotonic() < deadline, page.text
        time.sleep(0.3)
        page = visitor.open(page.url)


def test_a_child_that_dies_takes_the_house_down_and_is_named(furnished: Path):
    with running_house("--no-demo", "--workers", "1", data_dir=furnished) as house:
        processes = house.processes()
        beat = next(pid for pid, command in processes.items() if "config.celery beat" in command)
        os.kill(beat, signal.SIGKILL)
        assert house.process.wait(timeout=30) == 1
        assert house.process.stdout is not None
        assert "throughline: beat has ended by itself" in house.process.stdout.read()
        assert still_alive(processes) == {}


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="only Linux tells children that their parent died")
def test_even_a_killed_supervisor_leaves_nothing_running(furnished: Path):
    with running_house("--no-demo", "--workers", "1", data_dir=furnished) as house:
        processes = house.processes()
        house.end(signal.SIGKILL)
        assert still_alive(processes, patience=45) == {}, "granian gives a worker that was still starting 30 s"


def test_a_folder_can_carry_the_tasks(furnished: Path):
    # What happens by itself where no Redis runs; here the wheel always brings one, so it is asked for.
    broker = "filesystem://"
    with running_house("--no-demo", "--workers", "1", data_dir=furnished, CELERY_BROKER_URL=broker) as house:
        sent = run_manage(
            *("shell", "-v0", "-c", "from notifications.tasks import send_waiting; print(send_waiting.delay().id)"),
            DATA_DIR=str(furnished),
            CELERY_BROKER_URL=broker,
        )
        task_id = sent.stdout.strip()
        assert task_id, sent.stderr
        log = furnished / "logs" / "worker.log"
        deadline = time.monotonic() + 20
        while f"{task_id}] succeeded" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        assert house.end() == 0
