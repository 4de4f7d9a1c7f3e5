"""OpenID Connect Native SSO for Mobile Apps 1.0, by section."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.services import close_account, erase_account, suspend_account
from accounts.types import Method, Proof
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel
from kit import clock
from oauth.errors import ClientInvalid
from oauth.queries import forget_clients
from oauth.services import disable_client, enable_client
from oauth.types import TokenType
from sessions_hub.models import DeviceSecret, Session
from sessions_hub.services import add_proofs, revoke_session
from tests.actors import claims_of, make_client, make_customer, open_channel, sign_in
from tests.exchanges import EVERY_WAY_IN, PHONE, exchange, make_app

pytestmark = pytest.mark.django_db
ISSUER = "http://localhost:8000"


def join(app, tokens, **changes):
    fields: dict[str, Any] = {
        "subject_token": tokens["id_token"],
        "subject_token_type": TokenType.ID_TOKEN.value,
        "actor_token": tokens["device_secret"],
        "actor_token_type": TokenType.DEVICE_SECRET.value,
        "audience": ISSUER,
        "scope": "openid profile offline_access",
    }
    return exchange(app, **{**fields, **changes})


def refusal(response):
    body = response.json()
    assert set(body) == {"error", "error_description"}, body
    return response.status_code, body["error"]


INVALID = (400, "invalid_request")


# --- Section 3: the first app ----------------------------------------------------------------------------------------


def test_3_4_the_answer_to_a_code_carries_a_device_secret_bound_to_the_id_token(tokens):
    claims = claims_of(tokens["id_token"])
    half = hashlib.sha256(tokens["device_secret"].encode()).digest()[:16]
    assert claims["ds_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert claims["sid"]


def test_3_2_the_secret_is_kept_as_a_digest_only(tokens):
    assert DeviceSecret.objects.get().digest == hashlib.sha256(tokens["device_secret"].encode()).hexdigest()


@pytest.mark.parametrize("scope", ["openid profile", "device_sso"])
def test_3_1_without_the_scope_or_without_an_id_token_there_is_none(first, phone, scope):
    answer = first.tokens_for(phone, scope=scope)
    assert "device_secret" not in answer
    assert "ds_hash" not in (claims_of(answer["id_token"]) if "id_token" in answer else {})


def test_the_scope_is_only_for_clients_that_name_their_vendor(call):
    with pytest.raises(ClientInvalid, match="device_sso needs a vendor"):
        make_app(call, "Nameless", vendor="")


def test_a_refresh_keeps_the_pair_that_the_app_has(first, second, tokens):
    renewed = first.refresh(tokens["refresh_token"]).json()
    assert "device_secret" not in renewed
    assert join(second, tokens).status_code == 200


# --- Section 4: the second app ---------------------------------------------------------------------------------------


def test_4_4_the_second_app_gets_tokens_of_its_own(second, tokens, ana):
    body = join(second, tokens).json()
    assert body["issued_token_type"] == TokenType.ACCESS_TOKEN
    assert body["token_type"] == "Bearer"
    assert body["scope"] == "openid profile offline_access"
    claims = claims_of(body["id_token"])
    assert (claims["sub"], claims["aud"]) == (ana.sub, second.client.client_id)
    assert second.refresh(body["refresh_token"]).status_code == 200


def test_the_older_name_of_the_secrets_type_is_taken_too(second, tokens):
    old = "urn:x-oath:params:oauth:token-type:device-secret"
    assert join(second, tokens, actor_token_type=old).status_code == 200


def test_level_methods_and_time_are_those_of_the_first_app(second, tokens):
    before, after = claims_of(tokens["id_token"]), claims_of(join(second, tokens).json()["id_token"])
    assert {name: before[name] for name in ("acr", "amr", "auth_time")} == {
        name: after[name] for name in ("acr", "amr", "auth_time")
    }


def test_on_another_channel_it_is_a_child_on_the_same_device(second, tokens):
    after = claims_of(join(second, tokens).json()["id_token"])
    parent = Session.objects.get(sid=claims_of(tokens["id_token"])["sid"])
    child = Session.objects.get(sid=after["sid"])
    assert (child.parent_id, child.via, child.device_id) == (parent.pk, "native_sso", parent.device_id)
    assert child.channel_id == "mobile"


def test_on_the_same_channel_it_is_the_same_session_and_the_app_takes_part(call, tokens):
    neighbor = make_app(call, "Neighbor", channel="web")
    after = claims_of(join(neighbor, tokens).json()["id_token"])
    assert after["sid"] == claims_of(tokens["id_token"])["sid"]
    session = Session.objects.get(sid=after["sid"])
    assert session.participations.filter(client_id=neighbor.client.client_id).exists()


def test_an_id_token_that_has_expired_still_says_whose_session_it_was(second, tokens, time_machine):
    time_machine.move_to(clock.now() + timedelta(hours=1))
    assert join(second, tokens).status_code == 200


def test_a_third_app_goes_on_from_the_second(call, second, tokens):
    third = make_app(call, "Third")
    with_secret = join(second, tokens, scope="openid device_sso").json()
    assert claims_of(with_secret["id_token"])["ds_hash"]
    assert join(third, with_secret, scope="openid").status_code == 200


def test_4_3_scopes_are_those_that_the_second_app_may_have(call, tokens):
    modest = make_app(call, "Modest", scopes=("openid", "email"), default_scopes=("openid",))
    assert join(modest, tokens, scope="").json()["scope"] == "openid"
    assert refusal(join(modest, tokens, scope="openid profile")) == (400, "invalid_scope")


def test_no_refresh_token_where_registration_or_channel_has_none(call, second, tokens):
    without = make_app(call, "Without", grant_types=second.client.draft.grant_types[::2])
    assert "refresh_token" not in join(without, tokens).json()
    open_channel(call, "mobile", [way for way in EVERY_WAY_IN if way != "refresh_token"])
    assert "refresh_token" not in join(second, tokens).json()


def test_an_app_that_is_not_the_houses_gets_what_she_has_allowed_it(call, first, phone, tokens):
    partner = make_app(call, "Partner", first_party=False)
    assert refusal(join(partner, tokens, scope="openid")) == (400, "invalid_scope")
    asked = phone.get("/oauth/authorize", partner.authorize_parameters("v" * 43, scope="openid"))
    phone.post(asked.context["action_url"], {"allow": "yes"})
    assert join(partner, tokens, scope="openid").status_code == 200
    assert refusal(join(partner, tokens, scope="openid profile")) == (400, "invalid_scope")


# --- Section 4.3: what does not belong together --------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"actor_token": "x" * 43},
        {"actor_token": "é" * 43},
        {"actor_token": "a" * 8000},
        {"actor_token": None, "actor_token_type": None},
        {"actor_token_type": TokenType.ACCESS_TOKEN.value},
        {"actor_token_type": None},
        {"subject_token": "x"},
        {"subject_token": "é.é.é"},
        {"subject_token_type": TokenType.ACCESS_TOKEN.value},
        {"requested_token_type": TokenType.REFRESH_TOKEN.value},
    ],
    ids=str,
)
def test_what_is_malformed_or_of_another_kind_is_refused(second, tokens, changes):
    assert refusal(join(second, tokens, **changes)) == INVALID


def test_an_access_token_is_no_id_token(second, tokens):
    assert refusal(join(second, tokens, subject_token=tokens["access_token"])) == INVALID


def test_another_audience_is_no_target(second, tokens):
    assert refusal(join(second, tokens, audience="https://elsewhere.example")) == (400, "invalid_target")


def test_the_secret_of_another_session_of_hers_does_not_fit(second, first, ana, tokens):
    other = first.tokens_for(sign_in(ana, headers=PHONE), scope="openid device_sso")
    assert refusal(join(second, tokens, actor_token=other["device_secret"])) == INVALID
    assert refusal(join(second, tokens, subject_token=other["id_token"])) == INVALID


def test_somebody_elses_id_token_does_not_fit(call, second, first, tokens):
    bens = first.tokens_for(sign_in(make_customer(call, "ben"), headers=PHONE), scope="openid device_sso")
    assert refusal(join(second, tokens, subject_token=bens["id_token"])) == INVALID


def test_an_id_token_from_before_the_secret_does_not_fit(second, first, phone):
    plain = first.tokens_for(phone, scope="openid")
    later = first.tokens_for(phone, scope="openid device_sso")
    assert refusal(join(second, later, subject_token=plain["id_token"])) == INVALID


def test_a_new_secret_of_the_same_app_makes_the_old_one_worthless(second, first, phone, tokens):
    newer = first.tokens_for(phone, scope="openid device_sso")
    assert refusal(join(second, tokens)) == INVALID
    assert join(second, newer).status_code == 200


@pytest.mark.parametrize("vendor", ["other", "Shop"])
def test_an_app_of_another_vendor_gets_nothing(call, tokens, vendor):
    assert refusal(join(make_app(call, "Stranger", vendor=vendor), tokens)) == INVALID


def test_a_client_without_a_vendor_gets_nothing_though_it_is_the_houses(call, tokens):
    house = make_client(call, name="House", grant_types=make_app(call, "X").client.draft.grant_types)
    assert refusal(join(house, tokens)) == INVALID


def test_a_code_that_comes_twice_takes_the_secret_with_it(first, second, phone):
    code, verifier = first.code_from(phone, scope="openid device_sso")
    tokens = first.redeem(code, verifier).json()
    assert first.redeem(code, verifier).status_code == 400
    assert refusal(join(second, tokens, scope="openid")) == INVALID


def test_a_revoked_refresh_token_takes_the_secret_with_it(first, second, tokens):
    first.post("/oauth/revoke", token=tokens["refresh_token"])
    assert refusal(join(second, tokens)) == INVALID


# --- What ends with the session, the account, the client, the channel -----------------------------------------------

ENDS = {
    "suspended": lambda ana, sid, call: suspend_account(sub=ana.sub, reason="fraud", call=call),
    "closed": lambda ana, sid, call: close_account(sub=ana.sub, reason="asked_for", call=call),
    "erased": lambda ana, sid, call: erase_account(sub=ana.sub, reason="asked_for", call=call),
    "session ended": lambda ana, sid, call: revoke_session(sid=sid, reason="ended_by_operator", call=call),
}


@pytest.mark.parametrize("end", ENDS)
def test_nothing_comes_of_what_ended_and_what_came_before_is_dead(call, second, tokens, ana, end):
    joined = join(second, tokens).json()
    ENDS[end](ana, claims_of(tokens["id_token"])["sid"], replace(call, now=clock.now()))
    assert refusal(join(second, tokens)) == INVALID
    assert second.refresh(joined["refresh_token"]).status_code == 400
    bearer = {"Authorization": f"Bearer {joined['access_token']}"}
    assert second.http.get("/oauth/userinfo", headers=bearer).status_code == 401


def test_a_first_app_that_was_switched_off_opens_nothing_also_when_it_is_back(call, first, second, tokens):
    later = replace(call, now=clock.now())
    disable_client(client_id=first.client.client_id, call=later)
    forget_clients()
    assert refusal(join(second, tokens)) == INVALID
    enable_client(client_id=first.client.client_id, call=later)
    forget_clients()
    assert refusal(join(second, tokens)) == INVALID


def test_a_second_app_that_was_switched_off_is_unknown(call, second, tokens):
    disable_client(client_id=second.client.client_id, call=call)
    forget_clients()
    assert refusal(join(second, tokens)) == (401, "invalid_client")


def test_a_shut_channel_opens_nothing(call, second, tokens):
    disable_channel(channel="mobile", call=call)
    forget_policies()
    assert refusal(join(second, tokens)) == (400, "unauthorized_client")


def test_a_channel_that_wants_more_than_the_session_proves_is_not_entered(call, second, tokens, ana):
    open_channel(call, "mobile", EVERY_WAY_IN, minimum_acr="urn:throughline:2fa")
    assert refusal(join(second, tokens)) == INVALID
    sid = claims_of(tokens["id_token"])["sid"]
    add_proofs(sid=sid, proofs=[Proof(method=Method.TOTP, at=clock.now())], call=call)
    assert join(second, tokens).status_code == 200
