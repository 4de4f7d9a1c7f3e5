"""RFC 8628: a device without a keyboard is let in from another one. Filed by section."""

import re

import pytest
from django.core.cache import cache
from django.test import Client as HttpClient

from accounts.services import enroll_totp, suspend_account
from audit.queries import list_events
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel, publish_policy
from notifications.queries import list_messages
from oauth import events
from oauth.models import DeviceGrant
from oauth.services import clear_expired, disable_client
from sessions_hub.queries import find_live_session, list_live_sessions
from sessions_hub.types import Via
from tests.actors import claims_of, make_client, make_customer, sign_in
from tests.asking import after, answer_device, ask_by_device, make_asking_client, open_ways_in
from tests.journeys.people import totp

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def kiosk(call):
    make_client(call)  # the channel that browsers sign in on
    return make_asking_client(call)


@pytest.fixture
def browser(kiosk, ana):
    return sign_in(ana)


@pytest.fixture
def strict(settings):
    """The limits of production, from a clean slate."""
    settings.RATE_LIMIT_FACTOR = 1
    cache.clear()


def words(page):
    return " ".join(re.sub("<[^>]+>", " ", page.content.decode().partition("<main")[2]).split())


# --- 3.1, 3.2: the request and its answer ---------------------------------------------------------------------------


def test_a_device_is_told_what_to_show_and_how_to_poll(kiosk):
    asked = ask_by_device(kiosk)
    told = asked.told
    assert set(told) == {
        *("device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"),
    }
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", told["user_code"])
    assert told["verification_uri"] == "http://localhost:8000/oauth/device"
    assert told["verification_uri_complete"] == f"{told['verification_uri']}?user_code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (600, 5)


def test_nothing_of_it_is_stored_in_the_clear(kiosk):
    told = ask_by_device(kiosk).told
    row = DeviceGrant.objects.values().get()
    stored = " ".join(map(str, row.values()))
    assert told["device_code"] not in stored
    assert told["user_code"] not in stored
    assert told["user_code"].replace("-", "") not in stored


def test_a_public_client_asks_by_its_name(call):
    app = make_asking_client(call, client_type="public", application_type="native")
    assert ask_by_device(app).error == "authorization_pending"


def test_no_client_asks_whose_registration_or_channel_does_not_say_so(call, kiosk):
    unregistered = make_client(call, name="Other", channel="in_store")
    answer = unregistered.post("/oauth/device_authorization", scope="openid")
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    closed = make_client(
        call, name="Elsewhere", channel="chat", grant_types=("urn:ietf:params:oauth:grant-type:device_code",)
    )
    answer = closed.post("/oauth/device_authorization", scope="openid")
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"scope": "openid decisions"}, "invalid_scope"),
        ({"scope": "unheard-of"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
    ],
)
def test_what_the_client_may_not_have_is_refused_before_anybody_is_asked(kiosk, fields, error):
    answer = kiosk.post("/oauth/device_authorization", **{"scope": "openid", **fields})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not DeviceGrant.objects.exists()


def test_a_flood_of_requests_of_a_public_client_is_held_back(call, strict):
    app = make_asking_client(call, client_type="public", application_type="native")
    statuses = [app.post("/oauth/device_authorization", scope="openid").status_code for _ in range(31)]
    assert set(statuses[:30]) == {200}
    assert statuses[30] == 429


# --- 3.3: the person ------------------------------------------------------------------------------------------------


def test_signing_in_comes_first_and_leads_back_with_the_code(kiosk, ana):
    asked = ask_by_device(kiosk)
    stranger = HttpClient()
    answer = stranger.get("/oauth/device", {"user_code": asked.told["user_code"]})
    assert answer.status_code == 303
    assert answer["Location"].startswith("/accounts/login/?next=%2Foauth%2Fdevice%3Fuser_code%3D")
    assert "Is this your device?" not in answer.content.decode()


def test_she_is_told_who_asks_where_and_when_before_two_equal_buttons(kiosk, browser):
    asked = ask_by_device(kiosk)
    page = browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    said = words(page)
    for told in ("Kiosk", "Store", "just now", "Place not known", asked.told["user_code"], "Know that it is you"):
        assert told in said
    buttons = re.findall(r'<button class="([^"]+)"[^>]*name="answer" value="(\w+)"', page.content.decode())
    assert [value for _, value in buttons] == ["yes", "no"]
    assert len({style for style, _ in buttons}) == 1
    assert "no-store" in page["Cache-Control"]
    assert asked.error == "authorization_pending", "looking lets nobody in"


def test_a_code_is_typed_however_she_likes(kiosk, browser):
    code = ask_by_device(kiosk).told["user_code"]
    typed = f" {code.lower().replace('-', ' ')} ".replace(" ", "+")
    page = browser.post("/oauth/device", f"user_code={typed}", content_type=FORM)
    assert "Is this your device?" in words(page)


def test_nothing_typed_and_nothing_found_are_told_apart_from_each_other_only(kiosk, browser):
    assert "Enter the code" in words(browser.post("/oauth/device", "user_code=", content_type=FORM))
    wrong = browser.post("/oauth/device", "user_code=BBBB-BBBB", content_type=FORM)
    assert wrong.status_code == 404
    assert "No device waits with that code" in words(wrong)


def test_another_customer_finds_nothing_once_she_has_opened_it(call, kiosk, browser):
    asked = ask_by_device(kiosk)
    code = asked.told["user_code"]
    assert browser.get("/oauth/device", {"user_code": code}).status_code == 200
    ben = sign_in(make_customer(call, "ben"))
    found, unknown = (ben.get("/oauth/device", {"user_code": each}) for each in (code, "BBBB-BBBB"))
    assert found.status_code == unknown.status_code == 404
    assert words(found) == words(unknown)
    assert answer_page(ben, code).status_code == 404
    assert asked.error == "authorization_pending"
    assert "Connected" in words(answer_device(browser, asked)), "and she goes on undisturbed"


def answer_page(browser, code, answer="yes"):
    return browser.post("/oauth/device", f"user_code={code}&answer={answer}", content_type=FORM)


def test_a_yes_without_the_page_before_it_counts_for_nothing(kiosk, browser):
    asked = ask_by_device(kiosk)
    answer_page(browser, asked.told["user_code"])
    assert asked.error == "authorization_pending"


def test_a_get_never_answers(kiosk, browser):
    asked = ask_by_device(kiosk)
    for _ in range(2):
        browser.get("/oauth/device", {"user_code": asked.told["user_code"], "answer": "yes"})
    assert asked.error == "authorization_pending"


def test_the_page_wants_its_own_form_token(kiosk, ana):
    asked = ask_by_device(kiosk)
    browser = HttpClient(enforce_csrf_checks=True)
    browser.cookies = sign_in(ana).cookies
    browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    assert answer_page(browser, asked.told["user_code"]).status_code == 403
    assert asked.error == "authorization_pending"


# --- 3.4, 3.5: polling ----------------------------------------------------------------------------------------------


def test_an_approved_device_gets_its_tokens_once_in_a_child_of_the_session_that_said_yes(call, kiosk, ana, browser):
    (approver,) = list_live_sessions(subject=ana.sub, now=call.now)
    asked = ask_by_device(kiosk)
    assert "Connected" in words(answer_device(browser, asked))
    answer = asked.poll()
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    claims = claims_of(body["id_token"])
    child = find_live_session(sid=claims["sid"], now=call.now)
    assert child is not None
    assert (child.root, child.via, child.channel, child.subject) == (
        approver.root,
        Via.DEVICE_CODE,
        "in_store",
        ana.sub,
    )
    assert child.level == approver.level
    assert claims["auth_time"] == int(approver.level.auth_time.timestamp())
    assert child.opened_by == kiosk.client.client_id
    assert kiosk.refresh(body["refresh_token"]).status_code == 200
    assert asked.error == "invalid_grant"


def test_polls_are_told_to_wait_and_slowed_down_by_five_seconds_each_time(kiosk, time_machine):
    asked = ask_by_device(kiosk)
    assert asked.error == "authorization_pending"
    assert asked.error == "slow_down"
    after(6, time_machine)
    assert asked.error == "slow_down", "it is ten seconds now"
    after(16, time_machine)
    assert asked.error == "authorization_pending"


def test_a_decision_is_told_at_once(kiosk, browser):
    asked = ask_by_device(kiosk)
    assert asked.error == "authorization_pending"
    answer_device(browser, asked)
    assert asked.poll().status_code == 200


def test_a_no_is_access_denied_for_good(kiosk, browser):
    asked = ask_by_device(kiosk)
    assert "Not connected" in words(answer_device(browser, asked, "no"))
    assert asked.error == "access_denied"
    assert answer_page(browser, asked.told["user_code"]).status_code == 404
    assert asked.error == "access_denied"


@pytest.mark.parametrize("answered", [False, True])
def test_ten_minutes_later_it_has_expired_on_every_side(kiosk, ana, browser, time_machine, answered):
    asked = ask_by_device(kiosk)
    if answered:
        answer_device(browser, asked)
    after(601, time_machine)
    assert asked.error == "expired_token"
    page = browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    assert page.status_code == 404


def test_a_replay_after_the_poll_interval_ends_the_session_that_came_of_it(kiosk, ana, browser, time_machine):
    asked = ask_by_device(kiosk)
    answer_device(browser, asked)
    tokens = asked.poll().json()
    assert asked.error == "invalid_grant"
    assert kiosk.introspect(tokens["access_token"])["active"], "a client that races itself loses nothing"
    after(6, time_machine)
    assert asked.error == "invalid_grant"
    assert kiosk.introspect(tokens["access_token"]) == {"active": False}
    assert kiosk.refresh(tokens["refresh_token"]).status_code == 400
    assert list_events(subject=ana.sub, types=(events.APPROVAL_REUSED,), limit=5)
    assert asked.error == "invalid_grant"
    [letter] = [each for each in list_messages() if each.to == ana.email]
    assert letter.subject == "A sign-in that you approved was used twice"
    assert kiosk.client.name in letter.body
    assert "If this wasn't you" in letter.body


# --- 5.1, 5.2: guessing ---------------------------------------------------------------------------------------------


def test_guesses_are_counted_before_they_are_judged(kiosk, browser, strict):
    asked = ask_by_device(kiosk)
    statuses = [browser.get("/oauth/device", {"user_code": f"BBBB-BBB{each}"}).status_code for each in "BCDFGHJKLM"]
    assert set(statuses) == {404}
    right = browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    assert right.status_code == 429
    assert int(right["Retry-After"]) > 0
    assert DeviceGrant.objects.get().subject == ""


def test_what_she_has_opened_already_is_no_guess(kiosk, browser):
    asked = ask_by_device(kiosk)
    for _ in range(12):
        assert browser.get("/oauth/device", {"user_code": asked.told["user_code"]}).status_code == 200


# --- Levels ---------------------------------------------------------------------------------------------------------


def test_a_level_that_the_account_cannot_reach_can_only_be_refused(kiosk, browser):
    asked = ask_by_device(kiosk, acr_values="urn:throughline:2fa")
    page = browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    assert "your account has none yet" in words(page)
    assert 'value="yes"' not in page.content.decode()
    answer_page(browser, asked.told["user_code"])
    assert asked.error == "authorization_pending"
    assert "Not connected" in words(answer_page(browser, asked.told["user_code"], "no"))


SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_a_higher_level_is_asked_for_before_the_yes_and_arrives_with_the_tokens(call, kiosk, ana, browser):
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    asked = ask_by_device(kiosk, acr_values="urn:throughline:2fa")
    page = browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    assert "one more proof" in words(page)
    led = answer_page(browser, asked.told["user_code"])
    assert led["Location"].startswith("/accounts/step-up/?next=%2Foauth%2Fdevice%3Fuser_code%3D")
    assert asked.error == "authorization_pending"
    cache.clear()  # a code is good once, and another test may have used this one
    proof = browser.get(led["Location"])["Location"]
    back = browser.post(proof, {"code": totp(SECRET)})["Location"]
    assert "Is this your device?" in words(browser.get(back))
    assert "Connected" in words(answer_page(browser, asked.told["user_code"]))
    claims = claims_of(asked.poll().json()["id_token"])
    assert claims["acr"] == "urn:throughline:2fa"


def test_the_least_level_of_the_channel_is_wanted_too(call, kiosk, browser):
    asked = ask_by_device(kiosk)
    open_ways_in(call, "in_store", minimum_acr="urn:throughline:2fa")
    page = browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    assert "your account has none yet" in words(page)


# --- What ends ------------------------------------------------------------------------------------------------------


def take_way_in_away(kiosk, ana, browser, call):
    publish_policy(channel="in_store", body={"ways_in": ["client_credentials"]}, call=call)
    forget_policies()


def close_channel(kiosk, ana, browser, call):
    disable_channel(channel="in_store", call=call)
    forget_policies()


STOPS = {
    "way in taken away": take_way_in_away,
    "channel closed": close_channel,
    "client switched off": lambda kiosk, ana, browser, call: disable_client(
        client_id=kiosk.client.client_id, call=call
    ),
}


@pytest.mark.parametrize("stop", STOPS)
def test_a_stopped_client_is_not_even_shown(call, kiosk, ana, browser, stop):
    asked = ask_by_device(kiosk)
    browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    STOPS[stop](kiosk, ana, browser, call)
    assert answer_page(browser, asked.told["user_code"]).status_code == 404
    assert DeviceGrant.objects.get().decision == ""


def test_a_suspended_account_approves_nothing(call, kiosk, ana, browser):
    asked = ask_by_device(kiosk)
    browser.get("/oauth/device", {"user_code": asked.told["user_code"]})
    suspend_account(sub=ana.sub, reason="fraud", call=call)
    assert answer_page(browser, asked.told["user_code"]).status_code == 303
    assert asked.error == "authorization_pending"


# --- What a client of others gets -------------------------------------------------------------------------------------


def test_saying_yes_allows_a_client_of_others_its_scopes_until_she_takes_that_back(call, ana):
    make_client(call)
    other = make_asking_client(call, name="Others", first_party=False)
    browser = sign_in(ana)
    asked = ask_by_device(other)
    answer_device(browser, asked)
    assert "Others" in browser.get("/apps/").content.decode()
    browser.post("/apps/withdraw/", {"client_id": other.client.client_id})
    assert asked.error == "invalid_grant"
    asked = ask_by_device(other)
    answer_device(browser, asked)
    tokens = asked.poll().json()
    browser.post("/apps/withdraw/", {"client_id": other.client.client_id})
    assert other.introspect(tokens["access_token"]) == {"active": False}


def test_old_requests_are_cleared_away(call, kiosk, time_machine):
    from dataclasses import replace
    from datetime import timedelta

    ask_by_device(kiosk)
    clear_expired(call=replace(call, now=call.now + timedelta(hours=23)))
    assert DeviceGrant.objects.count() == 1
    clear_expired(call=replace(call, now=call.now + timedelta(hours=25)))
    assert DeviceGrant.objects.count() == 0
