"""A session from its start to its end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.services import suspend_account
from accounts.types import Method, Proof
from audit.models import Event
from audit.queries import read_personal
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel, publish_policy
from sessions_hub import queries, services
from sessions_hub.errors import SessionEnded, SignInRefused
from sessions_hub.models import Session

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
TWO = "urn:throughline:2fa"
ONE = "urn:throughline:1fa"


def test_a_session_starts_at_the_level_that_was_proved(desk, ana, told):
    state = desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    assert state.root == state.sid
    assert (state.subject, state.account_id, state.channel) == (ana.sub, ana.pk, "web")
    assert (state.level.acr, state.level.amr) == (TWO, ("mfa", "otp", "pwd"))
    assert state.level.auth_time == desk.call.now
    assert state.address_label == "198.51.100.0/24"
    assert queries.find_live_session(sid=state.sid, now=desk.call.now) == state
    assert told(ana.sub) == [
        (
            "session.started",
            state.sid,
            {"subject_type": "account", "device": desk.device, "acr": TWO, "amr": ["mfa", "otp", "pwd"]},
        )
    ]


def test_where_somebody_signed_in_from_is_kept_encrypted_only(desk, ana):
    desk.sign_in(ana)
    line = Event.objects.get(type="session.started")
    assert "198.51.100.23" not in str(line.payload)
    assert read_personal(line) == {"address": "198.51.100.23", "user_agent": desk.call.user_agent}


def test_a_second_factor_raises_the_level_and_leaves_sid_and_root_alone(desk, ana, told):
    before = desk.sign_in(ana)
    after = desk.prove(before.sid, Method.TOTP, minutes=5)
    assert (after.sid, after.root) == (before.sid, before.root)
    assert (before.level.acr, after.level.acr) == (ONE, TWO)
    assert after.level.auth_time == desk.at(minutes=5).now
    assert told(ana.sub)[1:] == [("session.elevated", before.sid, {"methods": ["totp"], "acr": TWO, "was": ONE})]


def test_proving_the_same_thing_again_is_noted_as_use(desk, ana, told):
    sid = desk.sign_in(ana).sid
    again = desk.prove(sid, Method.PASSWORD, minutes=5)
    assert again.level.auth_time == desk.at(minutes=5).now
    assert told(ana.sub)[1:] == [("authenticator.used", sid, {"methods": ["password"], "acr": ONE, "was": ONE})]
    assert Event.objects.get(type="authenticator.used").seq is None


def test_what_the_session_knows_already_is_not_added_twice(desk, ana, told):
    sid = desk.sign_in(ana, Method.PASSWORD, Method.TOTP).sid
    services.add_proofs(sid=sid, proofs=desk.proofs(Method.PASSWORD, Method.TOTP), call=desk.at(minutes=1))
    assert len(Session.objects.get(sid=sid).evidence) == 2
    assert len(told(ana.sub)) == 1


def test_signing_in_elsewhere_leaves_this_sessions_auth_time_alone(desk, ana, phone):
    here = desk.sign_in(ana)
    there = desk.sign_in(ana, Method.PASSWORD, Method.TOTP, device=phone, minutes=10)
    desk.prove(there.sid, Method.TOTP, minutes=20)
    found = queries.find_live_session(sid=here.sid, now=desk.at(minutes=20).now)
    assert found is not None
    assert found.level == here.level


def test_an_elevation_decays_and_using_the_session_does_not_keep_it_alive(desk, ana):
    sid = desk.sign_in(ana, Method.PASSWORD, Method.TOTP).sid
    for hours in range(1, 25):
        services.touch(sid=sid, call=desk.at(hours=hours))
        found = queries.find_live_session(sid=sid, now=desk.at(hours=hours).now)
        assert found is not None
        assert found.level.acr == TWO
    services.touch(sid=sid, call=desk.at(hours=24, minutes=1))
    found = queries.find_live_session(sid=sid, now=desk.at(hours=24, minutes=1).now)
    assert found is not None
    assert found.level.acr == ONE


def test_coming_back_after_a_long_pause_does_not_bring_two_factors_back(desk, ana):
    sid = desk.sign_in(ana, Method.PASSWORD, Method.TOTP).sid
    services.touch(sid=sid, call=desk.at(hours=2))
    found = queries.find_live_session(sid=sid, now=desk.at(hours=2).now)
    assert found is not None
    assert found.level.acr == ONE
    assert desk.prove(sid, Method.TOTP, hours=2, minutes=1).level.acr == ONE
    assert desk.prove(sid, Method.PASSWORD, hours=2, minutes=2).level.acr == TWO


def test_one_late_proof_does_not_refresh_the_other_factor(desk, ana):
    sid = desk.sign_in(ana, Method.PASSWORD, Method.TOTP).sid
    assert desk.prove(sid, Method.TOTP, hours=2).level.acr == ONE


def test_a_session_is_touched_at_most_once_a_minute(desk, ana, django_assert_num_queries):
    sid = desk.sign_in(ana).sid
    with django_assert_num_queries(3):  # savepoint, look, release: the row stays as it is
        services.touch(sid=sid, call=desk.at(seconds=59))
    assert Session.objects.get(sid=sid).last_seen_at == desk.call.now
    services.touch(sid=sid, call=desk.at(seconds=60))
    assert Session.objects.get(sid=sid).last_seen_at == desk.at(seconds=60).now


def test_the_channels_policy_sets_the_limits_when_a_session_starts(desk, ana, web):
    publish_policy(channel="web", body={"session": {"idle": "30m", "absolute": "2h"}}, call=desk.call)
    forget_policies()
    state = desk.sign_in(ana)
    assert state.expires_at == desk.at(hours=2).now
    assert queries.find_live_session(sid=state.sid, now=desk.at(seconds=1799).now)
    assert queries.find_live_session(sid=state.sid, now=desk.at(seconds=1800).now) is None
    for minutes in (20, 40, 60, 80, 100, 119):
        services.touch(sid=state.sid, call=desk.at(minutes=minutes))
    assert queries.find_live_session(sid=state.sid, now=desk.at(seconds=7199).now)
    assert queries.find_live_session(sid=state.sid, now=desk.at(seconds=7200).now) is None


def test_a_session_that_was_idle_for_too_long_is_not_revived(desk, ana):
    Session.objects.filter(sid=(sid := desk.sign_in(ana).sid)).update(idle_seconds=1800)
    services.touch(sid=sid, call=desk.at(hours=1))
    assert Session.objects.get(sid=sid).last_seen_at == desk.call.now
    with pytest.raises(SessionEnded):
        desk.prove(sid, Method.PASSWORD, hours=1)
    with pytest.raises(SessionEnded):
        services.note_participation(sid=sid, client_id="shop", call=desk.at(hours=1))


def test_no_session_starts_for_an_account_that_is_not_active(desk, ana, told):
    suspend_account(sub=ana.sub, reason="fraud", call=desk.call)
    with pytest.raises(SignInRefused):
        desk.sign_in(ana)
    assert not Session.objects.exists()
    assert told(ana.sub) == []


def test_no_session_starts_for_a_subject_that_is_not_the_accounts(desk, ana, ben, call):
    with pytest.raises(SignInRefused):
        services.start_session(
            account_id=ana.pk, subject=ben.sub, device_id=desk.device, channel="web", proofs=(), call=call
        )


def test_suspending_an_account_ends_its_sessions_at_the_next_question(desk, ana):
    state = desk.sign_in(ana)
    suspend_account(sub=ana.sub, reason="fraud", call=desk.call)
    assert queries.find_live_session(sid=state.sid, now=desk.call.now) is None
    assert queries.find_browser_session(sid=state.sid, now=desk.call.now) is None
    assert queries.list_live_sessions(subject=ana.sub, now=desk.call.now) == []
    with pytest.raises(SessionEnded):
        desk.prove(state.sid, Method.TOTP, minutes=1)


def test_a_disabled_channel_takes_no_new_sessions(desk, ana):
    disable_channel(channel="web", call=desk.call)
    forget_policies()
    with pytest.raises(ChannelUnavailable):
        desk.sign_in(ana)


def test_a_proof_from_the_future_counts_from_now(desk, ana):
    late = [Proof(Method.PASSWORD, desk.call.now + timedelta(days=400))]
    state = services.start_session(
        account_id=ana.pk, subject=ana.sub, device_id=desk.device, channel="web", proofs=late, call=desk.call
    )
    assert state.level.auth_time == desk.call.now


def test_a_session_that_proved_nothing_is_at_level_zero(desk, ana, call):
    state = services.start_session(
        account_id=ana.pk, subject=ana.sub, device_id=desk.device, channel="web", proofs=(), call=call
    )
    assert (state.level.acr, state.level.amr, state.level.auth_time) == ("0", (), None)


def test_clients_of_one_browser_share_its_session(desk, ana):
    sid = desk.sign_in(ana).sid
    services.note_participation(sid=sid, client_id="shop", call=desk.at(seconds=1))
    services.note_participation(sid=sid, client_id="help", call=desk.at(seconds=2))
    assert queries.takes_part(sid=sid, client_id="shop")
    assert not queries.takes_part(sid=sid, client_id="kiosk")
    [state] = queries.list_live_sessions(subject=ana.sub, now=desk.at(seconds=3).now)
    assert state.clients == ("help", "shop")
    services.note_participation(sid=sid, client_id="shop", call=desk.at(seconds=4))
    assert queries.list_clients(sid=sid) == ["shop", "help"]


def test_a_session_of_an_account_without_the_account_cannot_be_stored(desk, ana):
    sid = desk.sign_in(ana).sid
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(sid=sid).update(account=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(sid=sid).update(revoked_at=desk.call.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(sid=sid).update(promoted_to="ses_other")


def test_a_device_is_known_by_a_secret_that_is_stored_as_a_digest(call):
    device, secret = services.recognize_device(secret=None, user_agent="one", call=call)
    assert secret
    assert secret not in device.secret_digest
    assert services.recognize_device(secret=secret, user_agent="two", call=call) == (device, None)
    stranger, other_secret = services.recognize_device(secret="guessed", user_agent="", call=call)
    assert stranger.pk != device.pk
    assert other_secret not in (None, "guessed", secret)
