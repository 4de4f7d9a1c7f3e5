"""Two web workers: what an operator stops is dead on both within a second, on every path."""

import time
from typing import Any

import pytest
import requests

from tests.actors import challenge_of, query_of
from tests.journeys.people import sign_up
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.servers

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
ASKED = 24  # each on a connection of its own, so both workers get their share
CALLBACK = "http://127.0.0.1:9999/cb"


def signed_up(demo: RunningDemo, name: str) -> Visitor:
    visitor = Visitor()
    sign_up(visitor, demo, email=f"{name}@people.example", password="correct horse battery staple")
    return visitor


def authorize_url(demo: RunningDemo, client: dict[str, Any]) -> str:
    parameters = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": CALLBACK,
        "scope": "openid offline_access",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return str(requests.Request("GET", f"{demo.issuer}/oauth/authorize", params=parameters).prepare().url)


def tokens_for(demo: RunningDemo, visitor: Visitor, client: dict[str, Any]) -> dict[str, Any]:
    visitor.open(authorize_url(demo, client), stop_at=CALLBACK)
    if not visitor.last_address.startswith(CALLBACK):
        visitor.submit(visitor.page.form("allow"), stop_at=CALLBACK, allow="yes")
    code = query_of(visitor.last_address)["code"]
    answer = token_request(
        demo, client, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=VERIFIER
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def token_request(demo: RunningDemo, client: dict[str, Any], **fields: str) -> requests.Response:
    pair = (client["client_id"], client["client_secret"])
    return requests.post(f"{demo.issuer}/oauth/token", data=fields, auth=pair, timeout=10)


def userinfo_statuses(demo: RunningDemo, tokens: dict[str, Any]) -> set[int]:
    bearer = {"Authorization": f"Bearer {tokens['access_token']}", "Connection": "close"}
    return {requests.get(f"{demo.issuer}/oauth/userinfo", headers=bearer, timeout=10).status_code for _ in range(ASKED)}


def stop(demo: RunningDemo, deed: str) -> None:
    """An operator's deed in a process of its own; then the second that the other nodes have."""
    demo.manage(
        "shell",
        "-c",
        "from kit import clock; from kit.call import CallContext, system_caller;"
        "call = CallContext(caller=system_caller('test'), now=clock.now(), trace_id='t');" + deed,
    )
    time.sleep(1.0)


def test_a_suspended_account_is_dead_on_both_workers(demo):
    client = demo.client("test")
    visitor = signed_up(demo, "suspended")
    tokens = tokens_for(demo, visitor, client)
    assert userinfo_statuses(demo, tokens) == {200}
    visitor.open(authorize_url(demo, client), stop_at=CALLBACK)
    unspent = query_of(visitor.last_address).get("code")
    sub = requests.get(
        f"{demo.issuer}/oauth/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=10
    ).json()["sub"]

    stop(demo, f"from accounts.services import suspend_account; suspend_account(sub='{sub}', reason='test', call=call)")

    assert userinfo_statuses(demo, tokens) == {401}
    refused = token_request(demo, client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    if unspent:
        refused = token_request(
            demo, client, grant_type="authorization_code", code=unspent, redirect_uri=CALLBACK, code_verifier=VERIFIER
        )
        assert refused.json()["error"] == "invalid_grant"
    pair = (client["client_id"], client["client_secret"])
    told = requests.post(
        f"{demo.issuer}/oauth/introspect", data={"token": tokens["access_token"]}, auth=pair, timeout=10
    )
    assert told.json() == {"active": False}
    assert "/accounts/login/" in visitor.open(f"{demo.issuer}/sessions/").url
    page = visitor.open(f"{demo.issuer}/accounts/login/")
    page = visitor.submit(
        page.form("login", "password"), login="suspended@people.example", password="correct horse battery staple"
    )
    assert "/sessions/" not in page.url
    assert page.forms


def test_a_disabled_client_is_dead_on_both_workers(demo):
    client = demo.client("help")
    other = demo.client("test")
    pair = f"client_id='{client['client_id']}', call=call"
    granted = token_request(demo, other, grant_type="client_credentials").json()
    assert "access_token" in granted

    stop(demo, f"from oauth.services import disable_client; disable_client({pair})")
    try:
        refused = {
            token_request(demo, client, grant_type="refresh_token", refresh_token="x").json()["error"]
            for _ in range(ASKED)
        }
        assert refused == {"invalid_client"}
        page = Visitor().open(authorize_url(demo, client))
        assert page.status == 400
    finally:
        stop(demo, f"from oauth.services import enable_client; enable_client({pair})")
