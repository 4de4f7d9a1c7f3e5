"""Back-channel logout at a strict relying party that others wrote: Apache with mod_auth_openidc, from Debian."""

import json
import os
import time
from collections.abc import Iterator

import pytest
import requests

from config.supervisor.processes import stop
from tests.journeys.clients.apache import Site, backchannel_of, running_site
from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo, run_demo
from tests.journeys.visitor import Visitor
from tests.operations.house import free_port

pytestmark = [pytest.mark.apache, pytest.mark.servers]
REGISTER = """
import json
from kit import clock
from kit.call import CallContext, system_caller
from oauth.services import register_client
from oauth.types import ClientDraft
draft = ClientDraft(name="Apache", channel="web", redirect_uris=("http://localhost:{port}/callback",),
                    first_party=True, backchannel_logout_uri="{backchannel}")
call = CallContext(caller=system_caller("tests"), now=clock.now(), trace_id="apache")
client, secret = register_client(draft=draft, call=call)
print(json.dumps([client.client_id, secret]))
"""
MAKE_TOKEN = """
import json
from kit import clock
from sessions_hub.models import Participation
from sync.transports.backchannel_logout import make_token
session = Participation.objects.filter(client_id={client_id!r}).latest("id").session
print(json.dumps(make_token(client_id={client_id!r}, subject=session.subject, sid=session.sid, now=clock.now())))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("real processes share PostgreSQL")
    with run_demo(tmp_path_factory.mktemp("house"), sites=False, broker=True) as running:
        workers = [running.work(), running.work(name="beat")]
        yield running
        stop(workers)


@pytest.fixture(scope="module")
def registration(house) -> tuple[int, str, str]:
    port = free_port()
    script = REGISTER.format(port=port, backchannel=backchannel_of(port))
    client_id, secret = json.loads(house.manage("shell", "-v0", "-c", script).splitlines()[-1])
    return port, client_id, secret


@pytest.fixture(scope="module")
def site(house, registration) -> Iterator[Site]:
    port, client_id, secret = registration
    with running_site(issuer=house.issuer, client_id=client_id, client_secret=secret, port=port) as running:
        yield running


def sign_in_at(site: Site, house: RunningDemo, person: str) -> Visitor:
    visitor = Visitor()
    visitor.open(site.page)
    page = answer_pages(visitor, house.demo["customers"][person])
    assert page.response.text == "only for people who are signed in", (page.url, page.text[:400], site.log[-3000:])
    return visitor


def is_in(visitor: Visitor, site: Site) -> bool:
    """Whether Apache shows the page, or sends to the gateway instead."""
    answer = visitor.browser.get(site.page, allow_redirects=False, timeout=20)
    assert answer.status_code in (200, 302), answer.text
    return answer.status_code == 200


def test_a_session_that_is_ended_elsewhere_is_gone_at_apache_too(house, site):
    kitchen = sign_in_at(site, house, "ben")
    assert is_in(kitchen, site)

    phone = Visitor()
    phone.open(f"{house.issuer}/accounts/login/")
    answer_pages(phone, house.demo["customers"]["ben"])
    page = phone.open(f"{house.issuer}/sessions/end-others/")
    page = phone.submit(page.form(action="/sessions/end-others/"))

    deadline = time.monotonic() + 10
    while "Confirmed by 1 of 1" not in page.text and time.monotonic() < deadline:
        time.sleep(0.1)
        page = phone.open(f"{house.issuer}/sessions/ended/")
    assert "Confirmed by 1 of 1" in page.text, (page.text[:600], site.log[-3000:])
    assert "Apache Confirmed" in page.text
    assert not is_in(kitchen, site)


def test_signing_out_at_the_gateway_signs_out_at_apache(house, site):
    kitchen = sign_in_at(site, house, "ben")
    page = kitchen.open(f"{house.issuer}/accounts/logout/")
    kitchen.submit(page.form(action="/accounts/logout/"))
    assert kitchen.open(f"{house.issuer}/sessions/").url.startswith(f"{house.issuer}/accounts/login/")
    deadline = time.monotonic() + 10
    while is_in(kitchen, site) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_in(kitchen, site), site.log[-3000:]


@pytest.mark.parametrize("how", ["another signature", "another payload", "no signature", "another header", "nothing"])
def test_a_token_that_somebody_touched_is_refused_and_ends_nothing(house, site, registration, how):
    kitchen = sign_in_at(site, house, "ben")
    _, client_id, _ = registration
    script = MAKE_TOKEN.format(client_id=client_id)
    token = json.loads(house.manage("shell", "-v0", "-c", script).splitlines()[-1])
    head, payload, signature = token.split(".")
    forged = {
        "another signature": f"{head}.{payload}.{signature[::-1]}",
        "another payload": f"{head}.{payload[:-4]}AAAA.{signature}",
        "no signature": f"{head}.{payload}.",
        "another header": f"{head[::-1]}.{payload}.{signature}",
        "nothing": "",
    }[how]
    answer = requests.post(site.backchannel, data={"logout_token": forged}, timeout=20)
    assert answer.status_code == 400
    assert is_in(kitchen, site)
    if how == "nothing":
        assert requests.post(site.backchannel, data={"logout_token": token}, timeout=20).status_code == 200, (
            "the whole one"
        )
        assert not is_in(kitchen, site)
