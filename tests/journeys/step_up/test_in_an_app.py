"""A customer raises her session in the house's app, without a browser; the JSON twin of the step-up pages."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.services import suspend_account
from assurance.models import StepUp, SubjectProfile
from assurance.services import decide
from assurance.types import Question
from audit.models import Event
from kit import clock
from sessions_hub.services import revoke_session
from tests.actors import PASSWORD, make_client
from tests.journeys.people import totp
from tests.journeys.sign_in.conftest import letters_to, mailed_code
from tests.journeys.sign_in.software_key import SoftwareKey
from tests.journeys.step_up.conftest import SECRET, TWO, Phone

pytestmark = pytest.mark.django_db
PASSKEY_PAGE = "/accounts/2fa/webauthn/add/"


# --- By each method ----------------------------------------------------------------------------------------------


def test_the_app_code_raises_the_session_and_the_next_token_says_so(phone, app_code):
    assert phone.claims["acr"] == "urn:throughline:1fa"
    begun = phone.begin(acr_values=TWO, max_age=600)
    assert (begun["status"], begun["methods"]) == ("waiting", ["totp"])

    done = phone.prove(begun, "totp", app_code())
    assert done.status_code == 200, done.content
    assert (done.json()["status"], done.json()["acr"]) == ("done", TWO)

    phone.refresh()
    assert phone.claims["acr"] == TWO
    assert {"otp", "pwd"} <= set(phone.claims["amr"])


def test_the_browser_of_the_same_session_has_risen_with_it(phone, app_code):
    sid = phone.claims["sid"]
    phone.prove(phone.begin(acr_values=TWO), "totp", app_code())
    assert phone.app.tokens_for(phone.browser, acr_values=TWO)
    assert phone.claims["sid"] == sid


def test_the_elevation_decays_and_a_refresh_does_not_keep_it_alive(phone, app_code, time_machine):
    phone.prove(phone.begin(acr_values=TWO), "totp", app_code())
    phone.refresh()
    proved_at = phone.claims["auth_time"]
    for minutes in (4, 8, 12):
        time_machine.move_to(clock.now() + timedelta(minutes=4))
        phone.refresh()
        assert phone.claims["auth_time"] == proved_at, minutes
    assert phone.begin(acr_values=TWO, max_age=600)["status"] == "waiting"
    time_machine.move_to(clock.now() + timedelta(hours=25))
    phone.refresh()
    assert phone.claims["acr"] == "urn:throughline:1fa"


def test_what_is_proved_already_is_done_at_once(phone):
    assert phone.begin(acr_values="urn:throughline:1fa", max_age=3600)["status"] == "done"


def test_max_age_zero_always_wants_a_new_proof(phone, app_code):
    begun = phone.begin(max_age=0)
    assert begun["status"] == "waiting"
    assert "password" in begun["methods"]
    assert phone.prove(begun, "password", PASSWORD).json()["status"] == "done"


def test_a_password_alone_does_not_do_for_two_factors(phone):
    assert phone.prove(phone.begin(acr_values=TWO), "password", PASSWORD).status_code == 403


def test_who_has_nothing_but_a_mailbox_beside_her_password_gets_a_code_there(ben, phone_of):
    phone = phone_of(ben)
    begun = phone.begin(max_age=0)
    assert begun["methods"] == ["password", "email_code"]
    assert phone.send(f"{begun['id']}/code/").status_code == 202
    assert phone.prove(begun, "email_code", mailed_code(ben.email).lower()).json()["status"] == "done"


def test_a_level_out_of_reach_is_said_at_once(ben, phone_of):
    refused = phone_of(ben).send("", {"acr_values": TWO})
    assert (refused.status_code, refused.json()["code"]) == (403, "unmet_authentication_requirements")


def test_a_passkey_is_asked_and_answers_once(ben, phone_of):
    phone = phone_of(ben)
    key, browser = SoftwareKey(), phone.browser
    begun = phone.begin(max_age=0)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    options = browser.get(PASSKEY_PAGE).context["js_data"]["creation_options"]
    browser.post(PASSKEY_PAGE, {"name": "A key", "passwordless": "on", "credential": key.register(options)})

    begun = phone.begin(acr_values="phr")
    assert begun["methods"] == ["passkey"]
    asked = phone.send(f"{begun['id']}/passkey/").json()
    answer = {"method": "passkey", "credential": json.loads(key.sign(asked))}
    stale = {"method": "passkey", "credential": json.loads(key.sign(phone.send(f"{begun['id']}/passkey/").json()))}
    assert phone.send(f"{begun['id']}/proof/", answer).status_code == 403, "a challenge in whose place another stands"
    assert phone.send(f"{begun['id']}/proof/", stale).status_code == 403, "any answer spends the challenge"

    fresh = {"method": "passkey", "credential": json.loads(key.sign(phone.send(f"{begun['id']}/passkey/").json()))}
    done = phone.send(f"{begun['id']}/proof/", fresh).json()
    assert (done["status"], done["acr"]) == ("done", "phr")


@pytest.mark.parametrize(
    "change", [{"origin": "https://evil.example"}, {"crossOrigin": True}, {"type": "webauthn.create"}]
)
def test_a_passkeys_answer_from_elsewhere_is_wrong(ben, phone_of, change):
    phone = phone_of(ben)
    key, browser = SoftwareKey(), phone.browser
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    options = browser.get(PASSKEY_PAGE).context["js_data"]["creation_options"]
    browser.post(PASSKEY_PAGE, {"name": "A key", "passwordless": "on", "credential": key.register(options)})
    begun = phone.begin(acr_values="phr")
    asked = phone.send(f"{begun['id']}/passkey/").json()
    answer = {"method": "passkey", "credential": json.loads(key.sign(asked, **change))}
    assert phone.send(f"{begun['id']}/proof/", answer).json()["code"] == "proof_wrong"


# --- From a decision ----------------------------------------------------------------------------------------------


def question(phone: Phone) -> Question:
    return Question(subject=phone.account.sub, action="contact.update", sid=phone.claims["sid"], channel="mobile")


def now(call: Any) -> Any:
    return replace(call, now=clock.now())


def test_a_decision_asks_the_proof_is_given_and_the_decision_permits(phone, app_code, call):
    asked = decide(question=question(phone), call=now(call))
    assert asked.judgement.outcome == "step_up"
    begun = phone.begin(decision_id=asked.id)
    assert (begun["acr_values"], begun["decision_id"]) == (TWO, asked.id)
    assert 60 <= begun["max_age"] <= 600
    assert phone.prove(begun, "totp", app_code()).json()["status"] == "done"
    assert decide(question=question(phone), call=now(call)).judgement.outcome == "permit"


def test_a_decision_about_another_session_is_unknown_and_one_that_permits_asks_nothing(phone, phone_of, ben, call):
    other = decide(question=question(phone_of(ben)), call=now(call))
    assert phone.send("", {"decision_id": other.id}).status_code == 404
    assert phone.send("", {"decision_id": "no-such-decision"}).status_code == 404
    second = decide(question=question(phone_of(phone.account, phone.account.second_browser)), call=now(call))
    assert phone.send("", {"decision_id": second.id}).status_code == 404, "her own, in another session"


# --- Attacks ------------------------------------------------------------------------------------------------------


def test_every_wrong_answer_reads_the_same_and_the_fifth_is_the_last(phone, app_code):
    begun = phone.begin(acr_values=TWO)
    answers = [
        phone.prove(begun, method, value)
        for method, value in (
            ("totp", "000000"),
            ("email_code", "ABCD-1234"),
            ("password", PASSWORD),
            ("recovery_code", "x"),
            ("totp", "\u202e123"),
        )
    ]
    assert {(each.status_code, each.json()["detail"]) for each in answers} == {
        (403, "That didn't work. Check it, then try again.")
    }
    assert [each.json()["over"] for each in answers] == [False, False, False, False, True]
    assert phone.prove(begun, "totp", app_code()).json()["code"] == "step_up_over"
    assert phone.send(f"{begun['id']}/", method="GET").json()["status"] == "failed"
    assert Event.objects.filter(type="step_up.refused", subject=phone.account.sub).count() == 5
    assert len(SubjectProfile.objects.get(subject=phone.account.sub).failures) == 5


def test_the_budget_is_the_one_that_the_pages_count_by(phone, settings):
    factor = settings.RATE_LIMIT_FACTOR
    rates = {name: rate.split("/", 1) for name, rate in settings.PROOF_RATE_LIMITS.items()}
    settings.PROOF_RATE_LIMITS = {name: f"{int(count) // factor}/{rest}" for name, (count, rest) in rates.items()}
    for _ in range(2):
        begun = phone.begin(acr_values=TWO)
        for _ in range(5):
            phone.prove(begun, "totp", "000000")
    refused = phone.prove(phone.begin(acr_values=TWO), "totp", totp(SECRET))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
    assert refused["Retry-After"]
    page = phone.browser.post("/accounts/2fa/reauthenticate/", {"code": totp(SECRET)})
    assert "Too many tries" in page.content.decode()


def test_a_code_works_once_and_for_the_step_up_it_was_mailed_for(ben, phone_of):
    phone = phone_of(ben)
    first, second = phone.begin(max_age=0), phone.begin(max_age=0)
    phone.send(f"{first['id']}/code/")
    code = mailed_code(ben.email)
    assert phone.prove(second, "email_code", code).status_code == 403
    assert phone.prove(first, "email_code", code).status_code == 200
    assert phone.prove(first, "email_code", code).json()["code"] == "step_up_over"


def test_a_new_code_takes_the_place_of_the_old_one_and_three_are_enough(ben, phone_of):
    phone = phone_of(ben)
    begun = phone.begin(max_age=0)
    phone.send(f"{begun['id']}/code/")
    old = mailed_code(ben.email)
    assert [phone.send(f"{begun['id']}/code/").status_code for _ in range(3)] == [202, 202, 429]
    assert len(letters_to(ben.email)) == 3
    assert phone.prove(begun, "email_code", old).status_code == 403


def test_an_app_code_is_good_for_one_of_two_step_ups(phone, app_code):
    first, second, code = phone.begin(max_age=0, acr_values=TWO), phone.begin(max_age=0, acr_values=TWO), app_code()
    assert phone.prove(first, "totp", code).status_code == 200
    assert phone.prove(second, "totp", code).status_code == 403


def test_it_is_over_after_ten_minutes(phone, app_code, time_machine):
    begun = phone.begin(acr_values=TWO)
    time_machine.move_to(clock.now() + timedelta(minutes=10, seconds=1))
    phone.refresh()
    assert phone.prove(begun, "totp", app_code()).json()["code"] == "step_up_over"
    assert phone.send(f"{begun['id']}/", method="GET").json()["status"] == "expired"


def test_anothers_step_up_is_unknown(phone, ben, phone_of, call):
    begun = phone.begin(acr_values=TWO)
    other_app = make_client(call, name="Other", channel="mobile")
    same_session = Phone(phone.account, other_app, phone.browser, other_app.tokens_for(phone.browser))
    for stranger in (phone_of(ben), phone_of(phone.account, phone.account.second_browser), same_session):
        for path, body in (
            ("", None),
            ("code/", None),
            ("passkey/", None),
            ("proof/", {"method": "totp", "value": "1"}),
        ):
            answer = stranger.send(f"{begun['id']}/{path}", body, method="POST" if path else "GET")
            assert answer.status_code == 404, (path, answer.content)
    assert StepUp.objects.get(public_id=begun["id"]).wrong_answers == 0


def test_a_strangers_app_takes_no_proofs(phone, call):
    partner = make_client(call, name="Partner", channel="mobile", first_party=False)
    page = phone.browser.get("/oauth/authorize", partner.authorize_parameters("v" * 43))
    allowed = phone.browser.post(page.context["action_url"], {"allow": "yes"})
    code = allowed["Location"].split("code=")[1].split("&")[0]
    tokens = partner.redeem(code, "v" * 43).json()
    refused = Phone(phone.account, partner, phone.browser, tokens).send("", {"acr_values": TWO})
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_elsewhere")


def test_a_client_without_a_customer_and_nobody_at_all_are_refused(call, mobile):
    backend = make_client(
        call,
        name="Backend",
        channel="mobile",
        redirect_uris=(),
        grant_types=("client_credentials",),
        scopes=("handoff",),
        default_scopes=("handoff",),
    )
    token = backend.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client(headers=bearer).post("/api/step-up/", "{}", content_type="application/json").status_code == 403
    assert Client().post("/api/step-up/", "{}", content_type="application/json").status_code == 401


def test_an_ended_session_and_a_stopped_account_are_over(phone, phone_of, ben, call):
    begun, bens = phone.begin(acr_values=TWO), phone_of(ben)
    started = bens.begin(max_age=0)
    revoke_session(sid=phone.claims["sid"], reason="test", call=call)
    assert phone.prove(begun, "totp", totp(SECRET)).status_code == 401
    suspend_account(sub=ben.sub, reason="test", call=call)
    assert bens.prove(started, "password", PASSWORD).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"acr_values": ""},
        {"acr_values": "a\x00b"},
        {"acr_values": "x" * 10_000},
        {"acr_values": [TWO]},
        {"max_age": -1},
        {"max_age": "soon"},
        {"max_age": 10**12},
        {"decision_id": "x" * 10_000},
        {"decision_id": "a\x00"},
        {"decision_id": "abc", "max_age": 0},
    ],
)
def test_junk_begins_nothing(phone, body):
    assert phone.send("", body).status_code == 400
    assert not StepUp.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"method": "totp"},
        {"method": "totp", "value": "1\x002"},
        {"method": "totp", "value": "1" * 10_000},
        {"method": "totp", "value": {"a": 1}},
        {"method": "federated", "value": "x"},
        {"method": "passkey", "value": "x"},
        {"method": "passkey", "credential": "x"},
        {"method": "password", "value": "x", "credential": {}},
    ],
)
def test_a_junk_proof_is_refused_and_not_counted(phone, body):
    begun = phone.begin(acr_values=TWO)
    assert phone.send(f"{begun['id']}/proof/", body).status_code == 400
    assert StepUp.objects.get().wrong_answers == 0


@pytest.mark.parametrize("id", ["stp_unknown", "a\x00b", "%00", "x" * 10_000, "\u202eabc"])
def test_an_id_that_nobody_made_is_unknown(phone, id):
    assert phone.send(f"{id}/", method="GET").status_code in (400, 404)
