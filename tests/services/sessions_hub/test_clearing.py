"""Sessions and devices of long ago go; what lives, or what others came out of, stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as BrowserSession

from accounts.services import erase_account
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from sessions_hub import services
from sessions_hub.flows.handoff import find_offer, offer_handoff
from sessions_hub.models import Device, DeviceSecret, Handoff, Session
from sessions_hub.tasks import clear_browser_sessions, clear_old_handoffs, clear_old_sessions
from sessions_hub.types import Via

pytestmark = pytest.mark.django_db
KEPT = timedelta(days=90)


@pytest.fixture
def anonymous(call, phone) -> str:
    """The sid of a device's session that nobody ever signed in to."""
    return services.start_device_session(device_id=phone, channel="web", call=call).sid


def clear(call, **later) -> int:
    return services.clear_old_sessions(older_than=KEPT, call=replace(call, now=call.now + timedelta(**later)))


def test_a_session_goes_when_its_end_is_long_past(anonymous, call):
    ends = Session.objects.get(sid=anonymous).expires_at
    at = replace(call, now=ends + KEPT)
    assert services.clear_old_sessions(older_than=KEPT, call=at) == 0
    at = replace(call, now=ends + KEPT + timedelta(seconds=1))
    assert services.clear_old_sessions(older_than=KEPT, call=at) == 1
    assert not Session.objects.exists()


def test_a_revoked_session_goes_counted_from_its_revocation(anonymous, call):
    services.revoke_session(sid=anonymous, reason="signed_out", call=call)
    assert clear(call, days=90) == 0
    assert clear(call, days=90, seconds=1) == 1


def test_a_session_goes_after_those_that_came_out_of_it(anonymous, call):
    parent = Session.objects.get(sid=anonymous)
    child = Session.objects.get(sid=anonymous)
    services.revoke_session(sid=anonymous, reason="signed_out", call=call)
    child.pk, child.sid, child.parent, child.revoked_at, child.revoked_reason = None, "ses_child", parent, call.now, "x"
    child.save()
    assert clear(call, days=91) == 1
    assert Session.objects.get() == parent
    assert clear(call, days=91) == 1


def test_a_device_goes_with_its_last_session_when_nobody_came_back(anonymous, phone, laptop, call):
    services.revoke_session(sid=anonymous, reason="signed_out", call=call)
    Device.objects.filter(pk=laptop).update(last_seen_at=call.now + timedelta(days=50))
    assert clear(call, days=91) == 1
    assert [device.pk for device in Device.objects.all()] == [laptop]


def test_a_device_stays_while_a_session_of_it_does(anonymous, phone, call):
    Device.objects.update(last_seen_at=call.now - timedelta(days=400))
    clear(call, days=1)
    assert Device.objects.filter(pk=phone).exists()


def test_at_most_so_many_go_at_once_and_the_task_goes_on(call, phone, settings):
    for _ in range(3):
        state = services.start_device_session(device_id=phone, channel="web", call=call)
        services.revoke_session(sid=state.sid, reason="signed_out", call=call)
    at = replace(call, now=call.now + timedelta(days=91))
    assert services.clear_old_sessions(older_than=KEPT, limit=2, call=at) == 2
    Session.objects.update(revoked_at=call.now - timedelta(days=100), started_at=call.now - timedelta(days=101))
    assert clear_old_sessions() == 1


def test_browser_sessions_go_when_their_cookie_has_expired(call):
    for name, days in (("gone", -1), ("here", 1)):
        BrowserSession.objects.create(session_key=name, session_data="", expire_date=call.now + timedelta(days=days))
    assert clear_browser_sessions() == 1
    assert [row.session_key for row in BrowserSession.objects.all()] == ["here"]


def test_a_ticket_goes_a_day_after_it_expired(call, ana, desk):
    hers = desk.sign_in(ana)
    publish_policy(channel="web", body={"ways_in": ["authorization_code", "handoff"]}, call=call)
    forget_policies()
    ticket = offer_handoff(sid=hers.sid, via=Via.HANDOFF, channel="web", call=call).ticket
    at = replace(call, now=call.now + timedelta(days=1, seconds=60))
    assert services.clear_old_handoffs(older_than=timedelta(days=1), call=at) == 0
    at = replace(call, now=call.now + timedelta(days=1, seconds=61))
    assert services.clear_old_handoffs(older_than=timedelta(days=1), call=at) == 1
    assert find_offer(ticket=ticket, now=call.now) is None
    offer_handoff(sid=hers.sid, via=Via.HANDOFF, channel="web", call=call)
    Handoff.objects.update(offered_at=call.now - timedelta(days=3), expires_at=call.now - timedelta(days=2))
    assert clear_old_handoffs() == 1


def test_nothing_of_an_erased_customer_is_left_but_what_belongs_to_others_too(call, ana, ben, desk, laptop, phone):
    publish_policy(channel="web", body={"ways_in": ["authorization_code", "handoff"]}, call=call)
    forget_policies()
    shared, own = desk.sign_in(ana), desk.sign_in(ana, device=phone)
    his = desk.sign_in(ben)
    Session.objects.update(place="Rome, Italy")
    Device.objects.update(user_agent="Firefox")
    offer_handoff(sid=own.sid, via=Via.HANDOFF, channel="web", network="198.51.100.0/24", call=call)
    services.give_device_secret(sid=own.sid, client_id="app", call=call)

    erase_account(sub=ana.sub, reason="asked", call=call)

    for sid in (shared.sid, own.sid):
        row = Session.objects.get(sid=sid)
        assert (row.user_agent, row.address_label, row.place) == ("", "", "")
    assert Session.objects.get(sid=his.sid).place == "Rome, Italy"
    assert not Handoff.objects.exists()
    assert not DeviceSecret.objects.exists()
    assert {device.pk: device.user_agent for device in Device.objects.all()} == {laptop: "Firefox", phone: ""}
