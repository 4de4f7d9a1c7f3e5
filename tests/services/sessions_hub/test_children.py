"""A session carried over is a child: it has what its parent had, ends with it, and never brings back what was lost."""

from datetime import timedelta

import pytest

from accounts.services import create_provider, disable_provider, enable_provider, suspend_account
from accounts.types import Method, Proof, ProviderDraft
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import forget_policies
from channel_registry.services import create_channel, publish_policy
from sessions_hub import queries, rules, services
from sessions_hub.errors import SessionEnded
from sessions_hub.models import Session
from sessions_hub.types import Via

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture(autouse=True)
def mobile(call):
    create_channel(slug="mobile", name="Mobile", call=call)
    forget_policies()


@pytest.fixture
def carry(desk):
    """Carries a session over to the app."""

    def start(sid, *, call=None, **changes):
        wanted = {"channel": "mobile", "via": Via.TRANSFER, "client_id": "app", "call": call or desk.call, **changes}
        return services.start_child_session(parent_sid=sid, **wanted)

    return start


def evidence_of(sid) -> tuple[Proof, ...]:
    return rules.read_evidence(Session.objects.get(sid=sid).evidence)


def test_a_child_has_its_parents_evidence_and_times_and_last_sight_of_its_person(desk, ana, carry):
    parent = desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    child = carry(parent.sid, call=desk.at(minutes=30))
    assert evidence_of(child.sid) == evidence_of(parent.sid)
    assert child.level.auth_time == parent.level.auth_time
    assert (child.last_seen_at, child.started_at) == (parent.last_seen_at, desk.at(minutes=30).now)
    assert child.expires_at == parent.expires_at


def test_nobody_keeps_a_level_alive_by_moving_it_about(desk, ana, carry):
    sid = desk.sign_in(ana, Method.PASSWORD, Method.TOTP).sid
    levels = []
    for minutes in (20, 40, 59, 61):
        state = carry(sid, call=desk.at(minutes=minutes))
        levels.append(state.level.acr)
        sid = state.sid
    assert levels == ["urn:throughline:2fa"] * 3 + ["urn:throughline:1fa"]


def test_a_pause_that_cost_the_parent_a_factor_costs_the_child_the_same(desk, ana, carry):
    parent = desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    services.touch(sid=parent.sid, call=desk.at(hours=2))
    child = carry(parent.sid, call=desk.at(hours=2, minutes=1))
    services.touch(sid=child.sid, call=desk.at(hours=2, minutes=2))
    now = desk.at(hours=2, minutes=2).now
    assert queries.find_live_session(sid=child.sid, now=now).level.acr == "urn:throughline:1fa"


def test_a_step_up_of_the_child_is_its_own(desk, ana, carry):
    parent = desk.sign_in(ana)
    child = carry(parent.sid)
    raised = desk.prove(child.sid, Method.TOTP, minutes=1)
    assert raised.level.acr == "urn:throughline:2fa"
    still = queries.find_live_session(sid=parent.sid, now=desk.at(minutes=1).now)
    assert (still.level.acr, still.level.auth_time) == ("urn:throughline:1fa", desk.call.now)


def test_children_of_children_stand_under_one_root_and_end_together(desk, ana, carry, told):
    parent = desk.sign_in(ana)
    child = carry(parent.sid)
    grandchild = carry(child.sid, via=Via.HANDOFF)
    assert {child.root, grandchild.root} == {parent.sid}
    assert services.revoke_session(sid=parent.sid, reason="ended", call=desk.call)
    assert len(told(ana.sub, "session.revoked")) == 3
    for sid in (parent.sid, child.sid, grandchild.sid):
        with pytest.raises(SessionEnded):
            carry(sid)


def test_ending_the_child_leaves_the_parent(desk, ana, carry):
    parent = desk.sign_in(ana)
    child = carry(parent.sid)
    services.revoke_session(sid=child.sid, reason="signed_out", call=desk.call)
    assert queries.find_live_session(sid=parent.sid, now=desk.call.now)


def test_a_child_expires_with_its_parent_whatever_its_channel_allows(desk, ana, carry, call):
    publish_policy(channel="web", body={"session": {"idle": "1h", "absolute": "1h"}}, call=call)
    forget_policies()
    parent = desk.sign_in(ana)
    child = carry(parent.sid, call=desk.at(minutes=50))
    assert child.expires_at == parent.expires_at == desk.at(hours=1).now
    with pytest.raises(SessionEnded):
        carry(parent.sid, call=desk.at(hours=1))


def test_a_channel_with_shorter_sessions_bounds_the_child(desk, ana, carry, call):
    publish_policy(channel="mobile", body={"session": {"idle": "5m", "absolute": "10m"}}, call=call)
    forget_policies()
    parent = desk.sign_in(ana)
    assert carry(parent.sid).expires_at == desk.at(minutes=10).now
    with pytest.raises(SessionEnded):  # unseen for longer than the channel allows: it would be over as it begins
        carry(parent.sid, call=desk.at(minutes=5))


def test_an_authenticator_that_is_gone_does_not_come_back_through_a_child(desk, ana, carry):
    parent = desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    before = carry(parent.sid)
    services.lower_sessions_resting_on(subject=ana.sub, methods={Method.TOTP}, call=desk.at(minutes=1))
    after = carry(parent.sid, call=desk.at(minutes=2))
    for sid in (before.sid, after.sid):
        assert [proof.method for proof in evidence_of(sid)] == [Method.PASSWORD]
        # A browser's records still name the authenticator: they are older than the moment it was taken away.
        state = services.add_proofs(sid=sid, proofs=desk.proofs(Method.TOTP), call=desk.at(minutes=3))
        assert state.level.acr == "urn:throughline:1fa"


@pytest.fixture
def google(call):
    draft = ProviderDraft(name="Google", client_id="us", client_secret="x" * 40, scopes=("openid",), channels=())
    create_provider(slug="google", issuer="https://accounts.example", draft=draft, call=call)
    enable_provider(slug="google", call=call)


def sign_in_through(desk, account, *more):
    proofs = [Proof(Method.FEDERATED, desk.call.now, "google"), *more]
    return services.start_session(
        account_id=account.pk,
        subject=account.sub,
        device_id=desk.device,
        channel="web",
        proofs=proofs,
        call=desk.call,
    )


def test_a_provider_that_is_switched_off_takes_what_it_vouched_for_out_of_children_too(desk, ana, carry, call, google):
    parent = sign_in_through(desk, ana, Proof(Method.TOTP, desk.call.now))
    alone = sign_in_through(desk, ana)
    child, lonely = carry(parent.sid), carry(alone.sid)
    disable_provider(slug="google", call=call)
    assert queries.find_live_session(sid=child.sid, now=call.now).level.amr == ("otp",)
    assert queries.find_live_session(sid=lonely.sid, now=call.now) is None
    with pytest.raises(SessionEnded):
        carry(alone.sid)


def test_evidence_of_a_provider_that_is_off_is_not_carried_even_if_it_is_still_there(desk, ana, carry, call, google):
    parent = sign_in_through(desk, ana, Proof(Method.TOTP, desk.call.now))
    alone = sign_in_through(desk, ana)
    evidence = {sid: Session.objects.get(sid=sid).evidence for sid in (parent.sid, alone.sid)}
    disable_provider(slug="google", call=call)
    for sid, kept in evidence.items():
        Session.objects.filter(sid=sid).update(evidence=kept, revoked_at=None, revoked_reason="")
    assert [proof.method for proof in evidence_of(carry(parent.sid).sid)] == [Method.TOTP]
    with pytest.raises(SessionEnded):
        carry(alone.sid)


def test_a_stopped_account_is_carried_nowhere(desk, ana, carry):
    parent = desk.sign_in(ana)
    suspend_account(sub=ana.sub, reason="fraud", call=desk.call)
    with pytest.raises(SessionEnded):
        carry(parent.sid)


def test_an_anonymous_session_is_carried_nowhere(desk, carry, call):
    state = services.start_device_session(device_id=desk.device, channel="web", call=call)
    with pytest.raises(SessionEnded):
        carry(state.sid)


def test_an_unknown_session_or_channel_is_refused_and_leaves_nothing(desk, ana, carry):
    parent = desk.sign_in(ana)
    with pytest.raises(SessionEnded):
        carry("ses_of_nobody")
    with pytest.raises(ChannelUnavailable):
        carry(parent.sid, channel="nowhere")
    assert Session.objects.count() == 1


def test_what_was_browsed_on_a_device_before_is_linked_to_whoever_enters_it_and_to_nobody_after(
    desk, ana, ben, carry, phone, call
):
    anonymous = services.start_device_session(device_id=phone, channel="web", call=call)
    child = carry(desk.sign_in(ana).sid, device_id=phone, channel="web")
    assert Session.objects.get(sid=anonymous.sid).promoted_to == child.sid
    desk.sign_in(ben, device=phone)
    assert Session.objects.get(sid=anonymous.sid).promoted_to == child.sid


def test_a_device_secret_stands_for_its_session_as_long_as_that_lives(desk, ana, ben):
    hers = desk.sign_in(ana)
    first = services.give_device_secret(sid=hers.sid, client_id="shop_app", call=desk.call)
    assert queries.find_session_of_device_secret(first, desk.call.now) == hers.sid
    known = queries.find_device_secret(first, desk.call.now)
    assert (known.sid, known.client_id) == (hers.sid, "shop_app")

    second = services.give_device_secret(sid=hers.sid, client_id="shop_app", call=desk.call)
    other = services.give_device_secret(sid=hers.sid, client_id="help_app", call=desk.call)
    assert queries.find_session_of_device_secret(first, desk.call.now) is None  # replaced
    assert queries.find_session_of_device_secret(second, desk.call.now) == hers.sid
    assert queries.find_session_of_device_secret(second, desk.call.now + timedelta(days=31)) is None

    services.revoke_session(sid=hers.sid, reason="signed_out", call=desk.call)
    for secret in (second, other, "", "\x00", "x" * 10_000):
        assert queries.find_session_of_device_secret(secret, desk.call.now) is None
    with pytest.raises(SessionEnded):
        services.give_device_secret(sid=hers.sid, client_id="shop_app", call=desk.call)
