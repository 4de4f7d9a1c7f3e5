"""By what a desk may take a customer as verified, wherever she proved it, and until when it asks nothing."""

import pytest

from accounts.services import suspend_account
from accounts.types import Method
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import forget_policies
from channel_registry.services import create_channel, publish_policy
from sessions_hub import services
from sessions_hub.queries import find_verification
from sessions_hub.types import Via

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
DESK = "contact_center"


@pytest.fixture(autouse=True)
def channels(call):
    for slug in ("chat", DESK):
        create_channel(slug=slug, name=slug.title(), call=call)
    publish_policy(channel=DESK, body={"session": {"verified": "30m"}}, call=call)
    forget_policies()


def verified(account, at, channel=DESK):
    return find_verification(subject=account.sub, channel=channel, now=at.now)


def test_a_desk_sees_method_channel_time_level_and_until_when(desk, ana):
    hers = desk.sign_in(ana, Method.PASSKEY_UV)
    found = verified(ana, desk.at(minutes=10))
    assert (found.method, found.channel, found.at, found.acr, found.level, found.sid) == (
        "passkey",
        "web",
        desk.call.now,
        "phr",
        2,
        hers.sid,
    )
    assert found.valid_until == desk.at(minutes=30).now


def test_past_validity_it_must_ask_and_a_new_proof_renews(desk, ana):
    hers = desk.sign_in(ana)
    assert verified(ana, desk.at(minutes=29, seconds=59))
    assert verified(ana, desk.at(minutes=30)) is None
    assert verified(ana, desk.at(minutes=30), channel="chat")  # whose policy takes a day
    desk.prove(hers.sid, Method.PASSWORD, minutes=40)
    assert verified(ana, desk.at(minutes=60)).valid_until == desk.at(minutes=70).now


def test_a_verification_ends_when_its_level_decays_or_its_session_ends(desk, ana, call):
    desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    assert verified(ana, desk.call, channel="chat").valid_until == desk.at(hours=1).now
    assert verified(ana, desk.at(hours=2), channel="chat").level == 1
    publish_policy(channel="web", body={"session": {"idle": "10m", "absolute": "1d"}}, call=call)
    forget_policies()
    services.revoke_sessions_of(subject=ana.sub, reason="ended", call=call)
    assert verified(ana, desk.call) is None
    desk.sign_in(ana)
    assert verified(ana, desk.call).valid_until == desk.at(minutes=10).now
    assert verified(ana, desk.at(minutes=10)) is None


def test_the_highest_level_counts_and_of_two_alike_the_one_that_counts_longer(desk, ana, phone):
    high = desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    later = desk.sign_in(ana, device=phone, minutes=5)
    latest = desk.sign_in(ana, device=phone, minutes=6)
    assert verified(ana, desk.at(minutes=7)).sid == high.sid
    services.revoke_session(sid=high.sid, reason="ended", call=desk.call)
    assert verified(ana, desk.at(minutes=7)).sid == latest.sid
    services.revoke_session(sid=latest.sid, reason="ended", call=desk.call)
    assert verified(ana, desk.at(minutes=7)).sid == later.sid


def test_less_than_the_channel_asks_for_is_no_verification(desk, ana, call):
    publish_policy(channel=DESK, body={"minimum_acr": "urn:throughline:2fa"}, call=call)
    forget_policies()
    hers = desk.sign_in(ana)
    assert verified(ana, desk.call) is None
    desk.prove(hers.sid, Method.TOTP)
    assert verified(ana, desk.call).level == 2


def test_the_channel_is_where_she_proved_it_not_where_it_was_carried(desk, ana):
    hers = desk.sign_in(ana)
    child = services.start_child_session(
        parent_sid=hers.sid, channel="chat", via=Via.HANDOFF, client_id="chat", call=desk.at(minutes=1)
    )
    assert verified(ana, desk.at(minutes=2)).channel == "web"
    desk.prove(child.sid, Method.TOTP, minutes=3)
    found = verified(ana, desk.at(minutes=4))
    assert (found.channel, found.method, found.level, found.sid) == ("chat", "totp", 2, child.sid)


def test_nobody_else_is_verified_by_it_and_a_stopped_customer_is_not(desk, ana, ben, phone, call):
    desk.sign_in(ana)
    services.start_device_session(device_id=phone, channel="web", call=call)
    assert verified(ben, desk.call) is None
    assert find_verification(subject=phone, channel=DESK, now=call.now) is None
    suspend_account(sub=ana.sub, reason="fraud", call=call)
    assert verified(ana, desk.call) is None


def test_an_unknown_channel_is_refused(desk, ana):
    with pytest.raises(ChannelUnavailable):
        verified(ana, desk.call, channel="nowhere")
