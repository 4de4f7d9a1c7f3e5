"""OIDC Discovery and RFC 8414: each value that is advertised has a test, and what is not advertised is not there."""

import base64

import pytest

from tests.actors import claims_of, make_client, post_form, query_of
from tests.compliance.named_tests import missing

pytestmark = pytest.mark.django_db

_HERE = "compliance/rfc8414/test_every_value_is_tested.py"
_CODE = "compliance/rfc6749/test_authorization_code.py"
_EVERY_GRANT = "compliance/rfc6749/test_every_grant.py"
_CONSENT = "compliance/oidc_core/test_remembered_consent.py"
_ACCOUNT = "compliance/oidc_core/test_choosing_an_account.py"
_CLAIMED = "compliance/oidc_core/test_claims_parameter.py"
_PROMPTS = "compliance/oidc_core/test_prompts.py"
_SIGN_IN = "journeys/oauth/test_sign_in_once.py"
_CIBA = "compliance/ciba/test_backchannel.py"
_ISS = "compliance/rfc9207/test_iss.py"
_LOGOUT = "compliance/backchannel_logout/test_by_section.py"
_AUTHENTICATION = f"{_HERE}::test_each_endpoint_takes_the_client_authentication_it_names"
_CLAIMS = f"{_HERE}::test_every_claim_it_names_is_given_and_no_other"

PROOFS: dict[tuple[str, str | bool], str] = {
    (
        "issuer",
        "http://localhost:8000",
    ): "compliance/rfc9068/test_access_tokens.py::test_a_third_party_library_verifies_it_offline",
    (
        "authorization_endpoint",
        "/oauth/authorize",
    ): f"{_SIGN_IN}::test_a_customer_signs_in_once_and_arrives_signed_in_at_a_second_client",
    ("token_endpoint", "/oauth/token"): f"{_EVERY_GRANT}::test_each_attempt_succeeds_when_nothing_stands_in_its_way",
    (
        "introspection_endpoint",
        "/oauth/introspect",
    ): "compliance/rfc7662/test_introspection.py::test_a_resource_server_in_the_audience_is_told_everything",
    (
        "revocation_endpoint",
        "/oauth/revoke",
    ): "compliance/rfc6749/test_refresh.py::test_revoking_a_refresh_token_ends_the_grant_and_its_access_tokens",
    ("userinfo_endpoint", "/oauth/userinfo"): f"{_SIGN_IN}::test_userinfo_tells_what_the_granted_scopes_open",
    (
        "end_session_endpoint",
        "/oauth/logout",
    ): "compliance/rp_initiated_logout/test_logout.py::test_the_hint_of_this_session_signs_out_without_asking",
    (
        "jwks_uri",
        "/oauth/jwks",
    ): "journeys/oauth/test_rotating_keys_under_load.py::test_rotation_under_load_breaks_no_verification",
    ("response_types_supported", "code"): f"{_CODE}::test_only_the_code_response_is_offered",
    ("response_modes_supported", "query"): f"{_HERE}::test_the_answer_stands_in_the_query_whether_asked_for_or_not",
    (
        "grant_types_supported",
        "authorization_code",
    ): f"{_EVERY_GRANT}::test_each_attempt_succeeds_when_nothing_stands_in_its_way",
    (
        "grant_types_supported",
        "refresh_token",
    ): f"{_EVERY_GRANT}::test_each_attempt_succeeds_when_nothing_stands_in_its_way",
    (
        "grant_types_supported",
        "client_credentials",
    ): f"{_EVERY_GRANT}::test_each_attempt_succeeds_when_nothing_stands_in_its_way",
    (
        "grant_types_supported",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ): "compliance/rfc8693/test_session_transfer.py::test_the_answer_says_what_was_issued_and_that_it_grants_no_access",
    (
        "scopes_supported",
        "device_sso",
    ): (
        "compliance/native_sso/test_native_sso.py"
        "::test_3_4_the_answer_to_a_code_carries_a_device_secret_bound_to_the_id_token"
    ),
    (
        "grant_types_supported",
        "urn:ietf:params:oauth:grant-type:device_code",
    ): f"{_EVERY_GRANT}::test_each_attempt_succeeds_when_nothing_stands_in_its_way",
    (
        "grant_types_supported",
        "urn:openid:params:grant-type:ciba",
    ): f"{_EVERY_GRANT}::test_each_attempt_succeeds_when_nothing_stands_in_its_way",
    ("device_authorization_endpoint", "/oauth/device_authorization"): (
        "compliance/rfc8628/test_device_grant.py::test_a_device_is_told_what_to_show_and_how_to_poll"
    ),
    ("backchannel_authentication_endpoint", "/oauth/bc-authorize"): (
        f"{_CIBA}::test_the_answer_names_the_request_and_the_number_to_show"
    ),
    ("backchannel_token_delivery_modes_supported", "poll"): (
        f"{_CIBA}::test_the_number_makes_it_a_yes_and_the_tokens_come_once"
    ),
    ("backchannel_user_code_parameter_supported", False): f"{_CIBA}::test_a_user_code_changes_nothing",
    (
        "code_challenge_methods_supported",
        "S256",
    ): f"{_CODE}::test_an_authorization_request_without_s256_is_invalid_request",
    ("token_endpoint_auth_methods_supported", "client_secret_basic"): _AUTHENTICATION,
    ("token_endpoint_auth_methods_supported", "client_secret_post"): _AUTHENTICATION,
    ("token_endpoint_auth_methods_supported", "none"): _AUTHENTICATION,
    ("revocation_endpoint_auth_methods_supported", "client_secret_basic"): _AUTHENTICATION,
    ("revocation_endpoint_auth_methods_supported", "client_secret_post"): _AUTHENTICATION,
    ("revocation_endpoint_auth_methods_supported", "none"): _AUTHENTICATION,
    ("introspection_endpoint_auth_methods_supported", "client_secret_basic"): _AUTHENTICATION,
    ("introspection_endpoint_auth_methods_supported", "client_secret_post"): _AUTHENTICATION,
    ("scopes_supported", "openid"): f"{_SIGN_IN}::test_userinfo_tells_what_the_granted_scopes_open",
    ("scopes_supported", "profile"): f"{_SIGN_IN}::test_userinfo_tells_what_the_granted_scopes_open",
    ("scopes_supported", "email"): f"{_SIGN_IN}::test_userinfo_tells_what_the_granted_scopes_open",
    (
        "scopes_supported",
        "offline_access",
    ): "compliance/rfc6749/test_refresh.py::test_no_refresh_token_comes_without_offline_access",
    **{
        ("claims_supported", claim): _CLAIMS
        for claim in (
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"),
            *("name", "email", "email_verified"),
        )
    },
    ("subject_types_supported", "public"): f"{_HERE}::test_the_subject_is_the_same_for_every_client",
    (
        "id_token_signing_alg_values_supported",
        "ES256",
    ): "compliance/rfc9068/test_access_tokens.py::test_a_third_party_library_verifies_it_offline",
    ("acr_values_supported", "urn:throughline:1fa"): f"{_HERE}::test_one_factor_is_the_level_that_it_says",
    (
        "acr_values_supported",
        "urn:throughline:2fa",
    ): f"{_PROMPTS}::test_a_level_that_the_account_can_reach_is_asked_for_and_reached",
    (
        "acr_values_supported",
        "phr",
    ): "browser/test_passkeys.py::test_a_client_that_asks_for_phr_gets_it_from_a_passkey_in_the_middle_of_its_request",
    ("prompt_values_supported", "none"): f"{_PROMPTS}::test_silence_answers_with_a_code_when_signed_in",
    ("prompt_values_supported", "login"): f"{_PROMPTS}::test_login_is_asked_again_and_the_answer_carries_the_new_time",
    (
        "prompt_values_supported",
        "consent",
    ): f"{_CONSENT}::test_prompt_consent_asks_although_it_is_remembered_and_a_no_takes_nothing_back",
    (
        "prompt_values_supported",
        "select_account",
    ): f"{_ACCOUNT}::test_a_choice_is_asked_for_and_names_the_account_in_this_browser",
    (
        "authorization_response_iss_parameter_supported",
        True,
    ): f"{_ISS}::test_every_error_that_is_answered_at_once_comes_with_iss",
    ("backchannel_logout_supported", True): f"{_LOGOUT}::test_2_5_a_site_that_took_part_is_told_in_a_form",
    ("backchannel_logout_session_supported", True): f"{_LOGOUT}::test_2_4_the_token_says_who_and_which_session",
    ("claims_parameter_supported", True): f"{_CLAIMED}::test_an_essential_acr_is_asked_for_and_reached",
    ("request_parameter_supported", False): f"{_ISS}::test_every_error_that_is_answered_at_once_comes_with_iss",
    ("request_uri_parameter_supported", False): f"{_ISS}::test_every_error_that_is_answered_at_once_comes_with_iss",
}


@pytest.fixture
def document(client):
    return client.get("/.well-known/openid-configuration").json()


def advertised(document):
    """Every single value of the document; addresses without the issuer before them."""
    for member, value in document.items():
        for each in value if isinstance(value, list) else [value]:
            is_address = member != "issuer" and isinstance(each, str) and each.startswith(document["issuer"])
            yield member, each.removeprefix(document["issuer"]) if is_address else each


def test_every_value_has_a_proof_and_every_proof_a_value(document):
    assert set(advertised(document)) == set(PROOFS)


def test_every_proof_is_a_test_that_exists():
    assert missing(set(PROOFS.values())) == set()


def test_a_proof_that_does_not_exist_is_noticed():
    assert missing({f"{_HERE}::test_nothing_of_the_kind", "nowhere.py::test_x"})


def test_every_claim_it_names_is_given_and_no_other(document, shop, browser):
    tokens = shop.tokens_for(browser)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    given = {**claims_of(tokens["id_token"]), **shop.http.get("/oauth/userinfo", headers=bearer).json()}
    assert set(given) == set(document["claims_supported"])


def test_the_subject_is_the_same_for_every_client(call, shop, browser, ana):
    other = make_client(call, name="Other")
    subjects = {claims_of(app.tokens_for(browser)["id_token"])["sub"] for app in (shop, other)}
    assert subjects == {ana.sub}


def test_the_answer_stands_in_the_query_whether_asked_for_or_not(shop, browser):
    for mode in (None, "query"):
        location = browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43, response_mode=mode))["Location"]
        assert "#" not in location
        assert "code" in query_of(location)


def test_one_factor_is_the_level_that_it_says(shop, browser):
    tokens = shop.tokens_for(browser, acr_values="urn:throughline:1fa")
    assert claims_of(tokens["id_token"])["acr"] == "urn:throughline:1fa"


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [
        ("token", {"grant_type": "client_credentials"}),
        ("introspection", {"token": "x"}),
        ("revocation", {"token": "x"}),
    ],
)
def test_each_endpoint_takes_the_client_authentication_it_names(call, document, endpoint, fields):
    service = make_client(call, name="Service", grant_types=("client_credentials",), redirect_uris=())
    public = make_client(call, name="App", client_type="public")
    pair = {"client_id": service.client.client_id, "client_secret": service.secret}
    header = "Basic " + base64.b64encode(":".join(pair.values()).encode()).decode()
    path = document[f"{endpoint}_endpoint"].removeprefix(document["issuer"])
    answers = {
        "client_secret_basic": post_form(service.http, path, fields, {"Authorization": header}),
        "client_secret_post": post_form(service.http, path, fields | pair),
        "none": post_form(service.http, path, fields | {"client_id": public.client.client_id}),
    }
    # A public client is let in at the token endpoint, where this grant is then not its own.
    taken = {method for method, answer in answers.items() if answer.status_code != 401}
    assert taken == set(document[f"{endpoint}_endpoint_auth_methods_supported"])


def test_nothing_stands_in_it_for_what_is_not_there(document):
    for absent in (
        *("registration_endpoint", "pushed_authorization_request_endpoint"),
        *("frontchannel_logout_supported", "frontchannel_logout_session_supported", "check_session_iframe"),
        *("dpop_signing_alg_values_supported", "mtls_endpoint_aliases", "userinfo_signing_alg_values_supported"),
    ):
        assert absent not in document
