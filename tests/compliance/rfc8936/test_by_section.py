"""RFC 8936, fetching security event tokens, by section."""

import threading
import time

import pytest
from django.db import connection

from accounts.services import reactivate_account, suspend_account
from audit.models import Event
from sync import services
from sync.models import Delivery
from tests.streams import CAEP, RISC
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
REVOKED = f"{CAEP}session-revoked"


@pytest.fixture
def stream(desk):
    return desk.create(events_requested=[REVOKED, f"{RISC}account-disabled", f"{RISC}account-enabled"])


def revoke(town, *names):
    people = [town.person(name) for name in names]
    for person in people:
        town.end(town.sign_in(person))
    town.deliver()
    return people


def test_2_2_at_most_as_many_as_are_asked_for(desk, town, stream):
    revoke(town, "ana", "ben", "carla")
    answer = desk.poll(stream, maxEvents=2)
    assert (len(answer["sets"]), answer["moreAvailable"]) == (2, True)
    assert all(desk.verify(token)["jti"] == jti for jti, token in answer["sets"].items())
    assert desk.poll(stream, maxEvents=3)["moreAvailable"] is False


def test_2_4_1_with_none_asked_for_acknowledging_is_all_it_does(desk, town, stream):
    revoke(town, "ana", "ben")
    jtis = list(desk.poll(stream)["sets"])
    assert desk.poll(stream, maxEvents=0, ack=jtis[:1]) == {"sets": {}, "moreAvailable": True}
    assert list(desk.poll(stream)["sets"]) == jtis[1:]


def test_2_4_2_what_is_not_acknowledged_is_offered_again(desk, town, stream, states):
    revoke(town, "ana")
    one, two = desk.poll(stream)["sets"], desk.poll(stream)["sets"]
    assert list(one) == list(two)
    assert desk.poll(stream, ack=list(one)) == {"sets": {}, "moreAvailable": False}
    assert states() == ["confirmed"]
    assert desk.poll(stream, ack=list(one)) == {"sets": {}, "moreAvailable": False}
    assert Event.objects.filter(type="delivery.confirmed").count() == 1


def test_2_4_4_a_token_with_an_error_is_given_up_and_shown_with_its_code(desk, town, stream):
    revoke(town, "ana", "ben")
    one, two = desk.poll(stream)["sets"]
    errors = {
        one: {"err": "authentication_failed", "description": "The SET could not be authenticated"},
        two: {"err": "<script>", "description": "x"},
    }
    assert desk.poll(stream, setErrs=errors) == {"sets": {}, "moreAvailable": False}
    found = {row.ref: (row.state, row.last_error) for row in Delivery.objects.all()}
    assert found == {one: ("dead", "set_authentication_failed"), two: ("dead", "set_refused")}
    services.replay_delivery(ref=one, call=town.call)
    assert list(desk.poll(stream)["sets"]) == [one]


def test_of_one_customer_the_first_comes_first_and_the_next_when_it_is_acknowledged(desk, town, stream):
    ana = town.person("ana")
    for _ in range(2):
        suspend_account(sub=ana.sub, reason="asked_for_it", call=town.call)
        reactivate_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    first = desk.poll(stream)
    assert (len(first["sets"]), first["moreAvailable"]) == (1, True)
    names = [next(iter(each["events"])).removeprefix(f"{RISC}account-") for each in desk.fetch(stream)]
    assert names == ["disabled", "enabled", "disabled", "enabled"]


def test_another_streams_tokens_cannot_be_acknowledged(desk, receive, town, stream, states):
    other = receive("Another")
    theirs = other.create(events_requested=[REVOKED])
    revoke(town, "ana")
    [jti] = desk.poll(stream)["sets"]
    other.poll(theirs, ack=[jti, "unheard-of", "\x00", "x" * 500], setErrs={jti: {"err": "access_denied"}})
    assert list(desk.poll(stream)["sets"]) == [jti]
    assert states() == ["waiting", "waiting"]


@pytest.mark.parametrize(
    "said",
    [
        {"maxEvents": -1},
        {"maxEvents": "3"},
        {"maxEvents": True},
        {"returnImmediately": "no"},
        {"ack": "x"},
        {"ack": [7]},
        {"setErrs": []},
        {"setErrs": {"x": "bad"}},
        {"setErrs": {"x": {}}},
        {"ack": ["x"] * 10_001},
    ],
)
def test_2_2_what_is_no_request_is_a_400(desk, stream, said):
    assert desk.ask("post", stream["delivery"]["endpoint_url"], said).status_code == 400


def test_2_2_who_would_wait_is_answered_when_something_happens(desk, town, stream, monkeypatch):
    monkeypatch.setattr("sync.flows.polling.SECONDS", 5.0)

    def later():
        time.sleep(0.6)
        revoke(town, "ana")
        connection.close()

    thread = threading.Thread(target=later)
    thread.start()
    began = time.monotonic()
    answer = desk.poll(stream, returnImmediately=False)
    thread.join()
    assert len(answer["sets"]) == 1
    assert time.monotonic() - began < 4.5


def test_two_who_fetch_at_once_miss_nothing_and_confirm_each_token_once(desk, town, stream):
    people = revoke(town, *(f"person{number}" for number in range(12)))
    seen: list[list[str]] = [[], []]

    def fetch(number):
        ack: list[str] = []
        while True:
            answer = desk.poll(stream, maxEvents=3, ack=ack)
            ack = list(answer["sets"])
            seen[number] += [desk.verify(token)["sub_id"]["user"]["sub"] for token in answer["sets"].values()]
            if not ack:
                return

    _, errors = together(2, fetch)
    assert errors == []
    assert {*seen[0], *seen[1]} == {person.sub for person in people}
    assert Event.objects.filter(type="delivery.confirmed").count() == 12
    assert set(Delivery.objects.values_list("state", flat=True)) == {"confirmed"}


def test_twenty_who_acknowledge_the_same_token_confirm_it_once(desk, town, stream):
    revoke(town, "ana")
    [jti] = desk.poll(stream)["sets"]
    _, errors = together(20, lambda _: desk.poll(stream, ack=[jti]))
    assert errors == []
    assert Event.objects.filter(type="delivery.confirmed").count() == 1


def test_what_nobody_fetches_is_given_up_after_a_week_but_not_while_paused(desk, town, stream, states):
    revoke(town, "ana")
    desk.ask("post", "/ssf/status", {"stream_id": stream["stream_id"], "status": "paused"})
    assert services.give_up_unfetched(call=town.at(days=8)) == 0
    desk.ask("post", "/ssf/status", {"stream_id": stream["stream_id"], "status": "enabled"})
    assert services.give_up_unfetched(call=town.at(days=6)) == 0
    assert services.give_up_unfetched(call=town.at(days=8)) == 1
    assert states() == ["dead"]
