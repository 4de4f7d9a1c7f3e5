"""The same row, many threads, a real PostgreSQL."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from accounts.services import suspend_account
from accounts.types import Method, Proof
from audit.models import Event
from kit.unit_of_work import unit_of_work
from sessions_hub import queries, rules, services
from sessions_hub.errors import SessionEnded, SignInRefused
from sessions_hub.models import Session

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("sqlite" in settings.DATABASES["default"]["ENGINE"], reason="SQLite has one writer at a time"),
]


def at_once(deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run every deed in its own thread and connection, all let go together; answers and refusals in order."""
    gate = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        gate.wait(timeout=10)
        try:
            return deed()
        except (SessionEnded, SignInRefused) as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_no_proof_is_lost_when_twenty_arrive_at_once(desk, ana):
    sid = desk.sign_in(ana).sid
    methods = list(Method)
    proofs = [
        Proof(methods[number % len(methods)], desk.call.now + timedelta(seconds=1 + number)) for number in range(20)
    ]
    later = desk.at(minutes=1)
    at_once([partial(services.add_proofs, sid=sid, proofs=[proof], call=later) for proof in proofs])
    newest = {proof.method: proof.at for proof in rules.read_evidence(Session.objects.get(sid=sid).evidence)}
    assert newest == {method: max(proof.at for proof in proofs if proof.method is method) for method in methods}


def test_after_a_revocation_among_twenty_proofs_nothing_is_live(desk, ana):
    sid = desk.sign_in(ana).sid
    later = desk.at(minutes=1)

    def prove(number: int) -> Any:
        proof = Proof(Method.TOTP, desk.call.now + timedelta(seconds=1 + number))
        return services.add_proofs(sid=sid, proofs=[proof], call=later)

    deeds: list[Callable[[], Any]] = [partial(prove, number) for number in range(20)]
    deeds.insert(10, lambda: services.revoke_session(sid=sid, reason="ended", call=later))
    answers = at_once(deeds)
    assert answers[10] is True
    assert queries.find_live_session(sid=sid, now=later.now) is None
    assert Session.objects.get(sid=sid).revoked_reason == "ended"
    # What was answered with a level was stored before the end; everything later was refused.
    told = Counter(Event.objects.filter(session=sid).values_list("type", flat=True))
    stored = len(Session.objects.get(sid=sid).evidence) - 1
    assert told["session.elevated"] + told["authenticator.used"] == stored
    assert stored <= sum(not isinstance(answer, SessionEnded) for answer in answers)
    with pytest.raises(SessionEnded):
        prove(30)


def test_twenty_revocations_are_one(desk, ana):
    sid = desk.sign_in(ana).sid
    answers = at_once([lambda: services.revoke_session(sid=sid, reason="ended", call=desk.call)] * 20)
    assert sorted(answers) == [False] * 19 + [True]
    assert Event.objects.filter(type="session.revoked").count() == 1


@pytest.mark.parametrize("round_", range(5))
def test_two_people_racing_for_an_anonymous_history_one_gets_it(desk, ana, ben, round_):
    anonymous = services.start_device_session(device_id=desk.device, channel="web", call=desk.call)
    hers, his = at_once([lambda: desk.sign_in(ana), lambda: desk.sign_in(ben)])
    row = Session.objects.get(sid=anonymous.sid)
    [line] = Event.objects.filter(type="session.promoted")
    winner = {hers.sid: ana, his.sid: ben}[row.promoted_to]
    assert (line.subject, line.session) == (winner.sub, row.promoted_to)


def test_a_device_asking_twenty_times_at_once_has_one_anonymous_session(desk):
    ask = [lambda: services.start_device_session(device_id=desk.device, channel="web", call=desk.call)] * 20
    assert len({state.sid for state in at_once(ask)}) == 1
    assert Session.objects.count() == 1


@pytest.mark.parametrize("round_", range(5))
def test_no_sign_in_slips_past_a_suspension(desk, ana, round_):
    def suspend() -> None:
        with unit_of_work():
            suspend_account(sub=ana.sub, reason="fraud", call=desk.call)
            services.revoke_sessions_of(subject=ana.sub, reason="account.suspended", call=desk.call)

    at_once([lambda: desk.sign_in(ana)] * 5 + [suspend] + [lambda: desk.sign_in(ana)] * 5)
    assert not Session.objects.unrevoked().exists()


def test_ending_everything_while_ending_parts_never_deadlocks(desk, ana):
    parents = [desk.sign_in(ana) for _ in range(4)]
    children = [desk.sign_in(ana) for _ in range(8)]
    for number, child in enumerate(children):
        parent = Session.objects.get(sid=parents[3 - number % 4].sid)
        Session.objects.filter(sid=child.sid).update(parent=parent)
    everything = [lambda: services.revoke_sessions_of(subject=ana.sub, reason="ended", call=desk.call)] * 3
    parts = [
        partial(services.revoke_session, sid=state.sid, reason="ended", call=desk.call)
        for state in [*parents, *children]
    ]
    at_once([*parts[:6], *everything, *parts[6:]])
    assert not Session.objects.unrevoked().exists()
    assert Event.objects.filter(type="session.revoked").count() == 12
