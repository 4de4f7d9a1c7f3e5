"""A device on which nobody has signed in yet has a session too, and its history belongs to one person at most."""

import pytest

from sessions_hub import queries, services
from sessions_hub.models import Session

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def browse(desk):
    """Visit the web channel without signing in."""

    def visit(device=None, **later):
        return services.start_device_session(device_id=device or desk.device, channel="web", call=desk.at(**later))

    return visit


def test_an_anonymous_device_has_a_session_that_proves_nothing(browse, desk, told):
    state = browse()
    assert (state.subject_type, state.subject, state.account_id) == ("device", desk.device, None)
    assert (state.level.acr, state.level.amr, state.level.auth_time) == ("0", (), None)
    assert queries.find_live_session(sid=state.sid, now=desk.call.now) == state
    assert [line[0] for line in told(desk.device)] == ["session.started"]


def test_it_stands_for_no_signed_in_browser(browse, desk):
    assert queries.find_browser_session(sid=browse().sid, now=desk.call.now) is None


def test_the_device_keeps_its_session_while_it_lives(browse, phone):
    first = browse()
    assert browse(minutes=5).sid == first.sid
    assert browse(phone).sid != first.sid


def test_an_expired_one_is_followed_by_a_fresh_one(browse, desk, told):
    first = browse()
    second = browse(days=31)
    assert second.sid != first.sid
    assert ("session.revoked", first.sid, {"reason": "expired"}) in told(desk.device)


def test_its_history_is_linked_to_the_first_person_who_signs_in(browse, desk, ana, ben, told):
    anonymous = browse()
    hers = desk.sign_in(ana)
    his = desk.sign_in(ben)
    assert told(ana.sub, "session.promoted") == [
        ("session.promoted", hers.sid, {"from": anonymous.sid, "device": desk.device})
    ]
    assert told(ben.sub, "session.promoted") == []
    assert Session.objects.get(sid=anonymous.sid).promoted_to == hers.sid
    assert queries.find_live_session(sid=anonymous.sid, now=desk.call.now) is None
    assert his.root == his.sid != anonymous.sid


def test_what_happens_after_the_sign_out_belongs_to_the_next_person(browse, desk, ana, ben, told):
    browse()
    services.revoke_session(sid=desk.sign_in(ana).sid, reason="signed_out", call=desk.call)
    fresh = browse()
    his = desk.sign_in(ben)
    assert Session.objects.get(sid=fresh.sid).promoted_to == his.sid
    assert [line[2]["from"] for line in told(ben.sub, "session.promoted")] == [fresh.sid]


def test_another_devices_history_stays_where_it_is(browse, desk, ana, phone, told):
    anonymous = browse(phone)
    desk.sign_in(ana)
    assert Session.objects.get(sid=anonymous.sid).promoted_to == ""
    assert told(ana.sub, "session.promoted") == []


def test_a_promoted_session_cannot_be_revoked_away_from_its_person(browse, desk, ana):
    anonymous = browse()
    desk.sign_in(ana)
    assert services.revoke_session(sid=anonymous.sid, reason="ended", call=desk.call) is False
