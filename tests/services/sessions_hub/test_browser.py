"""What a browser's cookie stands for, from request to request."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session as StoredBrowserSession

from accounts.services import reactivate_account, suspend_account
from audit.models import Event
from kit import clock
from kit.call import ANONYMOUS, CallerKind
from sessions_hub import queries, services
from sessions_hub.browser import SID_KEY, bind_reauthentication, bind_sign_in, end_browser_session, note_sign_up_code
from sessions_hub.errors import SessionEnded
from sessions_hub.models import Device, Session
from tests.services.sessions_hub.browsing import Browser, log_in, note_records

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
ONE, TWO = "urn:throughline:1fa", "urn:throughline:2fa"


@pytest.fixture
def browser():
    return Browser()


def test_a_visitor_without_a_cookie_costs_no_statement_and_no_row(browser, django_assert_num_queries):
    with django_assert_num_queries(0):
        request = browser.visit()
    assert (request.caller, request.hub_session) == (ANONYMOUS, None)
    assert browser.answer.cookies == {}
    assert not Session.objects.exists()


def test_a_sign_in_makes_the_cookie_stand_for_a_session(browser, ana):
    request = browser.sign_in(ana, "password", "totp")
    assert request.hub_session.level.acr == TWO
    again = browser.visit()
    assert again.hub_session.sid == request.hub_session.sid == again.session[SID_KEY]
    assert again.user == ana
    caller = again.caller
    assert (caller.kind, caller.subject, caller.sid) == (CallerKind.BROWSER, ana.sub, request.hub_session.sid)
    assert (caller.acr, caller.amr, caller.auth_time) == (
        TWO,
        ("mfa", "otp", "pwd"),
        again.hub_session.level.auth_time,
    )
    assert caller.roles == frozenset()


def test_the_journal_names_the_person_as_the_one_who_signed_in(browser, ana):
    browser.sign_in(ana)
    assert Event.objects.get(type="session.started").actor == f"account:{ana.sub}"


def test_a_signed_in_browser_costs_two_statements(browser, ana, django_assert_num_queries):
    browser.sign_in(ana)
    browser.visit()  # fills the cache of browser sessions
    with django_assert_num_queries(2):
        request = browser.visit()
        assert request.user.is_authenticated
        assert request.user.name == "Ana"
        assert not request.user.is_staff


def test_an_operators_roles_cost_no_statement_of_their_own(browser, sam, django_assert_num_queries):
    browser.sign_in(sam)
    browser.visit()
    with django_assert_num_queries(2):
        request = browser.visit()
        assert request.caller.roles == {"support"}
        assert request.user.is_staff
        assert request.user.has_perm("sessions_hub.view_session")


def test_a_browser_that_only_fills_in_a_form_costs_no_statement_of_ours(browser):
    request = browser.visit(lambda request: request.session.update({"form": "half"}))
    assert browser.cookie
    request = browser.visit()
    assert (request.caller, request.session["form"]) == (ANONYMOUS, "half")


@pytest.fixture
def expect_dead(browser):
    """The next request is nobody's, the cookie is taken back, and the journal has nothing new."""

    def check():
        stale, lines = browser.cookie, Event.objects.count()
        request = browser.visit()
        assert (request.caller, request.hub_session) == (ANONYMOUS, None)
        assert not request.user.is_authenticated
        assert SESSION_KEY not in request.session
        assert stale
        assert browser.cookie is None
        assert Event.objects.count() == lines
        assert not StoredBrowserSession.objects.exists()

    return check


def test_a_revoked_session_signs_the_browser_out_at_its_next_request(browser, ana, call, expect_dead):
    sid = browser.sign_in(ana).hub_session.sid
    services.revoke_session(sid=sid, reason="ended", call=call)
    expect_dead()


def test_a_suspended_account_signs_the_browser_out_for_good(browser, ana, call, expect_dead):
    browser.sign_in(ana)
    suspend_account(sub=ana.sub, reason="fraud", call=call)
    expect_dead()
    reactivate_account(sub=ana.sub, reason="mistake", call=call)
    assert not browser.visit().user.is_authenticated


def test_an_expired_session_signs_the_browser_out(browser, ana, expect_dead):
    sid = browser.sign_in(ana).hub_session.sid
    Session.objects.filter(sid=sid).update(started_at=clock.now() - timedelta(days=2), expires_at=clock.now())
    expect_dead()


def test_a_sid_of_somebody_else_signs_the_browser_out(browser, ana, ben, expect_dead):
    his = Browser().sign_in(ben).hub_session.sid
    browser.sign_in(ana)
    StoredBrowserSession.objects.exclude(pk=browser.visit().session.create_model_instance({}).pk).delete()
    browser.visit(lambda request: request.session.update({SID_KEY: his}))
    expect_dead()


def test_a_signed_in_browser_without_a_sid_is_signed_out(browser, ana, expect_dead):
    browser.visit(lambda request: log_in(request, ana))
    expect_dead()


def test_a_sid_without_an_account_is_signed_out(browser, ana, expect_dead):
    browser.sign_in(ana)
    browser.visit(lambda request: request.session.pop(SESSION_KEY))
    expect_dead()


def test_a_browser_session_older_than_the_password_is_signed_out(browser, ana, expect_dead):
    browser.sign_in(ana)
    ana.set_password("a new and longer password")
    ana.save()
    expect_dead()


def test_the_cookies_secret_rotates_at_sign_in_and_at_every_new_proof_while_the_sid_stays(browser, ana):
    browser.visit(lambda request: request.session.update({"form": "half"}))
    secrets = [browser.cookie]
    sids = [browser.sign_in(ana).hub_session.sid]
    secrets.append(browser.cookie)
    raised = browser.prove(ana, "totp")
    sids.append(raised.hub_session.sid)
    secrets.append(browser.cookie)
    assert raised.caller.acr == raised.hub_session.level.acr == TWO
    assert len(set(secrets)) == 3
    assert len(set(sids)) == 1
    assert browser.visit().caller.acr == TWO


def test_the_cookie_from_before_the_rotation_is_worth_nothing(browser, ana):
    browser.sign_in(ana)
    thief = Browser()
    thief.cookies.load({settings.SESSION_COOKIE_NAME: browser.cookie})
    browser.prove(ana, "totp")
    assert thief.visit().caller == ANONYMOUS
    assert browser.visit().caller.subject == ana.sub


def test_signing_in_again_as_the_same_person_goes_on_with_the_session(browser, ana, told):
    first = browser.sign_in(ana)
    cookie = browser.cookie
    second = browser.sign_in(ana, "password", "totp")
    assert second.hub_session.sid == first.hub_session.sid
    assert second.hub_session.level.acr == TWO
    assert browser.cookie != cookie
    assert [line[0] for line in told(ana.sub)] == ["session.started", "session.elevated"]


def test_signing_in_as_somebody_else_parks_the_first_persons_session(browser, ana, ben, told):
    first = browser.sign_in(ana).hub_session.sid
    second = browser.sign_in(ben)
    assert second.hub_session.sid != first
    assert queries.find_live_session(sid=first, now=clock.now()) is not None
    assert told(ana.sub, "session.revoked") == []
    assert browser.visit().caller.subject == ben.sub
    assert second.caller.roles == frozenset()


def test_a_session_that_ended_while_its_person_typed_is_followed_by_a_new_one(browser, ana, call):
    first = browser.sign_in(ana).hub_session.sid

    def end_then_sign_in(request):
        services.revoke_session(sid=first, reason="ended", call=call)
        note_records(request, ana, "password")
        bind_sign_in(request, ana)

    assert browser.visit(end_then_sign_in).hub_session.sid != first
    assert browser.visit().caller.subject == ana.sub


def test_a_reauthentication_without_a_live_session_is_refused(browser, ana, call):
    with pytest.raises(SessionEnded):
        browser.visit(bind_reauthentication)
    sid = browser.sign_in(ana).hub_session.sid

    def end_then_prove(request):
        services.revoke_session(sid=sid, reason="ended", call=call)
        note_records(request, ana, "totp")
        bind_reauthentication(request)

    with pytest.raises(SessionEnded):
        browser.visit(end_then_prove)


def test_signing_out_revokes_the_session(browser, ana, told):
    sid = browser.sign_in(ana).hub_session.sid

    def sign_out(request):
        assert end_browser_session(request) is True
        assert (request.caller, request.hub_session) == (ANONYMOUS, None)
        assert end_browser_session(request) is False
        request.session.flush()

    browser.visit(sign_out)
    assert told(ana.sub, "session.revoked") == [("session.revoked", sid, {"reason": "signed_out"})]
    assert Event.objects.get(type="session.revoked").actor == f"account:{ana.sub}"
    assert browser.visit().caller == ANONYMOUS


def test_at_sign_up_the_mailed_code_is_what_was_proved(browser, ana):
    def verify_and_enter(request):
        note_sign_up_code(request, ana)
        log_in(request, ana)
        bind_sign_in(request, ana)

    state = browser.visit(verify_and_enter).hub_session
    assert (state.level.acr, state.level.amr) == (ONE, ("otp",))


def test_verifying_an_address_adds_no_factor_to_a_sign_in_that_was_recorded(browser, ana):
    def verify_and_enter(request):
        note_sign_up_code(request, ana)
        log_in(request, ana)
        note_records(request, ana, "password")
        bind_sign_in(request, ana)

    assert browser.visit(verify_and_enter).hub_session.level.amr == ("pwd",)
    assert browser.visit(lambda request: note_sign_up_code(request, ana)).hub_session.level.amr == ("pwd",)


def test_somebody_elses_records_prove_nothing(browser, ana, ben):
    def enter(request):
        log_in(request, ana)
        note_records(request, ben, "password", "totp")
        bind_sign_in(request, ana)

    assert browser.visit(enter).hub_session.level.acr == "0"


def test_the_device_comes_back_with_its_cookie(browser, ana, ben):
    browser.sign_in(ana)
    cookie = browser.answer.cookies[settings.DEVICE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie["max-age"] == 400 * 24 * 3600
    browser.sign_in(ben)
    assert settings.DEVICE_COOKIE_NAME not in browser.answer.cookies
    Browser().sign_in(ana)
    assert Device.objects.count() == 2
    assert cookie.value not in str(list(Device.objects.values()))


def test_a_session_is_seen_at_most_once_a_minute(browser, ana, django_assert_num_queries):
    start = clock.now()
    with time_machine.travel(start, tick=False):
        sid = browser.sign_in(ana).hub_session.sid
    with time_machine.travel(start + timedelta(seconds=59), tick=False):
        browser.visit()
    assert Session.objects.get(sid=sid).last_seen_at == start
    with time_machine.travel(start + timedelta(seconds=61), tick=False):
        browser.visit()
    assert Session.objects.get(sid=sid).last_seen_at == start + timedelta(seconds=61)


def test_two_factors_do_not_come_back_with_the_person_after_lunch(browser, ana):
    start = clock.now()
    with time_machine.travel(start, tick=False):
        browser.sign_in(ana, "password", "totp")
    for minutes in (90, 91):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert browser.visit().caller.acr == ONE
