"""What carrying a session over asks of the database: a known number of statements, whatever hangs on the session."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.types import Method
from channel_registry.queries import forget_policies, get_policy
from channel_registry.services import create_channel, publish_policy
from sessions_hub import queries, services
from sessions_hub.flows.handoff import find_offer, offer_handoff, redeem_handoff
from sessions_hub.types import HandoffRefused, Via

pytestmark = pytest.mark.django_db(transaction=True)
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture(autouse=True)
def chat(call):
    create_channel(slug="chat", name="Chat", call=call)
    publish_policy(channel="chat", body={"ways_in": ["authorization_code", "handoff"]}, call=call)
    forget_policies()
    get_policy("chat")


def count(act) -> int:
    """How many statements `act` takes beside those around a transaction."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not each["sql"].startswith(FRAME) for each in captured.captured_queries)


@pytest.fixture
def hers(desk, ana):
    state = desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    for number in range(5):
        services.start_child_session(
            parent_sid=state.sid, channel="web", via=Via.TRANSFER, client_id=f"app{number}", call=desk.call
        )
    return state


def offer(desk, hers) -> str:
    given = offer_handoff(sid=hers.sid, via=Via.HANDOFF, channel="chat", client_id="chat", call=desk.call)
    return given.ticket


def redeem(desk, ticket):
    return redeem_handoff(ticket=ticket, client_id="chat", device_id=None, channel="chat", call=desk.call)


def test_the_current_state_of_a_session_is_one_statement_for_a_child_too(desk, hers):
    ticket = offer(desk, hers)
    child = redeem(desk, ticket)
    assert count(lambda: queries.find_live_session(sid=hers.sid, now=desk.call.now)) == 1
    assert count(lambda: queries.find_live_session(sid=child.sid, now=desk.call.now)) == 1


def test_offering_reads_the_session_and_writes_a_ticket_and_a_line(desk, hers):
    assert count(lambda: offer(desk, hers)) == 3


def test_redeeming_costs_twelve_statements(desk, hers):
    """Ticket, providers, account, parent; device, child, client; head, key, line and its outbox; the ticket again."""
    ticket = offer(desk, hers)
    redeem(desk, offer(desk, hers))
    assert count(lambda: redeem(desk, ticket)) == 12


def test_looking_at_a_ticket_costs_two(desk, hers):
    ticket = offer(desk, hers)
    assert count(lambda: find_offer(ticket=ticket, now=desk.call.now)) == 2


def test_an_unknown_ticket_costs_one(desk):
    def try_it() -> None:
        assert isinstance(redeem(desk, "nobody's"), HandoffRefused)

    assert count(try_it) == 1


def test_a_verification_costs_two_however_many_sessions_there_are(desk, ana, hers):
    assert count(lambda: queries.find_verification(subject=ana.sub, channel="chat", now=desk.call.now)) == 2
