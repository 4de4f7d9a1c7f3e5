"""What the apps believe about ended sessions: a logout token of their gateway, for them, fresh, and nothing else."""

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from examples import EXAMPLES
from examples.logout_token import EVENT, read_logout_token
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor

ISSUER, KEY = "https://gateway.example", ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256", "use": "sig"})


class Gateway:
    """What the app knows of its gateway, without the network."""

    client_id = "shop"

    def load_server_metadata(self) -> dict[str, Any]:
        """The issuer is all that is read."""
        return {"issuer": ISSUER}

    def fetch_jwk_set(self, force: bool = False) -> dict[str, Any]:
        """The key that is published."""
        return dict(KeySet([KEY]).as_dict(private=False))


def _sign(*, typ: str = "logout+jwt", key: ECKey = KEY, without: str = "", **changed: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "shop", "iat": now, "exp": now + 120, "jti": "j", "sid": "ses_1"}
    claims |= {"events": {EVENT: {}}} | changed
    claims.pop(without, None)
    return jwt.encode({"alg": "ES256", "kid": "one", "typ": typ}, claims, key)


def _read(token: str) -> dict[str, Any]:
    return read_logout_token(Gateway(), token)  # type: ignore[arg-type]


def test_a_logout_token_names_the_session_that_ended():
    assert _read(_sign())["sid"] == "ses_1"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no.token.atall",
        _sign(typ="at+jwt"),
        _sign(typ="JWT"),
        _sign(iss="https://other.example"),
        _sign(aud="help"),
        _sign(exp=int(time.time()) - 3600),
        _sign(iat=int(time.time()) + 3600),
        _sign(nonce="n"),
        _sign(events={}),
        _sign(events=EVENT),
        _sign(without="sid"),
        _sign(without="jti"),
        _sign(without="exp"),
        _sign(key=ECKey.generate_key("P-256", {"kid": "one"})),
    ],
)
def test_anything_else_is_not_believed(token: str):
    with pytest.raises((JoseError, ValueError)):
        _read(token)


@pytest.mark.parametrize("app", [each["name"] for each in EXAMPLES])
def test_every_app_refuses_what_it_does_not_believe(demo: RunningDemo, app: str):
    said = Visitor().browser.post(f"{demo.site(app)}/backchannel-logout", data={"logout_token": "guessed"}, timeout=10)
    assert said.status_code == 400
    assert said.headers["Cache-Control"] == "no-store"
