"""Several people in one browser: each keeps her own session, and nobody's becomes another's."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as StoredBrowserSession

from accounts.services import suspend_account
from audit.models import Event
from kit import clock
from sessions_hub.models import Session
from sessions_hub.queries import find_live_session
from sessions_hub.services import revoke_session
from tests.actors import PASSWORD, make_customer, sign_in
from tests.journeys.household.conftest import SECRET
from tests.journeys.people import totp

pytestmark = pytest.mark.django_db


def lives(sid):
    return find_live_session(sid=sid, now=clock.now()) is not None


def test_the_second_person_signs_in_and_the_first_stays_signed_in(sofa, ana, ben):
    sofa.sign_in(ana).sign_in(ben)
    assert sofa.names_here() == ["Ben", "Ana"]
    assert sofa.greeting() == "Hello, Ben"


def test_switching_back_goes_on_with_the_very_session(sofa, ana, ben):
    sofa.sign_in(ana)
    sid = sofa.sid_of(ana)
    sofa.sign_in(ben)
    assert sofa.switch_to(ana).status_code == 302
    assert sofa.greeting() == "Hello, Ana"
    assert sofa.sid_of(ana) == sid


def test_the_cookie_is_another_one_after_every_change_and_the_old_ones_are_worth_nothing(sofa, ana, ben, other_browser):
    seen = []
    for act in (
        lambda: sofa.sign_in(ana),
        lambda: sofa.post("/switch/another/"),
        lambda: sofa.sign_in(ben),
        lambda: sofa.switch_to(ana),
        lambda: sofa.switch_to(ben),
    ):
        act()
        seen.append(sofa.cookie)
    assert len(set(seen)) == len(seen)
    for old in seen[:-1]:
        thief = other_browser()
        thief.cookies["throughline"] = old
        thief.cookies["throughline-device"] = sofa.cookies["throughline-device"].value
        assert thief.names_here() == []


def test_a_form_that_the_one_left_open_is_not_sent_as_the_other(sofa, ana, ben, other_browser):
    strict = other_browser(enforce_csrf_checks=True)
    page = strict.get("/accounts/login/")
    token = str(page.context["csrf_token"])
    strict.post("/accounts/login/", {"login": ana.email, "password": PASSWORD, "csrfmiddlewaretoken": token})
    hers = str(strict.get("/switch/").context["csrf_token"])
    assert strict.post("/switch/another/", {"csrfmiddlewaretoken": hers}).status_code == 302
    assert strict.post("/switch/sign-out/", {"csrfmiddlewaretoken": hers}).status_code == 403


def test_what_one_was_in_the_middle_of_is_nobody_elses(sofa, ana, ben):
    sofa.sign_in(ana)
    session = sofa.session
    session["half"] = "a secret of Ana's"
    session.save()
    sofa.sign_in(ben)
    assert "half" not in sofa.session
    sofa.switch_to(ana)
    assert "half" not in sofa.session


def test_using_another_account_leaves_nobody_at_the_browser(sofa, ana):
    sofa.sign_in(ana)
    sofa.post("/switch/another/", {"next": "/security/"})
    assert sofa.get("/security/")["Location"].startswith("/accounts/login/")
    page = sofa.get("/accounts/login/?next=/security/")
    assert b"Continue as Ana" in page.content
    assert b"ana@people.example" not in page.content, "never a full address before sign-in"
    assert sofa.switch_to(ana, next="/security/")["Location"] == "/security/"
    assert sofa.get("/security/").status_code == 200


def test_signing_in_again_goes_on_with_the_parked_session(sofa, ana, ben):
    sofa.sign_in(ana)
    sid = sofa.sid_of(ana)
    sofa.sign_in(ben).sign_in(ana)
    assert sofa.sid_of(ana) == sid
    assert sofa.names_here() == ["Ana", "Ben"]


def test_signing_out_ends_ones_own_session_only(sofa, ana, ben):
    sofa.sign_in(ana)
    hers = sofa.sid_of(ana)
    sofa.sign_in(ben)
    his = sofa.sid_of(ben)
    sofa.post("/accounts/logout/")
    assert (lives(hers), lives(his)) == (True, False)
    assert sofa.names_here() == ["Ana"]
    assert b"Continue as Ana" in sofa.get("/").content
    assert sofa.get("/security/").status_code == 302, "nobody is at the browser"


def test_not_me_ends_that_persons_session_here_and_forgets_her(sofa, ana, ben):
    elsewhere = sign_in(ana)
    sofa.sign_in(ana)
    hers = sofa.sid_of(ana)
    sofa.sign_in(ben)
    path = f"/switch/forget/{sofa.handle_of(ana)}/"
    assert b"a\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@people.example" in sofa.get(path).content
    assert lives(hers), "a look ends nothing"
    sofa.post(path)
    assert not lives(hers)
    assert Session.objects.get(sid=hers).revoked_reason == "not_me"
    assert sofa.names_here() == ["Ben"]
    assert sofa.greeting() == "Hello, Ben"
    assert elsewhere.get("/security/").status_code == 200
    assert sofa.post(path).status_code == 404


def test_not_me_for_who_is_at_the_browser_leaves_the_others(sofa, ana, ben):
    sofa.sign_in(ana).sign_in(ben)
    sofa.post(f"/switch/forget/{sofa.handle_of(ben)}/")
    assert sofa.names_here() == ["Ana"]
    assert sofa.get("/security/").status_code == 302


def test_everybody_can_be_signed_out_at_once(sofa, ana, ben):
    sofa.sign_in(ana).sign_in(ben)
    sids = [sofa.sid_of(ana), sofa.sid_of(ben)]
    assert sofa.get("/switch/sign-out/").status_code == 200
    assert all(map(lives, sids)), "a look ends nothing"
    sofa.post("/switch/sign-out/")
    assert not any(map(lives, sids))
    assert sofa.names_here() == []


@pytest.mark.parametrize("handle", ["", "nonsense", "\x00", "a" * 10_000, "../", "<script>"])
def test_a_handle_that_is_nobodys_here_does_nothing(sofa, ana, ben, other_browser, handle):
    sofa.sign_in(ana).sign_in(ben)
    answered = sofa.post("/switch/to/", {"account": handle})
    assert answered.status_code in (302, 400)
    assert sofa.greeting() == "Hello, Ben"


def test_somebody_elses_handle_opens_nothing(sofa, ana, ben, other_browser):
    theirs = other_browser().sign_in(ben).handle_of(ben)
    sofa.sign_in(ana)
    sofa.post("/switch/to/", {"account": theirs})
    assert sofa.greeting() == "Hello, Ana"
    assert sofa.get(f"/switch/forget/{theirs}/").status_code == 404


# --- What happens to a parked session is seen at the next request ----------------------------------------------


def test_a_parked_session_that_was_ended_elsewhere_is_gone(sofa, ana, ben, call):
    sofa.sign_in(ana)
    hers = sofa.sid_of(ana)
    handle = sofa.handle_of(ana)
    sofa.sign_in(ben)
    revoke_session(sid=hers, reason="ended_by_customer", call=call)
    assert sofa.names_here() == ["Ben"]
    sofa.post("/switch/to/", {"account": handle})
    assert sofa.greeting() == "Hello, Ben"


def test_a_suspended_account_is_gone_from_the_list(sofa, ana, ben, call):
    sofa.sign_in(ana).sign_in(ben)
    suspend_account(sub=ana.sub, reason="fraud", call=call)
    assert sofa.names_here() == ["Ben"]


def test_a_password_changed_elsewhere_ends_the_parked_session(sofa, ana, ben):
    sofa.sign_in(ana).sign_in(ben)
    elsewhere = sign_in(ana)
    elsewhere.post("/accounts/reauthenticate/", {"password": PASSWORD})
    fields = {"password1": "a wholly different sentence", "password2": "a wholly different sentence"}
    assert elsewhere.post("/accounts/password/change/", fields).status_code == 302
    assert sofa.names_here() == ["Ben"]


def test_a_password_changed_behind_our_back_takes_the_parked_session_off_the_list(sofa, ana, ben):
    sofa.sign_in(ana).sign_in(ben)
    ana.set_password("a wholly different sentence")
    ana.save()
    assert sofa.names_here() == ["Ben"]


def test_the_session_of_who_is_at_the_browser_ends_and_the_others_stay(sofa, ana, ben, call):
    sofa.sign_in(ana).sign_in(ben)
    revoke_session(sid=sofa.sid_of(ben), reason="ended_by_customer", call=call)
    assert sofa.get("/security/").status_code == 302
    assert sofa.names_here() == ["Ana"]


def test_a_parked_session_grows_idle_by_itself(sofa, ana, ben, time_machine):
    start = clock.now()
    time_machine.move_to(start, tick=False)
    sofa.sign_in(ana)
    hers = sofa.sid_of(ana)
    Session.objects.filter(sid=hers).update(idle_seconds=1800)
    sofa.sign_in(ben)
    for minutes, here in ((10, ["Ben", "Ana"]), (20, ["Ben", "Ana"]), (31, ["Ben"])):
        time_machine.move_to(start + timedelta(minutes=minutes), tick=False)
        assert sofa.names_here() == here, "being parked is being away"


def test_a_parked_session_keeps_its_own_level_and_time(sofa, cleo, ben, shop, time_machine):
    sofa.post("/accounts/login/", {"login": cleo.email, "password": PASSWORD})
    sofa.post("/accounts/2fa/authenticate/", {"code": totp(SECRET)})
    before = sofa.get("/switch/").context["accounts"][0].state.level
    assert before.acr == "urn:throughline:2fa"
    time_machine.move_to(clock.now() + timedelta(minutes=5), tick=False)
    sofa.sign_in(ben)
    assert sofa.get("/switch/").context["accounts"][0].state.level.acr == "urn:throughline:1fa"
    sofa.switch_to(cleo)
    assert sofa.get("/switch/").context["accounts"][0].state.level == before


# --- Nobody smuggles an account in ------------------------------------------------------------------------------


def test_a_browser_session_that_somebody_planted_brings_no_accounts_along(sofa, ana, ben, other_browser):
    attacker = other_browser().sign_in(ben)
    attacker.post("/switch/another/")
    sofa.cookies["throughline"] = attacker.cookie
    sofa.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    assert sofa.names_here() == ["Ana"]
    assert "Ana" not in attacker.names_here(), "the planted cookie is worth nothing afterwards"


def test_a_stolen_cookie_without_its_device_shows_no_parked_account(sofa, ana, ben, other_browser):
    sofa.sign_in(ana).sign_in(ben)
    sofa.post("/switch/another/")
    thief = other_browser()
    thief.cookies["throughline"] = sofa.cookie
    assert thief.names_here() == []


def test_sids_written_into_a_browser_session_by_hand_open_nothing(sofa, ana, ben, other_browser):
    theirs = other_browser().sign_in(ben)
    sofa.sign_in(ana)
    session = sofa.session
    session["parked"] = {theirs.sid_of(ben): ben.get_session_auth_hash()}
    session.save()
    assert sofa.names_here() == ["Ana"]


@pytest.mark.parametrize("rubbish", ["ses_1", ["ses_1"], {"ses_1": None}, 7])
def test_a_list_that_is_none_is_an_empty_one(sofa, ana, rubbish):
    sofa.sign_in(ana)
    session = sofa.session
    session["parked"] = rubbish
    session.save()
    assert sofa.names_here() == ["Ana"]


def test_the_eighth_other_account_is_signed_out(sofa, ana, call):
    sofa.sign_in(ana)
    hers = sofa.sid_of(ana)
    for number in range(8):
        sofa.sign_in(make_customer(call, f"guest{number}"))
    assert len(sofa.names_here()) == 8
    assert not lives(hers)


def test_the_browser_session_holds_no_sid_in_clear(sofa, ana, ben):
    sofa.sign_in(ana)
    hers = sofa.sid_of(ana)
    sofa.sign_in(ben)
    assert hers not in str(list(StoredBrowserSession.objects.values()))
    assert hers not in sofa.get("/switch/").content.decode()


# --- A's history never turns into B's -----------------------------------------------------------------------------


def promoted_to(account):
    lines = Event.objects.filter(subject=account.sub, type="session.promoted").order_by("id")
    return [line.payload["from"] for line in lines]


def open_anonymous():
    return list(
        Session.objects.filter(subject_type="device", revoked_at=None, promoted_to="").values_list("sid", flat=True)
    )


def ask_stranger(browser, shop):
    """An app sends somebody who is not signed in: her device gets a session of its own."""
    return browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43))


def test_what_was_done_before_signing_in_becomes_the_first_persons_and_nobody_elses(sofa, shop, ana, ben):
    ask_stranger(sofa, shop)
    (before,) = open_anonymous()
    sofa.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    sofa.post("/accounts/logout/")
    sofa.sign_in(ben)
    assert (promoted_to(ana), promoted_to(ben)) == ([before], [])


def test_what_happens_while_she_is_signed_in_stays_hers_after_she_signs_out(sofa, shop, ana, ben):
    sofa.sign_in(ana)
    shop.tokens_for(sofa)
    sofa.post("/accounts/logout/")
    sofa.sign_in(ben)
    assert promoted_to(ben) == []
    assert sofa.names_here() == ["Ben"]


def test_what_was_begun_between_two_people_goes_to_who_signs_in_for_it(sofa, shop, ana, ben):
    sofa.sign_in(ana)
    sofa.post("/accounts/logout/")
    ask_stranger(sofa, shop)
    (between,) = open_anonymous()
    sofa.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    assert (promoted_to(ana), promoted_to(ben)) == ([], [between])


@pytest.mark.parametrize("how", ["switch", "sign in again"])
def test_what_was_begun_while_she_stepped_aside_is_nobodys_once_she_comes_back(sofa, shop, ana, ben, how):
    sofa.sign_in(ana)
    page = sofa.get("/oauth/authorize", shop.authorize_parameters("v" * 43, prompt="select_account"))
    sofa.post(page.context["action_url"], {"account": "another"})
    assert len(open_anonymous()) == 1, "the page asked a stranger to sign in"
    if how == "switch":
        sofa.switch_to(ana)
    else:
        sofa.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    assert open_anonymous() == []
    sofa.sign_in(ben)
    assert (promoted_to(ana), promoted_to(ben)) == ([], [])
