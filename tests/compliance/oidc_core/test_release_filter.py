"""Userinfo and tokens (OIDC Core 5.3, 5.4): what scopes open, cut to what the client says it needs it for."""

from dataclasses import replace

import pytest

from consent.services import put_purpose, retire_purpose
from consent.types import LegalBasis, PurposeDraft
from kit.ids import new_id
from oauth.errors import ClientInvalid
from oauth.services import change_client
from tests.actors import claims_of, make_client, sign_in
from tests.services.consent.conftest import Register, fill_catalog

pytestmark = pytest.mark.django_db
PROTOCOL = {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid", "acr", "amr", "auth_time"}
OF_ID_TOKENS = {"iss", "sub", "aud", "exp", "iat", "sid", "acr", "amr", "auth_time", "nonce", "at_hash"}
EVERYTHING = {"sub", "name", "email", "email_verified"}


def purpose(id, needs, **changes):
    return PurposeDraft(id=id, needs=needs, notice="privacy", texts={"en": {"title": id}}, **changes)


@pytest.fixture
def register(call, db):
    fill_catalog(call)
    put_purpose(draft=purpose("service", ("name", "email"), legal_basis=LegalBasis.CONTRACT), call=call)
    put_purpose(draft=purpose("personalization", ("name",)), call=call)
    return Register(call)


@pytest.fixture
def told(call, register, ana):
    """What a client with a declared purpose is told about Ana."""

    def ask(declared="", query="", **changes):
        app = make_client(call, name=new_id(), purpose=declared, **changes)
        tokens = app.tokens_for(sign_in(ana))
        answer = app.http.get(f"/oauth/userinfo{query}", headers={"Authorization": f"Bearer {tokens['access_token']}"})
        assert answer.status_code == 200
        return set(answer.json())

    return ask


def test_a_client_without_a_purpose_gets_what_its_scopes_open(told):
    assert told() == EVERYTHING


def test_what_the_scope_opens_and_the_purpose_does_not_need_stays_here(told):
    assert told("service") == {"sub", "name", "email"}


def test_without_her_consent_only_who_she_is_goes_out(told, register, ana):
    assert told("personalization") == {"sub"}
    register.choose("grant", "personalization", party=ana.sub)
    assert told("personalization") == {"sub", "name"}
    register.later().choose("withdraw", "personalization", party=ana.sub)
    assert told("personalization") == {"sub"}


def test_a_consent_for_another_channel_opens_nothing_here(told, register, ana):
    register.choose("grant", "personalization", party=ana.sub, channel="web")
    register.choose("deny", "personalization", party=ana.sub, channel="web")
    assert told("personalization") == {"sub"}


def test_a_request_may_state_a_purpose_which_narrows_and_never_widens(told, register, ana):
    register.choose("grant", "personalization", party=ana.sub)
    assert told("", "?purpose=personalization") == {"sub", "name"}
    assert told("service", "?purpose=personalization") == {"sub", "name"}
    assert told("personalization", "?purpose=service") == {"sub", "name"}


@pytest.mark.parametrize(
    "query", ["?purpose=", "?purpose=nothing", "?purpose=service&purpose=service", "?purpose=x%0d"]
)
def test_what_is_no_purpose_opens_nothing(told, query):
    assert told("", query) == {"sub"}
    assert told("", f"?purpose={'x' * 10_240}") == {"sub"}


def test_a_purpose_that_is_pursued_no_more_opens_nothing(told, register, call):
    assert told("personalization") == {"sub"}
    retire_purpose(purpose="personalization", call=call)
    assert told("service", "?purpose=personalization") == {"sub"}
    with pytest.raises(ClientInvalid, match="purpose"):
        told("personalization")


def test_a_client_is_registered_for_purposes_that_there_are(call, register):
    app = make_client(call, purpose="service")
    assert app.client.draft.purpose == "service"
    with pytest.raises(ClientInvalid, match="purpose"):
        change_client(client_id=app.client.client_id, draft=replace(app.client.draft, purpose="unheard.of"), call=call)


def test_tokens_carry_what_the_protocol_needs_and_nothing_about_her(call, register, ana):
    app = make_client(call)
    tokens = app.tokens_for(sign_in(ana), scope="openid profile email offline_access")
    assert set(claims_of(tokens["access_token"])) <= PROTOCOL
    assert set(claims_of(tokens["id_token"])) <= OF_ID_TOKENS
    introspected = app.introspect(tokens["access_token"])
    assert not {"name", "email", "email_verified", "username"} & set(introspected)
