"""Staff who leave while they help, and delegations of long ago."""

from datetime import timedelta

import pytest

from delegation.errors import DelegationEnded
from delegation.models import Delegation
from delegation.queries import find_delegation, list_live_about, list_live_of
from delegation.services import clear_old_delegations, end_abandoned_sessions, hold_delegation
from sessions_hub.queries import find_live_session
from sessions_hub.services import revoke_session
from tests.services.delegation.people import DESK

pytestmark = pytest.mark.django_db


def test_whoever_signs_out_helps_nobody_from_there_any_more(scene, lines):
    begun = scene.begin()
    revoke_session(sid=scene.sams.sid, reason="signed_out", call=scene.call)
    assert find_delegation(id=begun.id).revoked_reason == "actor_signed_out"
    assert list_live_of(actor=scene.sam.sub, now=scene.call.now) == []
    assert list_live_about(subject=scene.ana.sub, now=scene.call.now) == []
    with pytest.raises(DelegationEnded):
        hold_delegation(id=begun.id, actor=scene.sam.sub, client_id=DESK, call=scene.call)
    [line] = lines("delegation.revoked")
    assert (line.subject, line.payload["actor"]) == (scene.ana.sub, f"account:{scene.sam.sub}")


def test_what_she_left_running_ends_by_the_clock_and_the_customer_stays(scene):
    begun = scene.begin()
    assert end_abandoned_sessions(call=scene.call) == 0
    revoke_session(sid=scene.sams.sid, reason="signed_out", call=scene.call)
    assert end_abandoned_sessions(call=scene.call) == 1
    assert end_abandoned_sessions(call=scene.call) == 0
    assert find_live_session(sid=begun.sid, now=scene.call.now) is None
    assert find_live_session(sid=scene.chat.sid, now=scene.call.now)


def test_signing_out_elsewhere_ends_nothing_here(scene):
    begun = scene.begin()
    at_home = scene.desk.sign_in(scene.sam)
    revoke_session(sid=at_home.sid, reason="signed_out", call=scene.call)
    assert find_delegation(id=begun.id).is_live(scene.call.now)


def test_delegations_of_long_ago_go_and_running_ones_stay(scene):
    scene.begin()
    month = timedelta(days=30)
    later = scene.desk.at(days=31)
    assert clear_old_delegations(older_than=month, call=scene.call) == 0
    assert clear_old_delegations(older_than=month, call=later) == 1
    assert not Delegation.objects.exists()
