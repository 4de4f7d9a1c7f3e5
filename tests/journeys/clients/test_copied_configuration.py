"""What a client's page offers to copy signs a customer in, for clients with a secret and for public ones."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from oauth.rules import snippets_for
from oauth.types import ClientFacts, GrantType
from tests.journeys.clients.copied import REDIRECT_URI, claims_of_node_module, home_page_of_flask_site
from tests.journeys.running_demo import RunningDemo

PUBLIC = "copied-public"


@pytest.fixture(scope="module", autouse=True)
def _public_client(demo: RunningDemo, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A public client, registered as an operator does it."""
    registration = {"name": "Copied", "channel": "web", "client_type": "public", "redirect_uris": [REDIRECT_URI]}
    document = tmp_path_factory.mktemp("copied") / "client.yaml"
    document.write_text(yaml.safe_dump({"clients": {PUBLIC: registration}}))
    demo.manage("policy", "apply", str(document))


def copied(demo: RunningDemo, *, public: bool) -> dict[str, str]:
    """The texts of the client's page."""
    facts = ClientFacts(
        issuer=demo.issuer,
        client_id=PUBLIC if public else demo.client("test")["client_id"],
        public=public,
        grant_types=tuple(GrantType),
        redirect_uri=REDIRECT_URI,
        scopes=("openid", "email"),
        resource="",
    )
    return {snippet.key: snippet.text for snippet in snippets_for(facts)}


def environment(demo: RunningDemo, *, public: bool) -> dict[str, str]:
    """What the page's own lines for the shell export, and the secret where there is one."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    shell = copied(demo, public=public)["environment"] + "exec env"
    clean = {"PATH": os.environ["PATH"]}
    lines = subprocess.run(["sh", "-c", shell], env=clean, capture_output=True, text=True, check=True).stdout
    exported = dict(line.split("=", 1) for line in lines.splitlines() if line.startswith(("OIDC_", "COOKIE_")))
    return exported | ({} if public else {"OIDC_CLIENT_SECRET": demo.client("test")["client_secret"]})


@pytest.mark.parametrize("public", [True, False])
def test_the_flask_site_signs_a_customer_in(
    demo: RunningDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: bool
):
    code = copied(demo, public=public)["authlib"]
    page = home_page_of_flask_site(code, environment(demo, public=public), demo, tmp_path, monkeypatch)
    assert page == f"You are {demo.demo['customers']['ben']['sub']}."


@pytest.mark.node
@pytest.mark.parametrize("public", [True, False])
def test_openid_client_signs_a_customer_in(demo: RunningDemo, tmp_path: Path, openid_client: Path, public: bool):
    code = copied(demo, public=public)["openid-client"]
    claims = claims_of_node_module(code, environment(demo, public=public), demo, tmp_path, openid_client)
    assert claims["sub"] == demo.demo["customers"]["ben"]["sub"]
    assert claims["email"] == demo.demo["customers"]["ben"]["email"]


def test_the_curl_lines_get_a_token_and_ask_about_it(demo: RunningDemo):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    variables = os.environ | environment(demo, public=False)

    def run(command: str, **more: str) -> dict[str, Any]:
        done = subprocess.run(["sh", "-c", command], env=variables | more, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))

    token = run(copied(demo, public=False)["client-credentials"])["access_token"]
    introspection = ClientFacts(demo.issuer, "", False, (), "", (), "https://orders.example")
    (asking,) = [each for each in snippets_for(introspection) if each.key == "introspection"]
    assert run(asking.text, ACCESS_TOKEN=token)["active"] is True
