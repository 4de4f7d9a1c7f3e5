"""Workers that die in the middle of everything."""

import time

import pytest

from tests.faults.house import first_seen, pace, require_same_bodies, sized, wait_until

pytestmark = pytest.mark.faults


def test_nothing_is_lost_and_everybodys_order_is_kept_while_a_worker_is_killed_every_two_seconds(house, connect):
    crm = connect()
    changes, subs = sized(10_000), house.tell(f"come({sized(500)})")
    house.wind_the_clock()
    house.hire(4)
    crowd = house.begin(f"change({subs!r}, {changes}, seconds={changes / pace()})")
    kills = 0
    while not crowd.has_ended:
        time.sleep(2)
        house.kill_one()
        house.hire()
        kills += 1
    waiting = changes - len(set(crm.ids))
    killed_at = time.monotonic()
    house.kill_all()
    house.hire(2)
    acknowledged = house.outcome(crowd)["acknowledged"]
    wait_until(lambda: len(set(crm.ids)) >= changes, seconds=60, what=lambda: f"{len(set(crm.ids))} of {changes}")
    took = time.monotonic() - killed_at
    wait_until(lambda: not house.open_deliveries(crm.slug), seconds=60)
    twice = require_same_bodies(crm.facts)
    print(f"{kills} kills and all; {waiting} of {changes} lay there, all there {took:.1f} s after; {twice} came twice")
    journal = house.changes(subs)
    assert {sub: len(ids) for sub, ids in journal.items() if ids} == acknowledged
    assert first_seen(crm.facts) == {sub: ids for sub, ids in journal.items() if ids}


def test_killed_between_the_answer_and_our_mark_is_exactly_one_duplicate(house, connect):
    def kill_before_it_hears(_heard):
        if len(crm.facts) == 1:
            house.kill_all()
        return 200

    crm = connect(kill_before_it_hears)
    [ana] = house.tell("come(1)")
    house.wind_the_clock()
    house.hire()
    house.tell(f"change([{ana!r}], 1)")
    wait_until(lambda: len(crm.facts) == 1, seconds=60)
    house.hire()
    took = wait_until(lambda: len(crm.facts) == 2, seconds=60)
    time.sleep(5)
    print(f"told again after {took:.1f} s")
    one, other = crm.facts
    assert (one.id, one.body) == (other.id, other.body)
