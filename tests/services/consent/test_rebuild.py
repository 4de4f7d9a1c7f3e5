"""What holds follows from what was chosen: derived again from the events alone, it comes out the same."""

import random
from contextlib import suppress
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from consent.models import ConsentEvent, EffectiveState
from consent.queries import current_notice, list_parties_to_ask_again
from consent.services import (
    bind_device,
    give_mandate,
    publish_notice,
    record_choices,
    record_signal,
    revoke_mandate,
    set_links,
    split_links,
)
from consent.types import Action, Choice, Link, MandateKind, NoticeRef, Tier
from kit.call import CallContext
from kit.refusal import Refusal
from tests.services.consent.conftest import ANA, PURPOSES, Register

pytestmark = [pytest.mark.django_db]
NAMES = [each.id for each in PURPOSES]


class History:
    """People who choose at random for a while: every kind of choice, links, splits, mandates, notices."""

    def __init__(self, register: Register, people: int, seed: int = 6) -> None:
        self.chance = random.Random(seed)
        self.register = register
        self.people = [f"{prefix}{number}" for number in range(people) for prefix in ("acc_", "rec_", "dev_")]
        self.mandates: dict[str, list[str]] = {}
        self.number = 0

    def run(self, events: int, at_once: int = 8) -> None:
        """Until the register holds so many events."""
        while ConsentEvent.objects.count() < events:
            for _ in range(25):
                with suppress(Refusal):
                    self._choose(at_once)
            with suppress(Refusal):
                self._turn()

    @property
    def call(self) -> CallContext:
        return self.register.later(self.number + self.chance.uniform(-2, 2)).call  # nodes' clocks differ

    def _choose(self, at_once: int) -> None:
        self.number += 1
        party = self.chance.choice(self.people)
        notice = current_notice("privacy")
        assert notice
        choices = [self._choice(party, place, notice.ref) for place in range(self.chance.randint(1, at_once))]
        record_choices(choices=choices, call=self.call)

    def _choice(self, party: str, place: int, notice: NoticeRef) -> Choice:
        chance = self.chance
        action = chance.choice([Action.GRANT, Action.GRANT, Action.DENY, Action.WITHDRAW, Action.OBJECT])
        mandate = chance.choice(["", "", "", *self.mandates.get(party, [])])
        known = ""
        if chance.random() < 0.05:
            known = ConsentEvent.objects.filter(party=party).values_list("id", flat=True).order_by("?").first() or ""
        choice = self.register.choice(
            action,
            chance.choice(NAMES),
            party,
            event_id=f"{self.number} {place}",
            tier=Tier.PROXY if mandate else chance.choice([Tier.INFERRED, Tier.UNVERIFIED, Tier.VERIFIED]),
            channel=chance.choice(["", "", "web"]),
            processor=chance.choice(["", "", "mailer"]),
            notice=notice if action is Action.GRANT else None,
            mandate=mandate,
            occurred_at=chance.choice([None, self.register.later(self.number - 5).call.now]),
            expires_at=chance.choice([None, None, self.register.later(self.number + 40).call.now]),
            listed=chance.choice([(), ("channel:web", "processor:mailer")]),
        )
        if known:
            purpose = ConsentEvent.objects.get(pk=known).purpose
            choice = replace(choice, action=Action.INVALIDATE, refers_to=known, purpose=purpose, notice=None)
        return choice

    def _turn(self) -> None:
        """What happens besides choices."""
        one, other = self.chance.sample(self.people, 2)
        match self.chance.randrange(6):
            case 0:
                links = [Link(other, self.chance.choice([0.4, 0.7, 0.995]), merged_at=self.call.now)]
                set_links(party=one, links=links, call=self.call)
            case 1:
                split_links(party=one, other=other, call=self.call)
            case 2:
                bind_device(device=one.replace("acc_", "dev_"), account=other, call=self.call)
            case 3:
                mandate = give_mandate(party=one, holder="acc_mum", kind=MandateKind.PROXY, call=self.call)
                self.mandates.setdefault(one, []).append(mandate)
            case 4:
                revoke_mandate(id=self.chance.choice([*self.mandates.get(one, []), "man_none"]), call=self.call)
            case 5:
                record_signal(party=one, call=self.call)
        if self.chance.random() < 0.003:
            notice = current_notice("privacy")
            assert notice
            ref = NoticeRef("privacy", notice.version + 1, "en")
            publish_notice(ref=ref, text=f"New {ref.version}", purposes=NAMES, material=True, call=self.call)


def rebuilt(**options: bool) -> str:
    """What the command says."""
    said = StringIO()
    call_command("consent_rebuild", stdout=said, **options)
    return said.getvalue()


def test_a_random_history_comes_out_the_same(register):
    History(register, people=4).run(150)
    assert "\n0 differences, 0 events that do not hold" in rebuilt()


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_a_random_history_of_a_hundred_thousand_events_comes_out_the_same(register):
    History(register, people=700).run(100_000, at_once=40)
    said = rebuilt()
    print(said)
    assert "\n0 differences, 0 events that do not hold" in said


def test_a_state_that_was_tampered_with_is_found_and_put_right(register):
    register.choose("withdraw", "personalization")
    right = EffectiveState.objects.get()
    EffectiveState.objects.update(ground="[]", decision="permit")
    with pytest.raises(CommandError):
        rebuilt()
    assert "1 differences" in rebuilt(repair=True)
    assert EffectiveState.objects.get().ground == right.ground
    assert "\n0 differences" in rebuilt()


def test_a_state_without_events_and_one_that_is_missing_are_found(register):
    register.choose("withdraw", "personalization")
    row = EffectiveState.objects.get()
    EffectiveState.objects.update(purpose="marketing")
    assert "2 differences" in rebuilt(repair=True)
    assert [each.purpose for each in EffectiveState.objects.all()] == [row.purpose]


def test_an_event_that_was_changed_behind_the_databases_back_is_found(register):
    if connection.vendor != "postgresql":
        pytest.skip("done past the triggers of PostgreSQL")
    register.choose("grant", "personalization")
    event = register.choose("withdraw", "personalization").events[0]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE consent_consentevent SET tier = 1 WHERE id = %s", [event.id])
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(CommandError):
        rebuilt(repair=True)


def test_a_state_that_a_change_of_its_purpose_has_overtaken_is_judged_anew(register):
    register.choose("grant", "personalization")
    second = NoticeRef("privacy", 2, "en")
    publish_notice(ref=second, text="New.", purposes=NAMES, material=True, call=register.call)
    assert EffectiveState.objects.get().decision == "permit"
    assert list_parties_to_ask_again("personalization", notice_min=2) == [ANA]
    assert "1 judged anew\n0 differences" in rebuilt()
    assert EffectiveState.objects.get().reason == "reconsent"
    assert list_parties_to_ask_again("personalization", notice_min=2) == [ANA]
    register.later(1).choose("withdraw", "personalization")
    assert list_parties_to_ask_again("personalization", notice_min=2) == []
