"""What the guides tell people to copy works as it stands there."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
import yaml

from accounts.types import Role
from oauth.queries import export_document, plan_document
from oauth.services import apply_document
from oauth.types import IDENTITY_SCOPES, ClientDraft, GrantType
from tests.journeys.clients.copied import REDIRECT_URI, claims_of_node_module, home_page_of_flask_site
from tests.journeys.running_demo import ROOT, RunningDemo

OF_OTHERS = {"check"}  # Django's own


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
    page = home_page_of_flask_site(block("developers", "python"), settings_of_a_site, demo, tmp_path, monkeypatch)
    assert page == f"You are {demo.demo['customers']['ben']['sub']}."


@pytest.mark.node
def test_the_javascript_of_the_guide_signs_a_customer_in(
    demo: RunningDemo, settings_of_a_site: dict[str, str], openid_client: Path, tmp_path: Path
):
    claims = claims_of_node_module(block("developers", "js"), settings_of_a_site, demo, tmp_path, openid_client)
    assert claims["sub"] == demo.demo["customers"]["ben"]["sub"]


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
    commands = set(re.findall(r"manage\.py ([a-z_]+)", guide(name))) - OF_OTHERS
    known = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    assert commands <= known


def test_the_readme_is_short_and_its_links_lead_somewhere():
    for name in ("../README", "developers", "operators"):
        path = (ROOT / "docs" / f"{name}.md").resolve()
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert link.startswith("http") or (path.parent / link).exists(), f"{path.name}: {link}"
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
