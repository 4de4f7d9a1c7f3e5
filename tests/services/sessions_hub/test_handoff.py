"""A ticket carries a session to another channel or device: once, in time, to whom and where it was meant."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.services import suspend_account
from accounts.types import Method
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import forget_policies
from channel_registry.services import create_channel, disable_channel, publish_policy
from notifications.models import Message
from notifications.queries import read_message
from sessions_hub import queries, services
from sessions_hub.errors import HandoffClosed, SessionEnded, TooManyHandoffs
from sessions_hub.flows.handoff import MOST_NOTED, find_offer, offer_handoff, redeem_handoff
from sessions_hub.models import Handoff, Session
from sessions_hub.types import HandoffFault, HandoffRefused, OfferState, SessionState, Via
from tests.services.sessions_hub.conftest import FIREFOX

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
CHROME_ON_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


@pytest.fixture(autouse=True)
def chat(call):
    """Chat takes sessions over from other channels."""
    create_channel(slug="chat", name="Chat", call=call)
    publish_policy(channel="chat", body={"ways_in": ["authorization_code", "handoff"]}, call=call)
    forget_policies()


@pytest.fixture
def hers(desk, ana):
    return desk.sign_in(ana, Method.PASSWORD, Method.TOTP)


def offer(desk, state, **changes):
    wanted = {"via": Via.HANDOFF, "channel": "chat", "client_id": "chat", "call": desk.call, **changes}
    return offer_handoff(sid=state.sid, **wanted)


def redeem(desk, ticket, *, later=0, **changes):
    wanted = {"client_id": "chat", "device_id": None, "channel": "chat", "call": desk.at(seconds=later), **changes}
    return redeem_handoff(ticket=ticket, **wanted)


def mails_to(address):
    mails = [read_message(message) for message in Message.objects.order_by("pk")]
    return [(subject, body) for to, subject, body in mails if to == address]


def refused(answer):
    assert isinstance(answer, HandoffRefused)
    return answer.reason


def test_the_session_goes_on_over_there_worth_what_it_was(desk, ana, hers, told):
    given = offer(desk, hers)
    there = redeem(desk, given.ticket, later=30)
    assert isinstance(there, SessionState)
    assert (there.subject, there.root, there.channel, there.via) == (ana.sub, hers.root, "chat", Via.HANDOFF)
    assert (there.level, there.opened_by, there.clients) == (hers.level, "chat", ("chat",))
    assert there.sid != hers.sid
    assert queries.takes_part(sid=there.sid, client_id="chat")
    [(_, session, payload)] = told(ana.sub, "session.carried_over")
    assert (session, payload["from"], payload["via"]) == (there.sid, hers.sid, "handoff")


def test_what_is_stored_of_a_ticket_opens_nothing(desk, hers):
    given = offer(desk, hers)
    row = Handoff.objects.get()
    assert given.ticket not in {str(value) for value in vars(row).values()}
    assert refused(redeem(desk, row.digest)) is HandoffFault.UNKNOWN


def test_a_ticket_works_once_and_its_owner_hears_of_the_second_time_once(desk, ana, hers, told):
    given = offer(desk, hers)
    there = redeem(desk, given.ticket)
    for _ in range(3):
        assert refused(redeem(desk, given.ticket, later=5)) is HandoffFault.REPLAYED
    assert Session.objects.filter(root=hers.root).count() == 2
    assert queries.find_live_session(sid=there.sid, now=desk.call.now)
    assert [line[2]["reason"] for line in told(ana.sub, "handoff.refused")] == ["replayed"] * 3
    [(subject, body)] = mails_to(ana.email)
    assert subject == "A link to your session was refused"
    assert "a second time" in body
    assert "If this wasn't you" in body


def test_whoever_goes_on_trying_leaves_no_more_lines(desk, ana, hers, told):
    given = offer(desk, hers)
    redeem(desk, given.ticket)
    for _ in range(MOST_NOTED + 5):
        assert refused(redeem(desk, given.ticket)) is HandoffFault.REPLAYED
    assert len(told(ana.sub, "handoff.refused")) == MOST_NOTED


def test_a_ticket_holds_a_minute_at_most_whatever_is_asked(desk, ana, hers, told):
    given = offer(desk, hers, seconds=3600)
    assert given.expires_at == desk.call.now + timedelta(seconds=60)
    assert refused(redeem(desk, given.ticket, later=60)) is HandoffFault.EXPIRED
    assert [line[2]["reason"] for line in told(ana.sub, "handoff.refused")] == ["expired"]
    assert mails_to(ana.email) == []


def test_a_ticket_for_one_client_is_useless_to_another_and_still_good_for_its_own(desk, ana, hers, told):
    given = offer(desk, hers)
    for changes in ({"client_id": "shop"}, {"client_id": ""}, {"channel": "web"}):
        assert refused(redeem(desk, given.ticket, **changes)) is HandoffFault.OTHER_CLIENT
    assert [line[2]["reason"] for line in told(ana.sub, "handoff.refused")] == ["other_client"] * 3
    assert isinstance(redeem(desk, given.ticket), SessionState)


def test_another_client_does_not_learn_that_a_ticket_was_used(desk, hers):
    given = offer(desk, hers)
    redeem(desk, given.ticket)
    assert refused(redeem(desk, given.ticket, client_id="shop")) is HandoffFault.OTHER_CLIENT


def test_a_ticket_bound_to_a_device_wants_that_devices_secret(desk, ana, hers, laptop, phone, told):
    given = offer(desk, hers, device_id=laptop)
    assert refused(redeem(desk, given.ticket, device_id=phone)) is HandoffFault.OTHER_DEVICE
    assert refused(redeem(desk, given.ticket, device_id=laptop)) is HandoffFault.REPLAYED  # it died with the attempt
    [(_, body)] = mails_to(ana.email)
    assert "on another device" in body
    again = offer(desk, hers, device_id=laptop)
    there = redeem(desk, again.ticket, device_id=laptop)
    assert there.device_id == laptop
    assert Session.objects.filter(root=hers.root).count() == 2


@pytest.mark.parametrize(
    ("address", "user_agent", "passes"),
    [
        ("198.51.100.77", FIREFOX, True),
        ("203.0.113.5", FIREFOX, False),
        ("198.51.100.77", CHROME_ON_WINDOWS, False),
        ("198.51.100.77", "", False),
        (None, FIREFOX, False),
    ],
)
def test_a_browser_without_any_device_passes_only_from_the_same_network_and_kind_of_system(
    desk, hers, laptop, phone, address, user_agent, passes
):
    network = queries.label_network(desk.call.address)
    given = offer(desk, hers, device_id=laptop, network=network)
    there = replace(desk.call, address=address, user_agent=user_agent)
    answer = redeem(desk, given.ticket, call=there, fresh_device_id=phone)
    if passes:
        assert answer.device_id == phone
    else:
        assert refused(answer) is HandoffFault.OTHER_DEVICE


def test_looking_at_a_ticket_consumes_nothing(desk, ana, hers):
    given = offer(desk, hers)
    for _ in range(3):
        view = find_offer(ticket=given.ticket, now=desk.call.now)
        assert view is not None
        assert (view.subject, view.state, view.session.sid) == (ana.sub, OfferState.OPEN, hers.sid)
        assert (view.channel, view.client_id, view.via) == ("chat", "chat", Via.HANDOFF)
    assert isinstance(redeem(desk, given.ticket), SessionState)
    assert find_offer(ticket=given.ticket, now=desk.call.now).state is OfferState.REDEEMED
    assert find_offer(ticket="nobody's", now=desk.call.now) is None


def test_a_tickets_view_tells_that_it_has_expired_or_its_session_ended(desk, hers):
    given = offer(desk, hers)
    assert find_offer(ticket=given.ticket, now=given.expires_at).state is OfferState.EXPIRED
    services.revoke_session(sid=hers.sid, reason="ended", call=desk.call)
    view = find_offer(ticket=given.ticket, now=desk.call.now)
    assert (view.state, view.session) == (OfferState.ENDED, None)


def test_a_ticket_of_an_ended_session_lets_nobody_in(desk, ana, hers, told):
    given = offer(desk, hers)
    services.revoke_session(sid=hers.sid, reason="ended", call=desk.call)
    assert refused(redeem(desk, given.ticket)) is HandoffFault.ENDED
    assert [line[2]["reason"] for line in told(ana.sub, "handoff.refused")] == ["ended"]
    assert mails_to(ana.email) == []
    with pytest.raises(SessionEnded):
        offer(desk, hers)


def test_a_suspended_customers_ticket_lets_nobody_in_and_she_is_written_nothing(desk, ana, hers):
    given = offer(desk, hers)
    used = offer(desk, hers)
    redeem(desk, used.ticket)
    suspend_account(sub=ana.sub, reason="fraud", call=desk.call)
    assert refused(redeem(desk, given.ticket)) is HandoffFault.ENDED
    assert refused(redeem(desk, used.ticket)) is HandoffFault.REPLAYED
    assert mails_to(ana.email) == []
    with pytest.raises(SessionEnded):
        offer(desk, hers)


def test_a_channel_takes_nobody_over_unless_its_policy_says_so(desk, hers):
    with pytest.raises(HandoffClosed):
        offer(desk, hers, channel="web")
    with pytest.raises(ChannelUnavailable):
        offer(desk, hers, channel="nowhere")


def test_a_channel_that_shuts_meanwhile_takes_nobody_over_and_the_ticket_waits(desk, hers, call):
    given = offer(desk, hers)
    publish_policy(channel="chat", body={"ways_in": ["authorization_code"]}, call=call)
    forget_policies()
    with pytest.raises(HandoffClosed):
        redeem(desk, given.ticket)
    disable_channel(channel="chat", call=call)
    forget_policies()
    with pytest.raises(ChannelUnavailable):
        redeem(desk, given.ticket)
    assert Handoff.objects.get().redeemed_at is None


def test_past_thirty_tickets_a_minute_a_session_waits_and_another_does_not(desk, ana, hers, settings):
    settings.RATE_LIMIT_FACTOR = 1
    for _ in range(30):
        offer(desk, hers)
    with pytest.raises(TooManyHandoffs) as refusal:
        offer(desk, hers)
    assert 0 < refusal.value.retry_after <= 60
    assert Handoff.objects.count() == 30
    assert offer(desk, desk.sign_in(ana, Method.PASSWORD))
    assert offer(desk, hers, call=desk.at(seconds=61))


def test_an_anonymous_session_is_handed_to_nobody(desk, call):
    state = services.start_device_session(device_id=desk.device, channel="web", call=call)
    with pytest.raises(SessionEnded):
        offer(desk, state)


@pytest.mark.parametrize("ticket", ["", "\x00", "x" * 10_000, "\ud800", "\u202eABC"])
def test_junk_is_an_unknown_ticket(desk, ticket):
    assert refused(redeem(desk, ticket)) is HandoffFault.UNKNOWN
    assert find_offer(ticket=ticket, now=desk.call.now) is None
