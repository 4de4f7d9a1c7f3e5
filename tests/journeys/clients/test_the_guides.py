"""What the guides tell people to copy works as it stands there."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import yaml

from accounts.types import Role
from oauth.queries import export_document, plan_document
from oauth.services import apply_document
from oauth.types import IDENTITY_SCOPES, ClientDraft, GrantType
from tests.journeys.people import answer_pages
from tests.journeys.running_demo import ROOT, RunningDemo
from tests.journeys.visitor import Visitor

REDIRECT_URI = "http://localhost:9999/cb"
DRIVER = """
import { begin, finish } from './guide.mjs'
import * as readline from 'node:readline/promises'
const { url, checks } = await begin()
console.log(JSON.stringify(url))
const lines = readline.createInterface({ input: process.stdin })
const { value } = await lines[Symbol.asyncIterator]().next()
console.log(JSON.stringify(await finish(value, checks)))
process.exit(0)
"""


def guide(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def block(name: str, language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", guide(name), re.MULTILINE | re.DOTALL)
    assert found, f"docs/{name}.md has no {language}"
    return found[1]


def first_column(name: str, heading: str) -> list[str]:
    """The code words in the first column of the table whose first heading this is."""
    table = guide(name).split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [word for row in table.splitlines()[2:] for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.fixture
def settings_of_a_site(demo: RunningDemo) -> dict[str, str]:
    client = demo.client("test")
    return {
        "OIDC_ISSUER": demo.issuer,
        "OIDC_CLIENT_ID": client["client_id"],
        "OIDC_CLIENT_SECRET": client["client_secret"],
        "OIDC_REDIRECT_URI": REDIRECT_URI,
        "COOKIE_SECRET": "only for this test",
    }


def test_the_python_site_of_the_guide_signs_a_customer_in(
    demo: RunningDemo, settings_of_a_site: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, value in settings_of_a_site.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "guide_site.py"
    path.write_text(block("developers", "python"))
    spec = importlib.util.spec_from_file_location("guide_site", path)
    assert spec
    assert spec.loader
    site = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(site)
    browser, visitor, ben = site.app.test_client(), Visitor(), demo.demo["customers"]["ben"]

    visitor.open(browser.get("/sign-in").headers["Location"], stop_at=REDIRECT_URI)
    answer_pages(visitor, ben, stop_at=REDIRECT_URI)
    answer = urlsplit(visitor.last_address)
    browser.get(f"{answer.path}?{answer.query}")

    assert browser.get("/").text == f"You are {ben['sub']}."


@pytest.mark.node
def test_the_javascript_of_the_guide_signs_a_customer_in(
    demo: RunningDemo, settings_of_a_site: dict[str, str], openid_client: Path, tmp_path: Path
):
    (tmp_path / "guide.mjs").write_text(block("developers", "js"))
    (tmp_path / "driver.mjs").write_text(DRIVER)
    (tmp_path / "node_modules").symlink_to(openid_client / "node_modules")
    visitor, ben = Visitor(), demo.demo["customers"]["ben"]
    with subprocess.Popen(
        ["node", "driver.mjs"],
        cwd=tmp_path,
        env=os.environ | settings_of_a_site,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout
        assert program.stderr
        line = program.stdout.readline()
        assert line, program.stderr.read()
        visitor.open(json.loads(line), stop_at=REDIRECT_URI)
        answer_pages(visitor, ben, stop_at=REDIRECT_URI)
        out, errors = program.communicate(visitor.last_address + "\n", timeout=60)
    assert program.returncode == 0, errors
    assert json.loads(out)["sub"] == ben["sub"]


def test_the_guides_curl_gets_a_token(demo: RunningDemo, settings_of_a_site: dict[str, str]):
    (command,) = re.findall(r"^curl .*$", guide("developers"), re.MULTILINE)
    command = command.replace("http://localhost:8000", demo.issuer)
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    environment = os.environ | {
        "CLIENT_ID": settings_of_a_site["OIDC_CLIENT_ID"],
        "CLIENT_SECRET": settings_of_a_site["OIDC_CLIENT_SECRET"],
    }
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["token_type"] == "Bearer"


@pytest.mark.parametrize("address", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
def test_the_settings_of_the_guide_are_those_of_the_discovery_document(demo: RunningDemo, address: str):
    metadata = requests.get(demo.issuer + address, timeout=10).json()
    text = guide("developers")
    for word in (
        *metadata["scopes_supported"],
        *metadata["code_challenge_methods_supported"],
        *metadata["id_token_signing_alg_values_supported"],
        *metadata["acr_values_supported"],
        "end_session_endpoint",
        "jwks_uri",
    ):
        assert word in text
    assert set(metadata["scopes_supported"]) == set(IDENTITY_SCOPES)
    methods = [method for method in metadata["token_endpoint_auth_methods_supported"] if method != "none"]
    assert all(f"`{method}`" in text for method in methods)


@pytest.mark.django_db
def test_the_yaml_of_the_guide_can_be_applied_once_and_changes_nothing_then(call):
    document = yaml.safe_load(block("operators", "yaml"))
    assert plan_document(document)
    _, secrets = apply_document(document=document, call=call)
    assert list(secrets) == ["kiosk-hall"]
    assert plan_document(document) == []
    assert plan_document(export_document()) == []


def test_the_guide_names_every_role_and_every_field_of_a_client():
    assert first_column("operators", "role") == [role.value for role in Role]
    described = {"name", "channel", "redirect_uris", "post_logout_redirect_uris"}  # shown in the YAML beside them
    assert set(first_column("operators", "field of a client")) == set(ClientDraft.__dataclass_fields__) - described
    assert all(f"`{grant.value}`" in guide("operators") for grant in GrantType)


@pytest.mark.parametrize("name", ["developers", "operators", "../README"])
def test_commands_of_the_guides_exist(name: str):
    commands = set(re.findall(r"manage\.py ([a-z_]+)", guide(name))) - {"up"}
    known = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    assert commands <= known


def test_the_readme_is_short_and_its_links_lead_somewhere():
    for name in ("../README", "developers", "operators"):
        path = (ROOT / "docs" / f"{name}.md").resolve()
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert link.startswith("http") or (path.parent / link).exists(), f"{path.name}: {link}"
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
