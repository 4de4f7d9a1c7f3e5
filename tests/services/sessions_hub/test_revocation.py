"""Ending sessions: one, all, those that rest on something lost, and those that came out of an ended one."""

import pytest

from accounts.types import Method
from sessions_hub import queries, services
from sessions_hub.models import Session
from sessions_hub.types import EndReason

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def live(account, call) -> set[str]:
    return {state.sid for state in queries.list_live_sessions(subject=account.sub, now=call.now)}


@pytest.fixture
def child_of(desk):
    """Makes a session that came out of another one."""

    def make(parent, account):
        child = desk.sign_in(account)
        row = Session.objects.get(sid=parent.sid)
        Session.objects.filter(sid=child.sid).update(parent=row, root=row.root)
        return child

    return make


def test_a_revoked_session_is_dead_and_says_why(desk, ana, call, told):
    state = desk.sign_in(ana)
    assert services.revoke_session(sid=state.sid, reason="lost_device", call=call) is True
    assert queries.find_live_session(sid=state.sid, now=call.now) is None
    assert told(ana.sub, "session.revoked") == [("session.revoked", state.sid, {"reason": "lost_device"})]


def test_revoking_twice_changes_nothing(desk, ana, call, told):
    sid = desk.sign_in(ana).sid
    services.revoke_session(sid=sid, reason=EndReason.SIGNED_OUT, call=call)
    assert services.revoke_session(sid=sid, reason="other", call=call) is False
    assert services.revoke_session(sid="ses_unknown", reason="other", call=call) is False
    assert services.revoke_sessions_of(subject=ana.sub, reason="other", call=call) == 0
    assert told(ana.sub, "session.revoked") == [("session.revoked", sid, {"reason": "signed_out"})]


def test_everywhere_is_by_subject_and_may_spare_one(desk, ana, ben, phone, call, told):
    here, there, other = desk.sign_in(ana), desk.sign_in(ana, device=phone), desk.sign_in(ben)
    assert services.revoke_sessions_of(subject=ana.sub, reason="ended", call=call, except_sid=here.sid) == 1
    assert live(ana, call) == {here.sid}
    assert live(ben, call) == {other.sid}
    assert services.revoke_sessions_of(subject=ana.sub, reason="ended", call=call) == 1
    assert live(ana, call) == set()
    assert [line[1] for line in told(ana.sub, "session.revoked")] == [there.sid, here.sid]


def test_revocation_flows_down_and_not_up(desk, ana, call, child_of):
    parent, other = desk.sign_in(ana), desk.sign_in(ana)
    child = child_of(parent, ana)
    grandchild = child_of(child, ana)
    assert services.revoke_session(sid=child.sid, reason="ended", call=call) is True
    assert live(ana, call) == {parent.sid, other.sid}
    second = child_of(parent, ana)
    assert services.revoke_session(sid=parent.sid, reason="ended", call=call) is True
    assert live(ana, call) == {other.sid}
    assert Session.objects.get(sid=grandchild.sid).revoked_reason == "ended"
    assert Session.objects.get(sid=second.sid).revoked_reason == "ended"


def test_the_session_that_is_spared_stays_although_its_parent_ends(desk, ana, call, child_of):
    parent = desk.sign_in(ana)
    child = child_of(parent, ana)
    assert services.revoke_sessions_of(subject=ana.sub, reason="ended", call=call, except_sid=child.sid) == 1
    assert live(ana, call) == {child.sid}


def test_an_expired_session_can_still_be_revoked_because_tokens_may_outlive_it(desk, ana, told):
    sid = desk.sign_in(ana).sid
    assert services.revoke_session(sid=sid, reason="ended", call=desk.at(days=40)) is True
    assert len(told(ana.sub, "session.revoked")) == 1


def test_a_lost_authenticator_lowers_what_rests_on_it(desk, ana, phone, call, told):
    both = desk.sign_in(ana, Method.PASSWORD, Method.TOTP)
    untouched = desk.sign_in(ana, Method.PASSWORD, device=phone)
    services.lower_sessions_resting_on(subject=ana.sub, methods={Method.TOTP}, call=call)
    found = queries.find_live_session(sid=both.sid, now=call.now)
    assert found is not None
    assert (found.level.acr, found.level.amr) == ("urn:throughline:1fa", ("pwd",))
    assert told(ana.sub, "session.lowered", "session.revoked") == [
        ("session.lowered", both.sid, {"methods": ["totp"], "acr": "urn:throughline:1fa", "amr": ["pwd"]})
    ]
    assert live(ana, call) == {both.sid, untouched.sid}


def test_what_was_proved_with_a_lost_authenticator_does_not_come_back(desk, ana):
    sid = desk.sign_in(ana, Method.PASSWORD, Method.TOTP).sid
    services.lower_sessions_resting_on(subject=ana.sub, methods={Method.TOTP}, call=desk.at(minutes=1))
    replayed = [*desk.proofs(Method.TOTP), *desk.proofs(Method.PASSWORD, minutes=2)]
    after = services.add_proofs(sid=sid, proofs=replayed, call=desk.at(minutes=2))
    assert after.level.amr == ("pwd",)
    assert desk.prove(sid, Method.TOTP, minutes=3).level.amr == ("mfa", "otp", "pwd")


def test_a_session_with_nothing_left_to_rest_on_ends(desk, ana, phone, call, told):
    only = desk.sign_in(ana, Method.PASSWORD)
    both = desk.sign_in(ana, Method.PASSWORD, Method.TOTP, device=phone)
    services.lower_sessions_resting_on(subject=ana.sub, methods={Method.PASSWORD}, call=call)
    assert live(ana, call) == {both.sid}
    assert told(ana.sub, "session.lowered", "session.revoked") == [
        ("session.lowered", both.sid, {"methods": ["password"], "acr": "urn:throughline:1fa", "amr": ["otp"]}),
        ("session.revoked", only.sid, {"reason": "nothing_left"}),
    ]


def test_an_erased_persons_sessions_tell_nothing_about_her(desk, ana, ben, call):
    sid, other = desk.sign_in(ana).sid, desk.sign_in(ben).sid
    services.revoke_session(sid=sid, reason="account.erased", call=call)
    assert services.forget_traces_of(subject=ana.sub, call=call) == 1
    row = Session.objects.get(sid=sid)
    assert (row.user_agent, row.address_label) == ("", "")
    assert Session.objects.get(sid=other).user_agent
    assert services.forget_traces_of(subject=ana.sub, call=call) == 0


def test_a_crowd_that_is_locked_in_pieces_ends_whole(desk, ana, ben, call, child_of, monkeypatch):
    monkeypatch.setattr("sessions_hub.services.rows._AT_ONCE", 2)
    hers = [desk.sign_in(ana) for _ in range(5)]
    children = [child_of(each, ana) for each in hers[::2]]
    grandchildren = [child_of(each, ana) for each in children]
    bens = desk.sign_in(ben)
    everything = [*hers, *children, *grandchildren]
    assert services.revoke_sessions_of(subject=ana.sub, reason="ended_by_customer", call=call) == len(everything)
    assert [queries.find_live_session(sid=each.sid, now=call.now) for each in everything] == [None] * len(everything)
    assert queries.find_live_session(sid=bens.sid, now=call.now)
