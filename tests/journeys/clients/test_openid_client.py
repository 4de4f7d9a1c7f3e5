"""panva's openid-client, a certified relying party for Node.js, against the gateway: discovery to logout."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture(scope="module")
def journey(openid_client: Path, demo: RunningDemo, visitor: Visitor) -> dict[str, Any]:
    """What openid-client reports after ben has signed in and allowed it."""
    client = demo.client("test")
    environment = os.environ | {
        "ISSUER": demo.issuer,
        "CLIENT_ID": client["client_id"],
        "CLIENT_SECRET": client["client_secret"],
        "REDIRECT_URI": client["redirect_uris"][0],
    }
    with subprocess.Popen(
        ["node", "journey.mjs"],
        cwd=openid_client,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout
        assert program.stderr
        line = program.stdout.readline()
        assert line, program.stderr.read()
        visitor.open(json.loads(line)["open"], stop_at=client["redirect_uris"][0])
        answer_pages(visitor, demo.demo["customers"]["ben"], stop_at=client["redirect_uris"][0])
        out, errors = program.communicate(json.dumps({"callback": visitor.last_address}) + "\n", timeout=60)
    assert program.returncode == 0, errors
    return dict(json.loads(out)["result"])


def test_openid_client_finds_and_believes_the_discovery_document(journey: dict[str, Any], demo: RunningDemo):
    metadata = journey["metadata"]
    assert metadata["issuer"] == demo.issuer
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]


def test_openid_client_refuses_an_answer_in_another_issuers_name(journey: dict[str, Any]):
    assert journey["mixUp"] == "OAUTH_INVALID_RESPONSE"


def test_openid_client_validates_the_id_token(journey: dict[str, Any], demo: RunningDemo):
    claims, ben = journey["claims"], demo.demo["customers"]["ben"]
    assert claims["sub"] == ben["sub"]
    assert claims["acr"] == "urn:throughline:1fa"
    assert claims["amr"] == ["pwd"]
    assert claims["sid"]
    assert claims["auth_time"] <= claims["iat"]


def test_openid_client_reads_userinfo_before_and_after_a_refresh(journey: dict[str, Any], demo: RunningDemo):
    assert journey["person"]["email"] == demo.demo["customers"]["ben"]["email"]
    assert journey["personAgain"] == journey["person"]


def test_openid_client_gets_a_new_refresh_token_and_the_same_sign_in(journey: dict[str, Any]):
    assert journey["second"]["refresh_token"] != journey["first"]["refresh_token"]
    refreshed = journey["second"]["claims"]
    if refreshed:
        for claim in ("sub", "sid", "auth_time", "acr", "aud", "iss"):
            assert refreshed[claim] == journey["claims"][claim]


def test_openid_client_may_introspect_its_own_token(journey: dict[str, Any]):
    assert journey["introspected"]["active"] is True
    assert journey["introspected"]["sid"] == journey["claims"]["sid"]


def test_openid_client_gets_a_token_for_itself(journey: dict[str, Any]):
    assert journey["machine"]["access_token"]
    assert "refresh_token" not in journey["machine"]


def test_openid_client_revokes_its_refresh_token(journey: dict[str, Any]):
    assert journey["afterRevocation"] == "invalid_grant"


def test_openid_clients_logout_address_ends_the_session(journey: dict[str, Any], demo: RunningDemo, visitor: Visitor):
    page = visitor.open(journey["signOut"])
    answer_pages(visitor, {})
    assert page.status == 200
    visitor.open(f"{demo.site('shop')}/sign-in")
    assert visitor.page.form("login", "password")
