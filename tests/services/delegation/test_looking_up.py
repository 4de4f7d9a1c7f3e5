"""Staff ask who a customer is: what she proved, until when it counts, and never more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache

from accounts.services import close_account, erase_account, set_roles, suspend_account
from accounts.types import Method, Role
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel, publish_policy
from delegation.errors import AssistanceClosed, NotStaff, StaffLevelTooLow, TooManyLookups
from delegation.services import look_up_customer
from kit.refusal import MalformedInput
from sessions_hub.services import revoke_session
from tests.actors import make_customer
from tests.services.delegation.people import CHANNEL, hire

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture(autouse=True)
def _fresh_throttle():
    cache.clear()


def ask(call, hint):
    return look_up_customer(login_hint=hint, channel=CHANNEL, call=call)


@pytest.mark.parametrize("hint", ["ana@people.example", " Ana@People.Example ", "sub"])
def test_staff_see_method_time_level_and_until_when(scene, hint):
    found = ask(scene.call, scene.ana.sub if hint == "sub" else hint)
    assert (found.subject, found.name) == (scene.ana.sub, "Ana")
    verified = found.verification
    assert (verified.method, verified.channel, verified.level, verified.acr) == ("passkey", "chat", 2, "phr")
    assert verified.at == scene.desk.call.now
    assert verified.valid_until == scene.desk.call.now + timedelta(minutes=30)


def test_past_validity_there_is_nothing(scene):
    call = scene.desk.speaks_for(scene.sam, scene.sams, minutes=31)
    assert ask(call, scene.ana.sub).verification is None


def test_every_question_is_written_with_both_names_found_or_not(scene, lines):
    ask(scene.call, scene.ana.sub)
    ask(scene.call, "nobody@people.example")
    hit, miss = lines("customer.looked_up")
    assert (hit.actor, hit.subject) == (f"account:{scene.sam.sub}", scene.ana.sub)
    assert (hit.payload, hit.channel, hit.client) == ({"found": True, "by": "subject"}, CHANNEL, "desk")
    assert (miss.actor, miss.subject) == (f"account:{scene.sam.sub}", "")
    assert "nobody" not in str(miss.payload)


@pytest.mark.parametrize("end", [suspend_account, close_account, erase_account])
def test_a_stopped_customer_is_nobody_and_the_question_is_noted_all_the_same(scene, lines, end):
    end(sub=scene.ana.sub, reason="fraud", call=scene.desk.call)
    assert ask(scene.call, scene.ana.sub) is None
    [line] = lines("customer.looked_up")
    assert (line.subject, line.payload["found"]) == (scene.ana.sub, False)


def test_operators_are_nobodys_customers(scene, call):
    olga = hire(call, "olga", Role.AUDITOR)
    assert ask(scene.call, olga.email) is None
    assert ask(scene.call, scene.sam.sub) is None


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AUTHOR, Role.APPROVER, Role.STEWARD])
def test_other_roles_are_no_staff(scene, call, role):
    olga = hire(call, "olga", role)
    session = scene.desk.sign_in(olga, Method.PASSWORD, Method.TOTP)
    with pytest.raises(NotStaff):
        ask(scene.desk.speaks_for(olga, session), scene.ana.sub)


def test_a_customer_and_a_client_by_itself_are_no_staff(scene, call):
    ben = make_customer(call, "ben")
    session = scene.desk.sign_in(ben, Method.PASSWORD, Method.TOTP)
    with pytest.raises(NotStaff):
        ask(scene.desk.speaks_for(ben, session), scene.ana.sub)
    alone = replace(scene.call.caller, subject=None, sid=None)
    with pytest.raises(NotStaff):
        ask(replace(scene.call, caller=alone), scene.ana.sub)


def test_a_token_under_which_sam_acts_for_ana_asks_about_nobody(scene):
    acting = replace(scene.call.caller, subject=scene.ana.sub, act=scene.sam.sub)
    with pytest.raises(NotStaff):
        ask(replace(scene.call, caller=acting), scene.ana.sub)


def test_one_factor_is_not_enough(scene):
    session = scene.desk.sign_in(scene.sam, Method.PASSWORD)
    with pytest.raises(StaffLevelTooLow):
        ask(scene.desk.speaks_for(scene.sam, session), scene.ana.sub)


def test_two_factors_that_wore_off_or_were_ended_are_not_enough(scene):
    with pytest.raises(StaffLevelTooLow):
        ask(scene.desk.speaks_for(scene.sam, scene.sams, minutes=61), scene.ana.sub)
    revoke_session(sid=scene.sams.sid, reason="ended", call=scene.desk.call)
    with pytest.raises(StaffLevelTooLow):
        ask(scene.call, scene.ana.sub)


def test_a_role_that_was_taken_counts_no_more(scene, call):
    set_roles(sub=scene.sam.sub, roles=[Role.AUDITOR], call=call)
    with pytest.raises(NotStaff):
        ask(scene.call, scene.ana.sub)


def test_a_channel_that_does_not_open_assistance_or_is_shut_is_closed(scene, call):
    with pytest.raises(AssistanceClosed):
        look_up_customer(login_hint=scene.ana.sub, channel="web", call=scene.call)
    publish_policy(channel=CHANNEL, body={"minimum_acr": "urn:throughline:1fa"}, call=call)
    forget_policies()
    with pytest.raises(AssistanceClosed):
        ask(scene.call, scene.ana.sub)
    disable_channel(channel=CHANNEL, call=call)
    forget_policies()
    with pytest.raises(AssistanceClosed):
        ask(scene.call, scene.ana.sub)


@pytest.mark.parametrize("hint", ["", "  ", "a" * 10_000, "ana\x00@people.example", "ana\n", "\ud800"])
def test_a_hint_that_can_be_nobodys_is_malformed(scene, hint):
    with pytest.raises(MalformedInput):
        ask(scene.call, hint)


def test_past_twenty_a_minute_one_staff_member_waits_and_another_does_not(scene, call, settings):
    settings.RATE_LIMIT_FACTOR = 1
    for _ in range(20):
        ask(scene.call, "nobody@people.example")
    with pytest.raises(TooManyLookups) as refused:
        ask(scene.call, scene.ana.sub)
    assert 0 < refused.value.retry_after <= 60
    tom = hire(call, "tom", Role.ADMIN)
    session = scene.desk.sign_in(tom, Method.PASSWORD, Method.TOTP)
    assert ask(scene.desk.speaks_for(tom, session, minutes=1), scene.ana.sub)
