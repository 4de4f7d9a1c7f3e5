"""A customer's change at the gateway stands in the CRM and in the marketing tool a moment later, with a real worker."""

import time

import pytest
import requests

from config.supervisor.processes import stop
from tests.journeys.running_demo import RunningDemo, run_demo

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with run_demo(tmp_path_factory.mktemp("systems"), broker=True) as running:
        children = [running.work(name="beat"), running.work()]
        yield running
        stop(children)


def rename(house: RunningDemo, name: str) -> None:
    sub = house.demo["customers"]["ana"]["sub"]
    house.manage(
        "shell",
        "-v0",
        "-c",
        "from accounts.services import change_name; from kit import clock; from kit.call import *\n"
        f"change_name(sub={sub!r}, name={name!r}, call=CallContext(system_caller('t'), clock.now(), 't'))",
    )


def wait_for(url: str, words: str, *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while words not in requests.get(url, timeout=5).text:
        assert time.monotonic() < deadline, requests.get(url, timeout=5).text
        time.sleep(0.1)


def test_a_new_name_stands_in_the_crm_and_its_delivery_is_applied(house: RunningDemo) -> None:
    crm, marketing = (house.demo["connected_systems"][each]["url"] for each in ("crm", "marketing"))
    rename(house, "Ana of the Willows")
    wait_for(f"{crm}/", "Ana of the Willows")
    wait_for(f"{marketing}/", "profile.changed")
    said = house.manage(
        "shell",
        "-v0",
        "-c",
        "from sync.queries import get_watch; from kit import clock\n"
        "import time; time.sleep(1); w = get_watch(slug='crm', now=clock.now()).total; print(w.applied, w.dead)",
    )
    applied, dead = said.split()[-2:]
    assert int(applied) >= 1
    assert int(dead) == 0


def test_a_test_event_arrives(house: RunningDemo) -> None:
    said = house.manage(
        "shell",
        "-v0",
        "-c",
        "from sync.flows.verification import send_verification as v; from kit import clock; from kit.call import *\n"
        "print(v(slug='marketing', call=CallContext(system_caller('t'), clock.now(), 't')).said)",
    )
    assert '"applied":true' in said.replace(" ", "")
