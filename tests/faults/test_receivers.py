"""Systems that misbehave each in its own way, beside one that is well; and one that was down for an hour."""

import time
from functools import partial

import pytest

from tests.faults.house import first_seen, require_same_bodies, sized, wait_until

pytestmark = pytest.mark.faults

FAULTS = {
    "500": 500,
    "429": (429, {"Retry-After": "2"}),
    "reset": 0,
    "301": (301, {"Location": "http://127.0.0.1:9/"}),
}


def never_in_time(_heard):
    time.sleep(20)
    return 500


def test_systems_in_trouble_lose_nothing_and_delay_nobody(house, connect):
    well, gone = connect(), connect(410)
    sick = {name: connect(reply) for name, reply in FAULTS.items()}
    sick["timeout"] = connect(never_in_time)
    subs = house.tell("come(30)")
    house.wind_the_clock()
    house.hire(2)
    crowd = house.begin(f"change({subs!r}, {sized(600, least=100)}, seconds={sized(30, least=10)})")
    acknowledged = house.outcome(crowd)["acknowledged"]
    count = sum(acknowledged.values())
    took = wait_until(lambda: len(well.facts) >= count, seconds=20, what=lambda: f"{len(well.facts)} of {count}")
    asked = {name: len(each.facts) for name, each in sick.items()}
    print(f"the one that is well had all {count} {took:.1f} s after the last; the others were asked {asked}")
    assert len(gone.facts) <= 16, "what was under way when it said so"
    [(standing, reason)] = house.query("SELECT standing, reason FROM sync_connection WHERE slug = %s", gone.slug)
    assert (standing, reason) == ("paused", "gone")
    assert house.open_deliveries(gone.slug) == count
    for each in (*sick.values(), gone):
        each.reply = 200
    house.tell(f"resume({gone.slug!r})")
    journal = {sub: ids for sub, ids in house.changes(subs).items() if ids}
    for name, each in {**sick, "410": gone}.items():
        wait_until(partial(house.is_through, each.slug), seconds=180, what=partial(str, name))
        require_same_bodies(each.facts)
        assert first_seen(each.facts) == journal, name


def test_a_poison_event_holds_nobody_else(house, connect):
    poisoned: list[str] = []

    def choke(heard):
        if heard.is_verification:
            return 200
        poisoned.append(heard.event["subject"]) if not poisoned else None
        return 500 if heard.event["subject"] == poisoned[0] else 200

    crm = connect(choke)
    subs = house.tell("come(20)")
    house.wind_the_clock()
    house.hire()
    acknowledged = house.tell(f"change({subs!r}, 400)")["acknowledged"]
    wait_until(lambda: poisoned, seconds=30)
    others = sum(count for sub, count in acknowledged.items() if sub != poisoned[0])
    wait_until(lambda: len({each.id for each in crm.facts}) >= others + 1, seconds=60)
    hers = [each.id for each in crm.facts if each.event["subject"] == poisoned[0]]
    assert len(set(hers)) == 1, "hers wait behind the one that does not pass"
    assert house.open_deliveries(crm.slug) == acknowledged[poisoned[0]]


def test_after_an_hour_of_silence_fifty_thousand_are_caught_up_with(house, connect):
    """The hour is virtual: what was made in it is put there as if; the inflow goes on while it is worked off."""
    down, other = connect(500), connect()
    waiting = sized(50_000)
    inflow = waiting / 3600
    subs = house.tell("come(500)")
    house.tell(f"lie_there({down.slug!r}, {subs!r}, {waiting})")
    down.reply = 200
    house.wind_the_clock()
    house.hire()
    seconds = sized(120, least=20)
    crowd = house.begin(f"change({subs!r}, {int(inflow * seconds) + 50}, seconds={seconds})")
    wait_until(lambda: len(down.facts) > 100, seconds=60)
    begun, at_first, first = time.monotonic(), house.memory(), len(down.facts)
    rates, memory = [], [at_first]
    while house.open_deliveries(down.slug) and time.monotonic() - begun < 1800:
        before = len(down.facts), time.monotonic()
        time.sleep(5)
        rates.append((len(down.facts) - before[0]) / (time.monotonic() - before[1]))
        memory.append(house.memory())
    took = time.monotonic() - begun
    rate = (len(down.facts) - first) / took
    house.outcome(crowd)
    lags = sorted(lag for (lag,) in house.query(LAGS, other.slug))
    print(
        f"{waiting} worked off in {took:.0f} s, {rate:.0f}/s beside an inflow of {inflow:.1f}/s (least of 5 s "
        f"{min(rates):.0f}/s); memory {memory[0]:.0f} to {max(memory):.0f} MB; "
        f"the other system's lag p50 {lags[len(lags) // 2]:.2f} s, p95 {lags[int(len(lags) * 0.95)]:.2f} s"
    )
    assert not house.open_deliveries(down.slug)
    assert rate >= 2 * inflow
    assert max(memory) < memory[0] + 40, "flat"
    assert lags[int(len(lags) * 0.95)] < 5, "the other one is not delayed"
    orders: dict[str, int] = {}
    for heard in down.facts:
        sub = heard.event["subject"]
        assert heard.seq >= orders.get(sub, 0), "in order"
        orders[sub] = heard.seq


LAGS = """
SELECT extract(epoch FROM d.confirmed_at - d.occurred_at)::float
FROM sync_delivery d JOIN sync_receiver r ON r.id = d.receiver_id WHERE r.key = %s AND d.state = 'confirmed'
"""


def test_fifty_writers_on_one_customer_are_told_in_the_order_of_their_commits(house, connect):
    crm = connect()
    [ana] = house.tell("come(1)")
    house.broker.flush()  # nobody seals the journal meanwhile, which would write its rows anew
    house.hire(2)
    count = house.tell(f"at_once({ana!r}, 50, {sized(10, least=4)})")
    wait_until(lambda: len(set(crm.ids)) >= count, seconds=120, what=lambda: f"{len(set(crm.ids))} of {count}")
    rows = house.query(
        "SELECT event_id FROM audit_event WHERE subject = %s AND type = 'profile.changed' "
        "ORDER BY pg_xact_commit_timestamp(xmin)",
        ana,
    )
    assert list(dict.fromkeys(crm.ids)) == [event_id for (event_id,) in rows]
