"""The image and its neighbours: what the files say is there, runs, and is closed where it should be."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.serving import GRACE_SECONDS, beat_command, worker_command
from scripts import house
from tests.operations.house import clean_environment
from tests.operations.production_house import production_environment

ROOT = house.ROOT


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, rest.strip()) for line in lines if line.strip() for word, _, rest in [line.strip().partition(" ")]]


def of(word: str) -> list[str]:
    return [rest for each, rest in instructions() if each == word]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_the_dockerfile_has_only_instructions_that_docker_knows():
    known = [
        "ARG",
        "FROM",
        "ENV",
        "RUN",
        "COPY",
        "WORKDIR",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "CMD",
    ]
    assert {word for word, _ in instructions()} <= set(known)
    assert [rest.partition(" AS ")[2] for rest in of("FROM")] == ["build", ""]


def test_the_base_image_is_pinned_to_a_version_we_support():
    [image] = of("ARG")
    assert re.fullmatch(r"PYTHON=python:3\.(11|12|13)\.\d+-slim-\w+", image)


def test_it_installs_what_the_lock_holds_and_checks_every_hash():
    [install] = [line for line in of("RUN") if "pip install" in line]
    assert "--require-hashes" in install
    assert "requirements.lock" in install


def test_it_runs_as_nobody_special_and_ends_when_asked():
    assert of("USER") == ["throughline"]
    assert of("STOPSIGNAL") == ["SIGTERM"]
    assert [word for word, _ in instructions()].index("USER") < [word for word, _ in instructions()].index("CMD")


def test_every_room_and_everything_else_that_is_copied_is_there():
    copied = {line.split()[0].rstrip("/") for line in of("COPY") if not line.startswith("--from")}
    assert copied == {*house.rooms(), "examples", "manage.py", "requirements.lock"}
    assert all((ROOT / name).exists() for name in copied)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == copied


def test_no_secret_is_built_in():
    text = (ROOT / "Dockerfile").read_text()
    assert not re.search(r"SECRET|PASSWORD|_KEY|TOKEN", text)


def test_static_files_can_be_collected_as_the_build_does(tmp_path: Path):
    [collect] = [line for line in of("RUN") if "collectstatic" in line]
    words = shlex.split(collect)
    environment = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    environment["STATIC_ROOT"] = str(tmp_path / "static")
    command = [sys.executable, *words[len(environment) + 1 :]]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment(**environment), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "static" / "staticfiles.json").read_text())
    assert any(name.startswith("portal/") for name in manifest["paths"])


def commands(compose: dict[str, Any]) -> dict[str, list[str]]:
    """What the services of our image run, and what the image runs by itself."""
    [own] = of("CMD")
    ours = {name: each["command"] for name, each in compose["services"].items() if "build" in each}
    return ours | {"image": json.loads(own)}


def test_the_commands_are_those_of_this_repository(compose: dict[str, Any]):
    told = commands(compose)
    assert told["web"] == told["image"] == ["python", "manage.py", "serve"]
    assert told["prepare"] == ["python", "manage.py", "prepare"]
    assert told["worker"] == worker_command()[2:]
    assert told["beat"] == beat_command()[2:]


@pytest.mark.parametrize("name", ["prepare", "web", "worker", "beat"])
def test_every_command_exists_and_reads_production_settings(name: str, compose: dict[str, Any], tmp_path: Path):
    words = commands(compose)[name]
    program = [sys.executable] if words[0] == "python" else [sys.executable, "-m", words[0]]
    environment = clean_environment(**production_environment(DATA_DIR=str(tmp_path)))
    done = subprocess.run(
        [*program, *words[1:], "--help"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_health_check_asks_what_the_server_answers():
    [check] = of("HEALTHCHECK")
    code = json.loads(check.partition("CMD ")[2])[2]
    compile(code, "healthcheck", "exec")
    assert "/livez" in code


def test_the_neighbours_are_the_production_shape(compose: dict[str, Any]):
    assert set(compose["services"]) == {"prepare", "web", "worker", "beat", "postgres", "valkey"}
    for name in ("web", "worker", "beat"):
        waits = compose["services"][name]["depends_on"]
        assert waits["prepare"] == {"condition": "service_completed_successfully"}
        assert waits["postgres"] == waits["valkey"] == {"condition": "service_healthy"}


def test_our_containers_can_write_only_their_data_and_gain_nothing(compose: dict[str, Any]):
    for each in compose["services"].values():
        if "build" in each:
            assert each["read_only"]
            assert each["cap_drop"] == ["ALL"]
            assert "no-new-privileges:true" in each["security_opt"]


def test_requests_in_flight_have_time_to_end(compose: dict[str, Any]):
    grace = int(compose["services"]["web"]["stop_grace_period"].rstrip("s"))
    assert grace > GRACE_SECONDS


def test_nothing_but_the_web_server_is_open_and_that_to_this_machine_only(compose: dict[str, Any]):
    ports = {name: each["ports"] for name, each in compose["services"].items() if "ports" in each}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}


def test_volumes_are_declared_and_no_two_services_share_one(compose: dict[str, Any]):
    used = [each.partition(":")[0] for service in compose["services"].values() for each in service.get("volumes", ())]
    assert sorted(used) == sorted(compose["volumes"])


def test_images_of_others_are_pinned(compose: dict[str, Any]):
    for name in ("postgres", "valkey"):
        assert re.search(r":\d+\.\d+-", compose["services"][name]["image"])


def test_secrets_come_from_the_environment_file_alone(compose: dict[str, Any]):
    text = (ROOT / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    example = dict(
        line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#"
    )
    assert asked <= set(example)
    assert not [name for name, value in example.items() if re.search(r"KEY|PASSWORD|TOKEN", name) and value]
    required = {"SECRET_KEY", "KEY_ENCRYPTION_KEY", "SEAL_SIGNING_KEY", "ISSUER_URL", "EMAIL_URL"}
    assert required <= set(example)
    ours = [each for each in compose["services"].values() if "build" in each]
    assert all(
        each["env_file"] == ".env" and {"DATABASE_URL", "REDIS_URL"} <= set(each["environment"]) for each in ours
    )


def test_the_environment_file_is_never_committed():
    assert subprocess.run(["git", "check-ignore", "-q", ".env"], cwd=ROOT, check=False).returncode == 0
