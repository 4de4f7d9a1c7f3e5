"""One ticket, one session, twenty hands at once, on a real PostgreSQL: one winner, and nothing outlives its end."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.conf import settings

from accounts.services import erase_account, suspend_account
from accounts.types import Method
from audit.models import Event
from channel_registry.queries import forget_policies
from channel_registry.services import create_channel, publish_policy
from notifications.models import Message
from sessions_hub import queries, rules, services
from sessions_hub.errors import SessionEnded
from sessions_hub.flows.handoff import offer_handoff, redeem_handoff
from sessions_hub.models import Handoff, Session
from sessions_hub.types import HandoffFault, HandoffRefused, SessionState, Via
from tests.together import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("sqlite" in settings.DATABASES["default"]["ENGINE"], reason="SQLite has one writer at a time"),
]
MANY = 20


@pytest.fixture(autouse=True)
def chat(call):
    create_channel(slug="chat", name="Chat", call=call)
    publish_policy(channel="chat", body={"ways_in": ["authorization_code", "handoff"]}, call=call)
    forget_policies()


@pytest.fixture
def offer(desk):
    def make(sid: str) -> str:
        given = offer_handoff(sid=sid, via=Via.HANDOFF, channel="chat", client_id="chat", call=desk.call)
        return given.ticket

    return make


@pytest.fixture
def redeem(desk):
    def try_it(ticket: str) -> SessionState | HandoffRefused:
        return redeem_handoff(ticket=ticket, client_id="chat", device_id=None, channel="chat", call=desk.call)

    return try_it


def among(count: int, act: Callable[[], Any], other: Callable[[], Any]) -> list[Any]:
    """`act` many times at once, with one `other` in the middle; what came of all but the other, and no error."""
    answers, errors = together(count + 1, lambda number: other() and None if number == count // 2 else act())
    assert errors == []
    return [answer for answer in answers if answer is not None]


def test_of_twenty_who_redeem_one_ticket_one_comes_in(desk, ana, offer, redeem):
    ticket = offer(desk.sign_in(ana).sid)
    answers, errors = together(MANY, lambda _: redeem(ticket))
    assert errors == []
    faults = Counter(answer.reason for answer in answers if isinstance(answer, HandoffRefused))
    assert faults == {HandoffFault.REPLAYED: MANY - 1}
    assert Session.objects.count() == 2
    assert Event.objects.filter(type="session.carried_over").count() == 1
    assert Event.objects.filter(type="handoff.refused").count() == MANY - 1
    assert Message.objects.count() == 1


def test_twenty_tickets_of_one_session_are_twenty_children(desk, ana, offer, redeem):
    sid = desk.sign_in(ana).sid
    tickets = [offer(sid) for _ in range(MANY)]
    answers, errors = together(MANY, lambda number: redeem(tickets[number]))
    assert errors == []
    assert len({answer.sid for answer in answers}) == MANY
    assert Session.objects.filter(root=sid).count() == MANY + 1


@pytest.mark.parametrize("round_", range(4))
def test_nothing_is_left_of_a_session_that_ends_while_it_is_carried_over(desk, ana, offer, redeem, round_):
    sid = desk.sign_in(ana).sid
    tickets = iter([offer(sid) for _ in range(MANY)])
    end = partial(services.revoke_session, sid=sid, reason="ended", call=desk.call)
    answers = among(MANY, lambda: redeem(next(tickets)), end)
    assert not Session.objects.unrevoked().exists()
    late = [answer.reason for answer in answers if isinstance(answer, HandoffRefused)]
    assert set(late) <= {HandoffFault.ENDED}


@pytest.mark.parametrize("end", [suspend_account, erase_account])
@pytest.mark.parametrize("round_", range(3))
def test_nobody_is_carried_past_a_suspension(desk, ana, offer, redeem, round_, end):
    sid = desk.sign_in(ana).sid
    tickets = iter([offer(sid) for _ in range(MANY)])
    among(MANY, lambda: redeem(next(tickets)), partial(end, sub=ana.sub, reason="fraud", call=desk.call))
    assert not Session.objects.unrevoked().exists()
    assert queries.list_live_sessions(subject=ana.sub, now=desk.call.now) == []


@pytest.mark.parametrize("round_", range(4))
def test_an_authenticator_that_goes_meanwhile_is_in_no_child(desk, ana, offer, redeem, round_):
    sid = desk.sign_in(ana, Method.PASSWORD, Method.TOTP).sid
    tickets = iter([offer(sid) for _ in range(MANY)])

    def take_away() -> None:
        services.lower_sessions_resting_on(subject=ana.sub, methods={Method.TOTP}, call=desk.call)

    among(MANY, lambda: redeem(next(tickets)), take_away)
    rows = list(Session.objects.filter(root=sid))
    assert len(rows) == MANY + 1
    for row in rows:
        assert [proof.method for proof in rules.read_evidence(row.evidence)] == [Method.PASSWORD]


def test_children_of_children_while_everything_ends_never_wait_in_a_circle(desk, ana, offer):
    root = desk.sign_in(ana).sid

    def carry_on(_: int) -> None:
        sid = root
        for _ in range(4):
            try:
                sid = services.start_child_session(
                    parent_sid=sid, channel="chat", via=Via.HANDOFF, client_id="chat", call=desk.call
                ).sid
            except SessionEnded:
                return

    def end_or_carry_on(number: int) -> None:
        if number % 5 == 4:
            services.revoke_sessions_of(subject=ana.sub, reason="ended", call=desk.call)
        else:
            carry_on(number)

    _, errors = together(10, end_or_carry_on)
    assert errors == []
    services.revoke_sessions_of(subject=ana.sub, reason="ended", call=desk.call)
    assert not Session.objects.unrevoked().exists()


def test_offering_while_the_session_ends_never_errs(desk, ana, offer):
    sid = desk.sign_in(ana).sid

    def try_to_offer() -> str:
        try:
            return offer(sid)
        except SessionEnded:
            return ""

    among(MANY, try_to_offer, partial(services.revoke_session, sid=sid, reason="ended", call=desk.call))
    assert not Session.objects.unrevoked().exists()
    assert Handoff.objects.filter(redeemed_at__isnull=False).count() == 0
