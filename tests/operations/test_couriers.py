"""Workers that are killed in the middle: no ended session is forgotten, and everybody's are told in their order."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator

import pytest

from config.supervisor.processes import Child, stop
from tests.journeys.running_demo import RunningDemo, run_demo
from tests.relying_party import RelyingParty, relying_party

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("real processes share PostgreSQL")
    with run_demo(tmp_path_factory.mktemp("house"), sites=False, broker=True) as running:
        yield running


@pytest.fixture
def at_work() -> Iterator[list[Child]]:
    """Processes that the test started; they end with it."""
    children: list[Child] = []
    yield children
    stop(children)


def kill(child: Child) -> None:
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def crowd_of(house: RunningDemo, party: RelyingParty, *, people: int, sessions: int) -> list[list[str]]:
    come = f"from tests.operations.crowd import *; come({party.uri!r}, {people}, {sessions})"
    said = house.manage("shell", "-v0", "-c", come)
    return list(json.loads(said.splitlines()[-1]))


def end_all(house: RunningDemo, crowd: list[list[str]]) -> None:
    house.manage("shell", "-v0", "-c", f"from tests.operations.crowd import *; leave({crowd!r})")


def first_seen(party: RelyingParty) -> list[str]:
    return list(dict.fromkeys(party.sids))


@pytest.mark.parametrize(("people", "sessions", "kills"), [(10, 3, 2), pytest.param(25, 4, 4, marks=pytest.mark.soak)])
def test_nothing_is_lost_and_the_order_of_each_person_is_kept_while_workers_are_killed(
    house, at_work, people, sessions, kills
):
    dice = random.Random(4)

    def dawdle(_told):
        time.sleep(dice.uniform(0.05, 0.4))
        return 200

    with relying_party(dawdle) as party:
        crowd = crowd_of(house, party, people=people, sessions=sessions)
        at_work += [house.work(name="beat"), house.work()]
        end_all(house, crowd)
        for _ in range(kills):
            party.wait_for(min(len(party.told) + 3, people * sessions), seconds=60)
            kill(at_work.pop())
            at_work.append(house.work())
        killed_at = time.monotonic()
        deadline = killed_at + 90
        while len(first_seen(party)) < people * sessions:
            assert time.monotonic() < deadline, f"{len(first_seen(party))} of {people * sessions}"
            time.sleep(0.1)
        print(f"all told {time.monotonic() - killed_at:.1f} s after the last kill; {len(party.told)} requests")
        seen = first_seen(party)
    for hers in crowd:
        assert [sid for sid in seen if sid in set(hers)] == hers
    assert sorted(seen) == sorted(sid for hers in crowd for sid in hers)
    assert len(party.told) <= len(seen) + kills * 4, "no more twice than were under way at a kill"
    assert len({told.claims["jti"] for told in party.told}) == len(party.told)


def test_a_confirmation_that_nobody_wrote_down_is_one_duplicate(house, at_work):
    with relying_party() as party:
        [[sid]] = crowd_of(house, party, people=1, sessions=1)

        def kill_before_it_hears(_told):
            if len(party.told) == 1:
                kill(at_work.pop())
            return 200

        party.reply = kill_before_it_hears
        at_work += [house.work(name="beat"), house.work()]
        end_all(house, [[sid]])
        party.wait_for(1, seconds=60)
        at_work.append(house.work())
        party.wait_for(2, seconds=60)
        time.sleep(3)
        assert party.sids == [sid, sid]


def test_what_no_bell_told_of_is_found_by_the_clock(house, at_work):
    with relying_party() as party:
        [[sid]] = crowd_of(house, party, people=1, sessions=1)
        end_all(house, [[sid]])
        house.manage("shell", "-v0", "-c", "from config.celery import app; app.control.purge()")
        at_work += [house.work(name="beat"), house.work()]
        party.wait_for(1, seconds=30)
        assert party.sids == [sid]


def test_a_house_where_no_clock_ticks_is_woken_by_the_bell(house, at_work):
    """How long it took is printed for whoever wants to know."""
    with relying_party() as party:
        crowd = crowd_of(house, party, people=6, sessions=1)
        at_work.append(house.work())
        end_all(house, crowd[:1])
        party.wait_for(1, seconds=60)
        end_all(house, crowd[1:])
        party.wait_for(6, seconds=60)
        took = _seconds_until_confirmed(house, [sid for [sid] in crowd])
        print(f"from the end of a session to its confirmation: {[round(each, 3) for each in took]} s")


def _seconds_until_confirmed(house: RunningDemo, sids: list[str]) -> list[float]:
    said = house.manage(
        "shell",
        "-v0",
        "-c",
        "import json; from sync.models import Delivery as D; from sessions_hub.models import Session as S\n"
        "print(json.dumps([(d.confirmed_at - S.objects.get(sid=d.session).revoked_at).total_seconds()"
        f" for d in D.objects.filter(state='confirmed', session__in={sids})]))",
    )
    return list(json.loads(said.splitlines()[-1]))
