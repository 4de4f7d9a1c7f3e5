"""Redis, PostgreSQL and web processes that die, freeze and come back under load."""

import shutil
import socket
import sys
import time
from pathlib import Path

import pytest
import requests

from config.supervisor.processes import start
from tests.faults.dying_web import ARMED
from tests.faults.house import first_seen, require_same_bodies, sized, wait_until
from tests.journeys.people import answer_pages
from tests.journeys.running_demo import ROOT
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.faults


def sign_in(house, issuer=None) -> float:
    """Ben signs in anew; how long it took."""
    begun = time.monotonic()
    ben = Visitor()
    ben.open(f"{issuer or house.demo.issuer}/accounts/login/")
    answer_pages(ben, house.demo.demo["customers"]["ben"])
    page = ben.open(f"{issuer or house.demo.issuer}/sessions/")
    assert page.status == 200, page.text[:300]
    assert "/login/" not in page.url, page.url
    return time.monotonic() - begun


def arrived(house, crm, acknowledged: dict[str, int], *, seconds: float = 90) -> int:
    """Everything that was acknowledged is in the journal and arrived in its order; how many changes there are."""
    journal = {sub: ids for sub, ids in house.changes(acknowledged).items() if ids}
    assert all(len(journal.get(sub, [])) >= count for sub, count in acknowledged.items())
    count = sum(len(ids) for ids in journal.values())
    wait_until(lambda: len(set(crm.ids)) >= count, seconds=seconds, what=lambda: f"{len(set(crm.ids))} of {count}")
    require_same_bodies(crm.facts)
    assert first_seen(crm.facts) == journal
    return count


@pytest.mark.parametrize("fault", ["killed", "flushed", "frozen"])
def test_redis_is_a_bell_and_people_sign_in_without_it(house, connect, fault):
    crm = connect()
    subs, seconds = house.tell("come(20)"), sized(30, least=8)
    house.wind_the_clock()
    house.hire(2)
    wait_until(lambda: house.tell(f"change({subs!r}, 1)") and crm.facts, seconds=60)
    crowd = house.begin(f"change({subs!r}, {10 * seconds}, seconds={seconds})")
    sign_in(house)
    slowest = 0.0
    if fault == "killed":
        house.broker.kill()
    elif fault == "frozen":
        house.broker.freeze()
    else:
        house.broker.flush()
    try:
        fault_at = time.monotonic()
        while time.monotonic() - fault_at < seconds:
            slowest = max(slowest, sign_in(house))
            assert requests.get(f"{house.demo.issuer}/readyz", timeout=10).status_code == 200
    finally:
        if fault == "killed":
            house.broker.start()
        house.broker.thaw()
    acknowledged = house.outcome(crowd)["acknowledged"]
    heard = len(set(crm.ids))
    back_at = time.monotonic()
    count = arrived(house, crm, {sub: acknowledged.get(sub, 0) for sub in subs})
    took = time.monotonic() - back_at
    print(
        f"{fault}: {heard} of {count} there when it was back, all {took:.1f} s later; slowest sign-in {slowest:.1f} s"
    )
    after = house.tell(f"change({subs!r}, 1)")["acknowledged"]
    assert after
    wait_until(lambda: len(set(crm.ids)) == count + 1, seconds=10)


@pytest.mark.parametrize("how", ["restarted", "crashed"])
def test_no_acknowledged_change_is_lost_when_postgresql_goes_under_load(house, connect, how):
    crm = connect()
    subs = house.tell("come(50)")
    house.wind_the_clock()
    house.hire(2)
    seconds = sized(30, least=10)
    crowd = house.begin(f"change({subs!r}, {40 * seconds}, seconds={seconds}, writers=8)")
    wait_until(lambda: len(crm.facts) > 20, seconds=60)
    if how == "restarted":
        house.postgres.restart()
    else:
        house.postgres.crash()
        time.sleep(2)
        house.postgres.start()
    sign_in(house)
    said = house.outcome(crowd)
    count = arrived(house, crm, said["acknowledged"])
    acknowledged = sum(said["acknowledged"].values())
    print(f"{how}: {acknowledged} acknowledged, {said['failed']} failed, {count} in the journal and all arrived")
    assert said["failed"], "it was away while they wrote"
    assert acknowledged > 0


def test_what_a_web_process_committed_before_it_was_killed_is_told_within_five_seconds(house, connect, tmp_path):
    crm = connect(200, "session.started")
    house.wind_the_clock()
    house.hire()
    sign_in(house)
    wait_until(lambda: len(crm.facts) == 1, seconds=60)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    granian = shutil.which("granian", path=str(Path(sys.executable).parent)) or "granian"
    command = [granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    environment = {**house.demo.environment, "PYTHONPATH": str(ROOT), ARMED: str(tmp_path / "armed")}
    words = [*command, "tests.faults.dying_web:application"]
    web = start("dying", words, log=tmp_path / "web.log", env=environment, cwd=ROOT)
    house.others.append(web)
    wait_until(lambda: _answers(port), seconds=60, what=web.last_words)
    ben = Visitor()
    ben.open(f"http://localhost:{port}/accounts/login/")
    (tmp_path / "armed").touch()
    with pytest.raises(requests.ConnectionError):
        answer_pages(ben, house.demo.demo["customers"]["ben"])
    took = wait_until(lambda: len(crm.facts) == 2, seconds=5)
    print(f"told {took:.1f} s after the web process was killed")


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://localhost:{port}/livez", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False
