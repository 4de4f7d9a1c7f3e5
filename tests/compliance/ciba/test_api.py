"""The customer's app answers where the portal's page would: /api/approvals/."""

import pytest

from oauth.models import BackchannelRequest
from tests.actors import make_client, make_customer, sign_in
from tests.asking import ask_by_ciba, make_asking_client, send_ciba

pytestmark = pytest.mark.django_db


@pytest.fixture
def mobile(call):
    return make_client(call, name="Mobile")


@pytest.fixture
def chat(call, mobile):
    return make_asking_client(call, name="Chat", channel="chat")


@pytest.fixture
def token(mobile, ana):
    return mobile.tokens_for(sign_in(ana))["access_token"]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def listed(app, token):
    return app.http.get("/api/approvals/", headers=bearer(token))


def answer(app, token, ref, **body):
    return app.http.post(f"/api/approvals/{ref}/", body, content_type="application/json", headers=bearer(token))


def test_it_lists_what_waits_and_takes_the_answer(mobile, chat, ana, token):
    asked = ask_by_ciba(chat, ana.email)
    (waiting,) = listed(mobile, token).json()
    assert waiting["client"] == "Chat"
    assert waiting["binding_message"] == "Order 4711"
    assert (waiting["channel"], waiting["step_up"]) == ("chat", False)
    assert answer(mobile, token, waiting["id"], decision="approve", number=asked.told["number"]).status_code == 204
    assert listed(mobile, token).json() == []
    assert asked.poll().status_code == 200


@pytest.mark.parametrize("decision", ["deny", "not_me"])
def test_a_no_needs_no_number(mobile, chat, ana, token, decision):
    asked = ask_by_ciba(chat, ana.email)
    (waiting,) = listed(mobile, token).json()
    assert answer(mobile, token, waiting["id"], decision=decision).status_code == 204
    assert asked.error == "access_denied"
    assert send_ciba(chat, login_hint=ana.email).status_code == (403 if decision == "not_me" else 200)


def test_the_third_wrong_number_is_a_no(mobile, chat, ana, token):
    asked = ask_by_ciba(chat, ana.email)
    ref = BackchannelRequest.objects.get().ref
    wrong = "11" if asked.told["number"] != "11" else "12"
    said = [answer(mobile, token, ref, decision="approve", number=wrong) for _ in range(3)]
    assert [(each.status_code, each.json()["code"], each.json()["over"]) for each in said] == [
        (422, "wrong_number", False),
        (422, "wrong_number", False),
        (422, "wrong_number", True),
    ]
    assert asked.error == "access_denied"
    assert answer(mobile, token, ref, decision="approve", number=asked.told["number"]).status_code == 404


def test_a_higher_level_is_a_challenge(call, mobile, chat, ana, token, monkeypatch):
    monkeypatch.setattr("oauth.queries.approvals.get_best_acr", lambda account: "urn:throughline:2fa")
    asked = ask_by_ciba(chat, ana.email, acr_values="urn:throughline:2fa")
    (waiting,) = listed(mobile, token).json()
    assert (waiting["step_up"], waiting["acr_values"]) == (True, "urn:throughline:2fa")
    refused = answer(mobile, token, waiting["id"], decision="approve", number=asked.told["number"])
    assert refused.status_code == 401
    assert 'error="insufficient_user_authentication"' in refused["WWW-Authenticate"]
    assert 'acr_values="urn:throughline:2fa"' in refused["WWW-Authenticate"]
    assert asked.error == "authorization_pending"


def test_another_customers_request_is_not_there(call, mobile, chat, ana):
    ask_by_ciba(chat, ana.email)
    ref = BackchannelRequest.objects.get().ref
    bens = mobile.tokens_for(sign_in(make_customer(call, "ben")))["access_token"]
    assert listed(mobile, bens).json() == []
    refused = answer(mobile, bens, ref, decision="deny")
    assert (refused.status_code, refused.json()["code"]) == (404, "approval_gone")


def test_an_app_of_others_neither_sees_nor_answers(call, chat, ana):
    from oauth.models import Client

    other = make_client(call, name="Others")
    token = other.tokens_for(sign_in(ana))["access_token"]
    Client.objects.filter(pk=other.client.pk).update(skip_authorization=False)
    from oauth.queries import forget_clients

    forget_clients()
    ask_by_ciba(chat, ana.email)
    ref = BackchannelRequest.objects.get().ref
    for refused in (listed(other, token), answer(other, token, ref, decision="deny")):
        assert (refused.status_code, refused.json()["code"]) == (403, "cannot_approve_here")


def test_whoever_asks_cannot_answer(call, mobile, ana):
    both = make_asking_client(
        call,
        name="Both",
        channel="web",
        grant_types=("authorization_code", "urn:openid:params:grant-type:ciba"),
        redirect_uris=("https://both.example/cb",),
    )
    token = both.tokens_for(sign_in(ana))["access_token"]
    asked = ask_by_ciba(both, ana.email)
    (waiting,) = listed(both, token).json()
    assert answer(both, token, waiting["id"], decision="approve", number=asked.told["number"]).status_code == 403
    assert asked.error == "authorization_pending"


def test_tokens_that_a_client_got_by_asking_cannot_answer(mobile, chat, ana, token):
    asked = ask_by_ciba(chat, ana.email)
    (waiting,) = listed(mobile, token).json()
    answer(mobile, token, waiting["id"], decision="approve", number=asked.told["number"])
    agents = asked.poll().json()["access_token"]
    assert listed(chat, agents).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}])
def test_nobody_else_gets_in(mobile, headers):
    assert mobile.http.get("/api/approvals/", headers=headers).status_code == 401


def test_a_clients_own_token_has_no_requests(call, mobile):
    service = make_client(call, name="Service", grant_types=("client_credentials",), redirect_uris=())
    token = service.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    assert listed(service, token).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"decision": "maybe"}, {"decision": "approve", "number": "x" * 65}, {"decision": ["approve"]}),
        {"decision": "approve", "number": "\x00"},
    ],
)
def test_a_malformed_answer_is_a_400_or_a_wrong_number(mobile, chat, ana, token, body):
    ask_by_ciba(chat, ana.email)
    ref = BackchannelRequest.objects.get().ref
    assert answer(mobile, token, ref, **body).status_code in (400, 422)
