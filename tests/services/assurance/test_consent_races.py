"""A withdrawal that was answered is in force in every decision on every node, and nobody acts on what it took back."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from assurance.services import decide
from assurance.types import Outcome, Question
from audit import journal
from audit.models import Event
from audit.types import EventType
from consent.errors import ConsentChanged
from consent.queries import forget_catalog, seal_check
from consent.services import commit_check, revalidate
from keyring.services import rotate_signing_key
from kit import clock
from kit.unit_of_work import unit_of_work
from tests.actors import make_customer
from tests.services.consent.conftest import Register, fill_catalog
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
ACTED = EventType("act.done", "Somebody acted on a decision.", deliverable=True)
PURPOSE, ACTORS, TURNS = "personalization", 5, 4
ROOT = Path(__file__).resolve().parents[3]
#: Another node of the gateway: a process of its own, which shares nothing but the database. It asks when it is told to.
NODE = """
import sys
import django
django.setup()
from django.db import connection
from assurance.services import decide
from assurance.types import Question
from kit import clock
from kit.call import CallContext, system_caller
connection.settings_dict["NAME"] = sys.argv[1]
print("ready", flush=True)
for said in sys.stdin:
    subject, sid = said.split()
    call = CallContext(caller=system_caller("node"), now=clock.now(), trace_id="node")
    asked = Question(subject=subject, action="offer.personalize", sid=sid, channel="web")
    print(decide(question=asked, call=call).judgement.outcome.value, flush=True)
"""


@pytest.fixture(autouse=True)
def _row_locks():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def register(ana, call):
    fill_catalog(call)
    forget_catalog()
    rotate_signing_key(call=call)
    return Register(call)


@contextmanager
def another_node():
    """A process that decides; call it with a subject and a session."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", NODE, connection.settings_dict["NAME"]]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdin
        assert node.stdout

        def ask(subject, sid):
            node.stdin.write(f"{subject} {sid}\n")
            node.stdin.flush()
            return node.stdout.readline().strip()

        assert node.stdout.readline().strip() == "ready"
        yield ask
        node.stdin.close()


def at_the_clock(register):
    return Register(replace(register.call, now=clock.now()), register.numbers)


def test_another_node_knows_of_each_choice_from_the_moment_it_was_answered(ana, begin, register):
    session = begin(call=replace(register.call, now=clock.now()))
    with another_node() as ask:
        for action, outcome in [("grant", "permit"), ("withdraw", "suppress")] * 10:
            at_the_clock(register).choose(action, PURPOSE, ana.sub)
            assert ask(ana.sub, session.sid) == outcome


@dataclass
class Race:
    """Customers withdraw while others ask for decisions and act on them, in the house or by token.

    An act is a line in the customer's own sequence in the journal, so the database says what came first. A decision
    that was begun after the withdrawal was answered must not permit.
    """

    register: Register
    begin: Any
    acted: int = 0
    refusals: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    answered: dict[str, float] = field(default_factory=dict)
    begun: threading.Event = field(default_factory=threading.Event)

    def run(self, rounds):
        for number in range(rounds):
            ana = make_customer(self.register.call, f"race{number}")
            session = self.begin(account=ana, call=self.now())
            at_the_clock(self.register).choose("grant", PURPOSE, ana.sub)
            self.begun.clear()
            _, errors = together(ACTORS + 1, partial(self.take_part, session=session))
            self.wrong += [repr(error) for error in errors]
            (withdrawn,) = Event.objects.filter(type="consent.withdrawn", subject=ana.sub)
            acts = Event.objects.filter(type=ACTED.name, subject=ana.sub)
            self.acted += acts.count()
            self.wrong += [f"{act.seq} after {withdrawn.seq}" for act in acts.filter(seq__gt=withdrawn.seq)]

    def now(self):
        return replace(self.register.call, now=clock.now())

    def take_part(self, place, *, session):
        if place == ACTORS // 2:
            self.begun.wait(10)  # until somebody has acted: the others are in the midst of it
            at_the_clock(self.register).choose("withdraw", PURPOSE, session.subject)
            self.answered[session.subject] = time.monotonic()
            return
        for _ in range(TURNS):
            self.act(session, by_token=bool(place % 2))

    def act(self, session, *, by_token):
        begun, call = time.monotonic(), self.now()
        asked = Question(subject=session.subject, action="offer.personalize", sid=session.sid, channel="web")
        decision = decide(question=asked, call=call)
        permits = decision.judgement.outcome is Outcome.PERMIT
        if permits and begun > self.answered.get(session.subject, begun):
            self.wrong.append("permitted after the withdrawal was answered")
        acted = permits and self.commits(decision, session, call, by_token=by_token)
        self.refusals += [] if acted else [session.sid]  # many add at once: a number would lose some

    def commits(self, decision, session, call, *, by_token):
        try:
            with unit_of_work():
                journal.record(ACTED, call=call, subject=session.subject)
                if by_token:
                    token = seal_check(decision.checked, client="shop", now=call.now)
                    commit_check(token=token, client="shop", call=call)
                else:
                    revalidate(checked=decision.checked, call=call)
        except ConsentChanged:
            return False
        self.begun.set()
        return True


def test_nobody_acts_on_a_decision_after_a_withdrawal(register, begin):
    race = Race(register, begin)
    race.run(rounds=6)
    assert race.wrong == []
    assert race.acted
    assert race.refusals


@pytest.mark.soak
def test_nobody_acts_on_any_of_ten_thousand_decisions_after_a_withdrawal(register, begin):
    race = Race(register, begin)
    race.run(rounds=500)
    assert race.wrong == []
    assert race.acted + len(race.refusals) >= 10_000
    print(f"{race.acted} acts, {len(race.refusals)} refused, none after a withdrawal")
