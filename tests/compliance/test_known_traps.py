"""What is known to go wrong with the toolkit underneath is closed, each trap by a test that exists."""

import pytest
from django.conf import settings

from tests.compliance.named_tests import missing

_CODE = "compliance/rfc6749/test_authorization_code.py"
_EVERY_GRANT = "compliance/rfc6749/test_every_grant.py"
_RACES = "services/oauth/test_races.py"
_CORPUS = "compliance/rfc9700/test_redirect_corpus.py"

TRAPS = {
    "auth_time is that of the person's last sign-in anywhere": (
        "journeys/oauth/test_sign_in_once.py::test_another_devices_sign_in_leaves_this_sessions_auth_time_as_it_was",
    ),
    "a replayed code leaves the first tokens alive": (
        f"{_CODE}::test_a_replayed_code_is_invalid_grant_and_kills_the_first_tokens",
    ),
    "parallel refreshes have several winners": (f"{_RACES}::test_parallel_refreshes_leave_at_most_one_live_lineage",),
    "parallel redemptions are server errors": (
        f"{_RACES}::test_twenty_redemptions_of_one_code_have_one_winner_whose_tokens_die",
        "services/oauth/test_asking_races.py::test_twenty_redemptions_have_one_winner_whose_tokens_live",
    ),
    "inactive people keep working tokens": (
        f"{_EVERY_GRANT}::test_nothing_comes_of_a_session_or_an_account_that_ended",
        f"{_EVERY_GRANT}::test_a_token_from_any_grant_is_dead_at_every_door",
        "journeys/oauth/test_dead_within_a_second.py::test_a_suspended_account_is_dead_on_both_workers",
    ),
    "any client may introspect any token": (
        "compliance/rfc7662/test_introspection.py::test_everybody_else_learns_nothing",
    ),
    "confidential web clients may vary the loopback port": (
        f"{_CORPUS}::test_a_loopback_port_is_not_free_for_clients_of_the_web",
    ),
    "NUL in a parameter is a server error": (
        "compliance/input/test_malformed_input.py::test_malformed_parameters_are_a_400_wherever_they_are_read",
    ),
    "a slow hash at every check of a client secret": (
        "compliance/test_known_traps.py::test_client_secrets_are_checked_by_a_fast_digest",
    ),
    "tokens in the clear at rest": (
        "compliance/rfc6749/test_refresh.py::test_codes_and_refresh_tokens_are_stored_as_digests_only",
    ),
    "the gates of RFC 9700 are off": ("compliance/test_known_traps.py::test_every_gate_of_rfc_9700_is_shut",),
    "device codes and user codes in the clear, and polls that are never slowed down": (
        "compliance/rfc8628/test_device_grant.py::test_nothing_of_it_is_stored_in_the_clear",
        "compliance/rfc8628/test_device_grant.py::test_polls_are_told_to_wait_and_slowed_down_by_five_seconds_each_time",
    ),
    "plain challenges": (f"{_CODE}::test_an_authorization_request_without_s256_is_invalid_request",),
    "error redirects without iss": (
        "compliance/rfc9207/test_iss.py::test_every_error_that_is_answered_at_once_comes_with_iss",
        "compliance/rfc9207/test_iss.py::test_every_error_that_depends_on_the_world_comes_with_iss",
    ),
    "prompt=none is a server error for whoever is signed in": (
        "compliance/oidc_core/test_prompts.py::test_silence_answers_with_a_code_when_signed_in",
    ),
    "select_account is ignored": (
        "compliance/oidc_core/test_choosing_an_account.py::test_a_choice_is_asked_for_and_names_the_account_in_this_browser",
    ),
    "a live token counts as consent, and a parameter of the client decides": (
        "compliance/oidc_core/test_remembered_consent.py::test_a_yes_is_carried_back_and_remembered",
        "compliance/oidc_core/test_remembered_consent.py::test_no_parameter_of_a_request_stands_for_a_yes",
    ),
    "ID tokens pass for access tokens": (
        "compliance/rfc7662/test_introspection.py::test_an_id_token_is_no_access_token",
    ),
    "signing out ends more than that session": (
        "compliance/rp_initiated_logout/test_logout.py::test_the_hint_of_another_session_asks_first",
    ),
    "implicit, password and hybrid are offered": (
        f"{_CODE}::test_only_the_code_response_is_offered",
        "compliance/rfc8414/test_metadata.py::test_a_grant_it_does_not_name_is_unsupported",
    ),
    "retired keys stop verifying": (
        "journeys/oauth/test_rotating_keys_under_load.py::test_rotation_under_load_breaks_no_verification",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_is_closed_by_tests_that_exist(trap):
    assert TRAPS[trap]
    assert missing(set(TRAPS[trap])) == set()


def test_client_secrets_are_checked_by_a_fast_digest():
    assert settings.OAUTH2_PROVIDER["CLIENT_SECRET_HASHER"] == "machine_secret"


def test_every_gate_of_rfc_9700_is_shut():
    gates = {
        name: value for name, value in settings.OAUTH2_PROVIDER.items() if name.startswith("COMPLIANT_BCP_RFC9700")
    }
    assert len(gates) == 6
    assert all(gates.values())
    assert settings.OAUTH2_PROVIDER["PKCE_REQUIRED"] is True
