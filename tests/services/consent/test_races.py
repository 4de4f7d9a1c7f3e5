"""Many at once on a real PostgreSQL: one winner, no circle of waiting, and no act after a withdrawal."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from django.db import connection

from audit import journal
from audit.models import Event
from audit.types import EventType
from consent.errors import ConsentChanged, EventReused, MandateMissing, PurposeInvalid, StalePage
from consent.models import ConsentEvent, LinkedParty
from consent.queries import check, find_purpose
from consent.services import (
    bind_device,
    give_mandate,
    put_purpose,
    rebuild_states,
    record_signal,
    revalidate,
    revoke_mandate,
    set_links,
    split_links,
)
from consent.types import Item, Link, MandateKind, Reason
from kit import clock
from kit.unit_of_work import unit_of_work
from tests.services.consent.conftest import ANA, BEN, PURPOSES, Register, draft, fill_catalog
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "dev_phone"
ACTED = EventType("act.done", "Somebody acted on consent.", deliverable=True)


@pytest.fixture(autouse=True)
def _row_locks():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def register(transactional_db, call) -> Iterator[Register]:
    fill_catalog(call)
    yield Register(call)
    found = rebuild_states(call=call)  # whatever raced: what holds follows from what was chosen, and the chain is whole
    assert (found.differences, found.broken) == ([], [])


def test_twenty_of_one_choice_are_one(register):
    answers, errors = together(20, lambda _: register.choose("grant", "personalization", event_id="form"))
    assert errors == []
    assert [answer.replayed for answer in answers].count([False]) == 1
    assert len({answer.events[0].id for answer in answers}) == ConsentEvent.objects.count() == 1


def test_of_twenty_choices_under_one_id_one_is_taken(register):
    def act(number: int):
        return register.choose("grant", "personalization", f"acc_{number}", event_id="form")

    answers, errors = together(20, act)
    assert len(answers) == ConsentEvent.objects.count() == 1
    assert {type(error) for error in errors} == {EventReused}


def test_of_twenty_pages_made_from_the_same_state_one_permits(register):
    seen = register.choose("withdraw", "personalization").seq
    answers, errors = together(20, lambda _: register.choose("grant", "personalization", seen=seen))
    assert len(answers) == 1
    assert {type(error) for error in errors} == {StalePage}


def test_a_signal_that_arrives_twenty_times_is_one(register):
    _, errors = together(20, lambda _: record_signal(party=PHONE, call=register.call))
    assert errors == []
    assert ConsentEvent.objects.count() == 4


def test_a_device_is_bound_once_however_many_sign_in_at_once(register):
    answers, errors = together(20, lambda _: bind_device(device=PHONE, account=ANA, call=register.call))
    assert (errors, answers.count(True), LinkedParty.objects.count()) == ([], 1, 2)


def test_linked_parties_are_written_both_ways_at_once_without_a_circle(register):
    set_links(party=ANA, links=[Link(BEN, 1.0, merged_at=register.call.now)], call=register.call)
    purposes = ["personalization", "ai.assistance", "ai.training"]

    def act(number: int):
        party, action = (ANA, BEN)[number % 2], ("grant", "withdraw")[number // 2 % 2]
        return register.choose(action, purposes[number % 3], party)

    _, errors = together(20, act)
    assert errors == []
    assert ConsentEvent.objects.count() == 20


def test_whatever_was_refused_before_a_split_is_copied(register):
    set_links(party=ANA, links=[Link(BEN, 1.0, merged_at=register.call.now)], call=register.call)
    purposes = [each.id for each in PURPOSES if each.id != "service"]

    def act(number: int):
        if number == 3:
            return split_links(party=ANA, other=BEN, call=register.later(1).call)
        return register.later(1).choose("deny", purposes[number % len(purposes)], BEN)

    _, errors = together(8, act)
    assert errors == []
    (split,) = Event.objects.filter(type="party.split", subject=BEN)
    before = ConsentEvent.objects.filter(party=BEN, seq__lt=split.seq)
    assert set(before.values_list("id", flat=True)) == set(
        ConsentEvent.objects.filter(party=ANA).values_list("copied_from", flat=True)
    )


def test_two_changes_that_would_close_a_circle_together_do_not(register):
    for id in ("one", "two"):
        put_purpose(draft=draft(id), call=register.call)

    def act(number: int):
        ends = ("one", "two") if number % 2 else ("two", "one")
        return put_purpose(draft=draft(ends[0], parent=ends[1]), call=register.call)

    _, errors = together(10, act)
    assert {type(error) for error in errors} == {PurposeInvalid}
    assert [find_purpose(id).ancestors for id in ("one", "two")].count(()) == 1


@pytest.mark.parametrize("_round", range(4))
def test_no_permission_by_a_mandate_slips_past_its_end(register, _round):
    mandate = give_mandate(party=ANA, holder="acc_mum", kind=MandateKind.PROXY, call=register.call)

    def act(number: int):
        if number == 2:
            return revoke_mandate(id=mandate, call=register.call)
        with suppress(MandateMissing):
            register.choose("grant", "personalization", mandate=mandate)
        return None

    _, errors = together(6, act)
    assert errors == []
    assert register.later(1).ask("personalization").reason in {Reason.NO_MANDATE, Reason.UNKNOWN}


@dataclass
class Race:
    """Customers withdraw while others act on what they had permitted.

    An act is a line of the customer's own sequence in the journal: the database says whether it came before the
    withdrawal. A question that was begun after the withdrawal was answered must be denied.
    """

    register: Register
    done: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    answered: dict[str, float] = field(default_factory=dict)

    def run(self, rounds: int, actors: int = 6) -> None:
        """One customer after the other withdraws among actors who act four times each."""
        for number in range(rounds):
            party = f"acc_{number}"
            self.register.choose("grant", "personalization", party)
            _, errors = together(actors + 1, partial(self.take_part, party=party, withdrawer=actors // 2))
            self.wrong += [repr(error) for error in errors]
            (withdrawn,) = Event.objects.filter(type="consent.withdrawn", subject=party)
            acts = Event.objects.filter(type=ACTED.name, subject=party)
            late = acts.filter(seq__gt=withdrawn.seq).count()
            self.done += acts.count()
            self.refused += 4 * actors - acts.count()
            self.wrong += [f"{party}: {late} acts after the withdrawal"] if late else []

    def take_part(self, place: int, *, party: str, withdrawer: int) -> None:
        """Withdraw, or act."""
        if place == withdrawer:
            now = replace(self.register.call, now=clock.now())
            Register(now, self.register.numbers).choose("withdraw", "personalization", party)
            self.answered[party] = time.monotonic()
            return
        for _ in range(4):
            self.act(party)

    def act(self, party: str) -> None:
        """Ask, then act on the answer, looking again."""
        begun = time.monotonic()
        call = replace(self.register.call, now=clock.now())
        checked = check([Item(party, "personalization")], call.now)
        permitted = checked.answers[0].permits
        if permitted and begun > self.answered.get(party, begun):
            self.wrong.append(f"{party} was permitted after the withdrawal was answered")
        with suppress(ConsentChanged), unit_of_work():
            if permitted:
                journal.record(ACTED, call=call, subject=party)
                revalidate(checked=checked, call=call)


def test_nobody_acts_after_a_withdrawal(register):
    race = Race(register)
    race.run(rounds=8)
    assert race.wrong == []
    assert race.done
    assert race.refused


@pytest.mark.soak
def test_nobody_acts_after_a_withdrawal_in_ten_thousand_acts(register):
    race = Race(register)
    race.run(rounds=420)
    assert race.wrong == []
    assert race.done + race.refused >= 10_000
    print(f"{race.done} acts, {race.refused} refused, none after a withdrawal")
