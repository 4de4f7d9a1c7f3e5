"""Staff act for a customer: with a proof of hers, for an hour at most, and until anybody ends it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.services import close_account, erase_account, set_roles, suspend_account
from accounts.types import Method, Role
from audit.queries import read_personal
from delegation.errors import DelegationEnded, NotStaff, VerificationRequired
from delegation.models import Delegation
from delegation.queries import (
    find_delegation,
    find_live_delegation,
    find_note,
    list_live_about,
    list_live_of,
    list_past_of,
)
from delegation.services import (
    end_assistance,
    hold_delegation,
    revoke_delegation,
    revoke_delegations_of_actor,
)
from kit.refusal import MalformedInput, NotFound
from sessions_hub.errors import NotHerOwn
from sessions_hub.flows.handoff import offer_handoff
from sessions_hub.queries import find_live_session, find_verification
from sessions_hub.services import give_device_secret, note_participation, revoke_session, start_child_session
from sessions_hub.types import Via
from tests.actors import make_customer
from tests.services.delegation.people import CHANNEL, DESK, hire

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_an_assisted_session_carries_her_proof_with_its_time_and_ends_within_the_hour(scene):
    begun = scene.begin()
    session = find_live_session(sid=begun.sid, now=scene.call.now)
    assert (session.subject, session.via, session.channel, session.opened_by) == (
        scene.ana.sub,
        Via.ASSISTANCE,
        CHANNEL,
        DESK,
    )
    assert (session.level, session.root) == (scene.chat.level, scene.chat.root)
    assert begun.expires_at == session.expires_at == scene.call.now + timedelta(hours=1)
    assert find_live_session(sid=begun.sid, now=begun.expires_at - timedelta(seconds=1))
    assert find_live_delegation(id=begun.id, now=begun.expires_at) is None
    assert find_live_session(sid=begun.sid, now=begun.expires_at) is None


def test_her_level_wears_off_in_the_assisted_session_whatever_staff_do(scene):
    begun = scene.begin()
    hold_delegation(id=begun.id, actor=scene.sam.sub, client_id=DESK, call=scene.call)
    late = find_live_session(sid=begun.sid, now=begun.expires_at - timedelta(seconds=1))
    assert late.level.acr == "urn:throughline:1fa", "an hour after she was last seen"


def test_both_names_stand_in_the_journal(scene, lines):
    begun = scene.begin(note="Wants another size")
    [line] = lines("delegation.begun")
    assert (line.actor, line.subject, line.session, line.client) == (
        f"account:{scene.sam.sub}",
        scene.ana.sub,
        begun.sid,
        DESK,
    )
    assert line.payload["actor"] == f"account:{scene.sam.sub}"
    assert (line.payload["delegation"], line.payload["reason"]) == (begun.id, "order")
    assert "Wants" not in str(line.payload)
    assert read_personal(line) == {"note": "Wants another size"}
    assert line.seq, "a courier brings it to whoever must know"
    assert find_note(begun) == "Wants another size"


def test_without_a_valid_proof_nobody_acts_for_her(scene):
    with pytest.raises(VerificationRequired):
        scene.begin(call=scene.desk.speaks_for(scene.sam, scene.sams, minutes=31))
    revoke_session(sid=scene.chat.sid, reason="ended", call=scene.desk.call)
    with pytest.raises(VerificationRequired):
        scene.begin()
    assert not Delegation.objects.exists()


def test_within_validity_she_is_helped_though_she_was_quiet_for_longer_than_the_desk_lets_sessions_be(scene):
    assert scene.begin(call=scene.desk.speaks_for(scene.sam, scene.sams, minutes=29))


def test_a_session_handed_over_to_the_desk_is_proof_for_as_long_as_it_lives(scene):
    given = start_child_session(
        parent_sid=scene.chat.sid, channel=CHANNEL, via=Via.HANDOFF, client_id=DESK, call=scene.desk.at(minutes=1)
    )
    begun = scene.begin(subject="", sid=given.sid)
    assert begun.subject == scene.ana.sub
    revoke_session(sid=given.sid, reason="ended", call=scene.call)
    assert find_live_delegation(id=begun.id, now=scene.call.now) is None


@pytest.mark.parametrize("whose", ["unknown", "of another client", "an assisted one"])
def test_a_session_in_which_the_desk_takes_no_part_of_its_own_does_not_exist_for_it(scene, whose):
    sid = {"unknown": "ses_nothing", "of another client": scene.chat.sid}.get(whose) or scene.begin().sid
    with pytest.raises(NotFound):
        scene.begin(subject="", sid=sid)


def test_taking_part_in_a_session_that_nobody_handed_over_needs_a_proof_that_is_still_valid(scene):
    note_participation(sid=scene.chat.sid, client_id=DESK, call=scene.desk.call)
    assert scene.begin(subject="", sid=scene.chat.sid)
    with pytest.raises(VerificationRequired):
        scene.begin(subject="", sid=scene.chat.sid, call=scene.desk.speaks_for(scene.sam, scene.sams, minutes=31))


def test_nobody_helps_herself_another_operator_or_somebody_who_was_stopped(scene, call):
    olga = hire(call, "olga", Role.AUDITOR)
    scene.desk.sign_in(olga, Method.PASSWORD, Method.TOTP)
    for subject in (scene.sam.sub, olga.sub, "acc_nobody", ""):
        with pytest.raises(NotFound):
            scene.begin(subject=subject)
    suspend_account(sub=scene.ana.sub, reason="fraud", call=call)
    with pytest.raises(NotFound):
        scene.begin()


@pytest.mark.parametrize("changes", [{"reason": "fun"}, {"note": "x" * 301}, {"note": "a\x00"}, {"note": "\u202eevil"}])
def test_words_that_cannot_be_kept_are_refused(scene, changes):
    with pytest.raises(MalformedInput):
        scene.begin(**changes)


def test_beginning_again_replaces_what_ran(scene, lines):
    first, second = scene.begin(), scene.begin(reason="payment")
    assert find_live_session(sid=first.sid, now=scene.call.now) is None
    assert [each.id for each in list_live_of(actor=scene.sam.sub, now=scene.call.now)] == [second.id]
    assert [each.id for each in list_past_of(actor=scene.sam.sub, now=scene.call.now)] == [first.id]
    assert [line.payload["reason"] for line in lines("delegation.revoked")] == ["replaced"]


# --- How it ends -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "reason"), [("ana", "ended_by_customer"), ("sam", "ended_by_staff")])
def test_either_side_ends_it_and_the_session_with_it(scene, lines, who, reason):
    begun = scene.begin()
    asks = replace(scene.call.caller, subject=getattr(scene, who).sub)
    for _ in range(2):
        end_assistance(id=begun.id, call=replace(scene.call, caller=asks))
    assert find_live_session(sid=begun.sid, now=scene.call.now) is None
    [line] = lines("delegation.revoked")
    assert (line.subject, line.payload["actor"], line.payload["reason"]) == (
        scene.ana.sub,
        f"account:{scene.sam.sub}",
        reason,
    )
    assert find_live_session(sid=scene.chat.sid, now=scene.call.now), "her own session goes on"


def test_nobody_else_ends_it_and_staff_do_not_end_it_in_her_name(scene, call):
    begun = scene.begin()
    ben = make_customer(call, "ben")
    for changes in ({"subject": ben.sub}, {"subject": None}, {"subject": scene.ana.sub, "act": scene.sam.sub}):
        with pytest.raises(NotFound):
            end_assistance(id=begun.id, call=replace(scene.call, caller=replace(scene.call.caller, **changes)))
    with pytest.raises(NotFound):
        end_assistance(id="dlg_nothing", call=scene.call)
    assert find_live_delegation(id=begun.id, now=scene.call.now)


@pytest.mark.parametrize("end", [suspend_account, close_account, erase_account])
@pytest.mark.parametrize("side", ["ana", "sam"])
def test_it_ends_with_the_account_of_either_side(scene, call, lines, end, side):
    hire(call, "olga", Role.ADMIN)
    begun = scene.begin()
    end(sub=getattr(scene, side).sub, reason="left", call=call)
    ended = find_delegation(id=begun.id)
    assert ended.revoked_reason.startswith("account.")
    assert find_live_session(sid=begun.sid, now=scene.call.now) is None
    assert list_live_about(subject=scene.ana.sub, now=scene.call.now) == []
    assert len(lines("delegation.revoked")) == 1


def test_it_ends_with_the_role_and_not_with_another_role(scene, call):
    begun = scene.begin()
    set_roles(sub=scene.sam.sub, roles=[Role.SUPPORT, Role.AUDITOR], call=call)
    assert find_live_delegation(id=begun.id, now=scene.call.now)
    set_roles(sub=scene.sam.sub, roles=[Role.AUDITOR], call=call)
    assert find_delegation(id=begun.id).revoked_reason == "role_taken"
    assert find_live_session(sid=begun.sid, now=scene.call.now) is None


@pytest.mark.parametrize("which", ["parent", "itself"])
def test_it_ends_with_the_session_it_came_from_and_with_its_own(scene, which):
    begun = scene.begin()
    revoke_session(sid={"parent": scene.chat.sid, "itself": begun.sid}[which], reason="ended", call=scene.call)
    assert find_delegation(id=begun.id).revoked_reason == "session_ended"


def test_revoking_twice_is_once(scene, lines):
    begun = scene.begin()
    assert revoke_delegation(id=begun.id, reason="ended", call=scene.call)
    assert not revoke_delegation(id=begun.id, reason="ended", call=scene.call)
    assert revoke_delegations_of_actor(actor=scene.sam.sub, reason="ended", call=scene.call) == 0
    assert len(lines("delegation.revoked")) == 1
    assert len(lines("session.revoked")) == 1


# --- What hangs on it ------------------------------------------------------------------------------------------------


def test_whoever_issues_a_token_holds_it_with_its_ceiling(scene):
    begun = scene.begin()
    held = hold_delegation(id=begun.id, actor=scene.sam.sub, client_id=DESK, call=scene.call)
    assert held == begun
    assert "offline_access" not in held.scopes


@pytest.mark.parametrize("changes", [{"id": "dlg_nothing"}, {"actor": "acc_tom"}, {"client_id": "other"}])
def test_another_actor_client_or_id_holds_nothing(scene, changes):
    begun = scene.begin()
    with pytest.raises(DelegationEnded):
        hold_delegation(**{"id": begun.id, "actor": scene.sam.sub, "client_id": DESK, "call": scene.call, **changes})


def test_what_is_over_is_held_no_more(scene):
    begun = scene.begin()
    late = replace(scene.call, now=begun.expires_at)
    with pytest.raises(DelegationEnded):
        hold_delegation(id=begun.id, actor=scene.sam.sub, client_id=DESK, call=late)
    revoke_delegation(id=begun.id, reason="ended", call=scene.call)
    with pytest.raises(DelegationEnded):
        hold_delegation(id=begun.id, actor=scene.sam.sub, client_id=DESK, call=scene.call)


def test_nothing_comes_out_of_an_assisted_session(scene):
    begun = scene.begin()
    call = scene.call
    with pytest.raises(NotHerOwn):
        start_child_session(parent_sid=begun.sid, channel=CHANNEL, via=Via.HANDOFF, client_id="shop", call=call)
    with pytest.raises(NotHerOwn):
        offer_handoff(sid=begun.sid, via=Via.HANDOFF, channel=CHANNEL, client_id="shop", call=call)
    with pytest.raises(NotHerOwn):
        give_device_secret(sid=begun.sid, client_id=DESK, call=call)


def test_an_assisted_session_verifies_nobody(scene):
    scene.begin()
    found = find_verification(subject=scene.ana.sub, channel=CHANNEL, now=scene.call.now)
    assert found.sid == scene.chat.sid


def test_a_role_taken_while_sam_writes_the_reason_is_seen(scene, call):
    set_roles(sub=scene.sam.sub, roles=[], call=call)
    with pytest.raises(NotStaff):
        scene.begin()


def test_an_erased_customers_note_cannot_be_read_again(scene, call):
    begun = scene.begin(note="Wants another size")
    erase_account(sub=scene.ana.sub, reason="wish", call=call)
    assert find_note(begun) == ""
