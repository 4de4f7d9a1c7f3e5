"""A transmitter that tells too much at once is cut off until somebody has looked; one that falls silent is named."""

from dataclasses import replace

import pytest

from assurance.models import FeedState
from assurance.queries import list_standing
from audit.models import Event
from kit import clock
from kit.refusal import NotFound
from sync.errors import TransmitterInvalid
from sync.models import HeardToken, Transmitter
from sync.queries import list_transmitters
from sync.services import apply_transmitters, check_transmitters, release_transmitter
from tests.streams import CAEP, bank, iss_sub
from tests.together import together

__all__ = ["bank"]
pytestmark = pytest.mark.django_db(transaction=True)
RISK = f"{CAEP}risk-level-change"
HIGH = {"principal": "USER", "current_level": "HIGH"}


@pytest.fixture
def flood(bank, town):
    """The bank may tell three signals in an hour, and tells of four people: their answers, and the people."""
    Transmitter.objects.update(most=3)
    people = [town.person(name) for name in ("ana", "ben", "carla", "dora")]
    return [bank.tell(RISK, iss_sub(each), HIGH) for each in people], people


def test_one_signal_too_many_is_put_off_and_changes_nothing(flood):
    answers, people = flood
    assert [each.status_code for each in answers] == [202, 202, 202, 503]
    assert answers[-1].json()["code"] == "fuse_blown"
    assert int(answers[-1]["Retry-After"]) > 0
    assert [bool(list_standing(subject=each.sub)) for each in people] == [True, True, True, False]
    assert HeardToken.objects.count() == 3
    [state] = list_transmitters()
    assert (state.health, state.reason) == ("poisoned", "volume")
    assert FeedState.objects.get(feed="ssf:bank").health == "poisoned"
    assert Event.objects.filter(type="transmitter.cut_off").count() == 1


def test_what_came_before_comes_again_and_counts_no_more_than_once(bank, town):
    Transmitter.objects.update(most=1)
    token = bank.sign(bank.claims(RISK, iss_sub(town.person("ana")), HIGH))
    assert {bank.push(token).status_code for _ in range(5)} == {202}


@pytest.mark.parametrize("take_back", [False, True])
def test_whoever_has_looked_lets_it_be_heard_again_with_or_without_what_it_told(flood, bank, call, take_back):
    _, people = flood
    call = replace(call, now=clock.now())
    assert release_transmitter(slug="bank", take_back=take_back, call=call)
    assert not release_transmitter(slug="bank", take_back=take_back, call=call), "once"
    assert [bool(list_standing(subject=each.sub)) for each in people[:3]] == [not take_back] * 3
    assert bank.tell(RISK, iss_sub(people[3]), HIGH).status_code == 202
    assert list_standing(subject=people[3].sub)
    assert FeedState.objects.get(feed="ssf:bank").health == "ok"


def test_what_was_raised_long_before_or_by_others_is_not_taken_back(flood, bank, call, town):
    from assurance.models import RiskFlag
    from assurance.services import raise_risk
    from assurance.types import RiskKind

    _, people = flood
    RiskFlag.objects.filter(profile=people[0].sub).update(raised_at=town.at(hours=-3).now)
    raise_risk(subject=people[1].sub, kind=RiskKind.BOT, source="crm", call=call)
    release_transmitter(slug="bank", take_back=True, call=call)
    assert [len(list_standing(subject=each.sub)) for each in people[:3]] == [1, 1, 0]


def test_of_twenty_at_once_some_pass_and_the_next_does_not(bank, town):
    Transmitter.objects.update(most=5)
    people = [town.person(f"person{number}") for number in range(20)]
    tokens = [bank.sign(bank.claims(RISK, iss_sub(each), HIGH, jti=each.sub)) for each in people]
    answers, errors = together(20, lambda number: bank.push(tokens[number]).status_code)
    assert (set(answers) <= {202, 503}, errors) == (True, [])
    assert bank.push(bank.sign(bank.claims(RISK, iss_sub(town.person("late")), HIGH))).status_code == 503
    assert Event.objects.filter(type="transmitter.cut_off").count() == 1


def test_by_the_clock_alone_nobody_is_heard_again_who_was_cut_off(flood, call):
    Transmitter.objects.update(freshness=600)
    check_transmitters(call=replace(call, now=clock.now()))
    [state] = list_transmitters()
    assert (state.health, state.reason) == ("poisoned", "volume")
    assert FeedState.objects.get(feed="ssf:bank").health == "poisoned"


def test_who_was_cut_off_for_long_is_not_late_when_it_may_speak_again(flood, town):
    Transmitter.objects.update(freshness=600)
    release_transmitter(slug="bank", take_back=False, call=town.at(days=2))
    check_transmitters(call=town.at(days=2, minutes=9))
    assert list_transmitters()[0].health == "ok"
    check_transmitters(call=town.at(days=2, minutes=11))
    assert list_transmitters()[0].health == "late"


@pytest.mark.parametrize("said", [{"most": 0}, {"most": "many"}, {"freshness": -1}, {"freshness": True}, {"most": []}])
def test_a_number_that_is_none_is_refused(bank, call, said):
    entry = {"name": "Bank", "issuer": bank.issuer, "jwks": bank.jwks, **said}
    with pytest.raises(TransmitterInvalid):
        apply_transmitters(document={"transmitters": {"bank": entry}}, call=call)


def test_nobody_is_released_who_is_not_there(call):
    with pytest.raises(NotFound):
        release_transmitter(slug="nobody", take_back=False, call=call)
