"""Keys are rotated every third of a second by another node while clients get tokens and have them checked."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client as HttpClient
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet

from keyring.models import SigningKey
from tests.actors import ChannelApp, make_client, make_customer, sign_in
from tests.journeys.running_demo import ROOT

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]

SECONDS = 6.0
THREADS = 4
ORDERS = "https://orders.example"
#: Another node of the gateway: a process of its own, which shares nothing but the database. It rotates the keys, and
#: issues a token with each new one.
OTHER_NODE = """
import base64, os, sys, time
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from django.test import Client
from keyring.services import rotate_signing_key
from kit import clock
from kit.call import CallContext, system_caller
pair = base64.b64encode(os.environ["PAIR"].encode()).decode()
http = Client(SERVER_NAME="localhost", headers={"Authorization": "Basic " + pair})
form = "application/x-www-form-urlencoded"
print("ready", flush=True)
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    rotate_signing_key(call=CallContext(caller=system_caller("rotation"), now=clock.now(), trace_id="t"))
    print(http.post("/oauth/token", "grant_type=client_credentials", form).json()["access_token"], flush=True)
    time.sleep(0.3)
"""


@contextmanager
def rotating(seconds: float, shop: ChannelApp, judge: Callable[[str], None]) -> Iterator[None]:
    """Run the other node; every token it issues is judged here the moment it is known."""
    environment = os.environ | {"PAIR": f"{shop.client.client_id}:{shop.secret}"}
    command = [sys.executable, "-c", OTHER_NODE, str(connection.settings_dict["NAME"]), str(seconds)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as node:
        assert node.stdout
        assert node.stderr
        if node.stdout.readline().strip() != "ready":
            pytest.fail(node.stderr.read())
        yield
        for line in node.stdout:
            judge(line.strip())
        assert node.wait(timeout=60) == 0, node.stderr.read()


class ResourceServer:
    """An API of a stranger: verifies by the published keys, and reads them again when it meets an unknown one."""

    def __init__(self) -> None:
        self.http = HttpClient()
        self.keys = self.read()
        self.read_again = 0

    def read(self) -> KeySet:
        published = self.http.get("/oauth/jwks").json()["keys"]
        return KeySet([ECKey.import_key(key) for key in published])

    def claims(self, token: str) -> dict[str, Any]:
        kid = jws.extract_compact(token.encode()).headers()["kid"]
        if kid not in {key.kid for key in self.keys.keys}:
            self.keys, self.read_again = self.read(), self.read_again + 1
        return jwt.decode(token, self.keys, algorithms=["ES256"]).claims


def work(shop: ChannelApp, orders: ChannelApp, refresh_token: str, until: float) -> int:
    """One client and one API at work: every token is checked by signature, by introspection and at userinfo."""
    client, asker, api = (
        ChannelApp(shop.client, shop.secret),
        ChannelApp(orders.client, orders.secret),
        ResourceServer(),
    )
    done, kept = 0, []
    while time.monotonic() < until:
        tokens = client.refresh(refresh_token).json()
        refresh_token = tokens["refresh_token"]
        own = client.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
        kept.append(tokens["access_token"])
        # The newest, and one from the beginning, whose key has been retired many times over.
        for token in (tokens["access_token"], own, kept[0]):
            assert api.claims(token)["iss"] == "http://localhost:8000"
            assert asker.introspect(token)["active"] is True
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert client.http.get("/oauth/userinfo", headers=bearer).status_code == 200
        done += 1
    assert api.read_again, "it never met a new key"
    return done


@pytest.fixture(autouse=True)
def _many_writers():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def test_rotation_under_load_breaks_no_verification(call):
    orders = make_client(call, name="Orders", grant_types=("client_credentials",), redirect_uris=(), resource=ORDERS)
    shop = make_client(
        call, resource_servers=(ORDERS,), grant_types=("authorization_code", "refresh_token", "client_credentials")
    )
    ana = make_customer(call)
    starts = [shop.tokens_for(sign_in(ana))["refresh_token"] for _ in range(THREADS)]
    errors: list[BaseException] = []
    done: list[int] = []

    def run(refresh_token: str) -> None:
        try:
            done.append(work(shop, orders, refresh_token, until))
        except BaseException as error:  # noqa: BLE001  the test judges what went wrong
            errors.append(error)
        finally:
            connection.close()

    from_the_other_node, asker, api = [], ChannelApp(orders.client, orders.secret), ResourceServer()

    def judge(token: str) -> None:
        from_the_other_node.append((asker.introspect(token)["active"], api.claims(token)["client_id"]))

    threads = [threading.Thread(target=run, args=(start,)) for start in starts]
    try:
        with rotating(SECONDS, shop, judge):
            until = time.monotonic() + SECONDS
            for thread in threads:
                thread.start()
    finally:
        for thread in threads:
            thread.join()

    assert errors == []
    assert set(from_the_other_node) == {(True, shop.client.client_id)}
    assert len(done) == THREADS
    assert min(done) >= 5, "too little load to prove anything"
    assert SigningKey.objects.retired().count() >= 8
