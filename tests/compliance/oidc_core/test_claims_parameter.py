"""OIDC Core 5.5 and 5.5.1.1: a level, or a person, demanded by the `claims` parameter."""

import json

import pytest

from accounts.services import enroll_totp
from tests.actors import claims_of, make_customer, query_of
from tests.compliance.oidc_core.test_prompts import SECRET, answer_of, ask, step_up

pytestmark = pytest.mark.django_db
TWO = "urn:throughline:2fa"


def demanding(*levels: str, essential: bool = True) -> str:
    return json.dumps({"id_token": {"acr": {"essential": essential, "values": list(levels)}}})


def test_an_essential_acr_is_asked_for_and_reached(call, ana, shop, browser):
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    arrived = browser.get(step_up(browser, ask(shop, browser, claims=demanding(TWO)))["Location"])
    tokens = shop.redeem(query_of(arrived["Location"])["code"], "v" * 43).json()
    assert claims_of(tokens["id_token"])["acr"] == TWO


@pytest.mark.parametrize("prompt", [None, "none"])
@pytest.mark.parametrize("levels", [[TWO], ["phr"], ["urn:example:gold"], ["phrh", "urn:example:gold"]])
def test_an_essential_acr_out_of_reach_is_unmet_authentication_requirements(shop, browser, levels, prompt):
    answer = answer_of(shop, browser, claims=demanding(*levels), prompt=prompt)
    assert answer["error"] == "unmet_authentication_requirements"
    assert answer["state"] == "state-1"


def test_one_of_several_levels_is_enough(shop, browser):
    assert "code" in answer_of(shop, browser, claims=demanding("phr", "urn:throughline:1fa"))


def test_one_value_is_as_good_as_a_list(shop, browser):
    one = json.dumps({"id_token": {"acr": {"essential": True, "value": TWO}}})
    assert answer_of(shop, browser, claims=one)["error"] == "unmet_authentication_requirements"


@pytest.mark.parametrize(
    "claims",
    [
        demanding("phr", essential=False),
        '{"id_token":{"acr":{"essential":true}}}',
        '{"id_token":{"acr":null,"email":{"essential":true}}}',
        '{"userinfo":{"acr":{"essential":true,"values":["phr"]}}}',
        "{}",
    ],
)
def test_what_is_only_wished_for_or_not_understood_stands_in_nobodys_way(shop, browser, claims):
    assert "code" in answer_of(shop, browser, claims=claims)


def test_the_person_it_names_is_the_only_one_who_gets_in(call, ana, shop, browser):
    ben = make_customer(call, "ben")
    named = json.dumps({"id_token": {"sub": {"value": ana.sub}}})
    assert "code" in answer_of(shop, browser, claims=named, prompt="none")
    other = json.dumps({"id_token": {"sub": {"value": ben.sub}}})
    assert answer_of(shop, browser, claims=other, prompt="none")["error"] == "login_required"


@pytest.mark.parametrize(
    "claims",
    [
        "nonsense",
        "[]",
        "null",
        '"acr"',
        '{"id_token":[]}',
        '{"id_token":{"acr":"phr"}}',
        '{"id_token":{"acr":{"values":"phr"}}}',
        '{"id_token":{"acr":{"values":[1]}}}',
        '{"id_token":{"acr":{"value":{}}}}',
        '{"id_token":{"sub":{"values":["a","b"]}}}',
        "[" * 4000,
        '{"id_token":{"acr":{"value":"\\u0000"}}}',
    ],
)
def test_junk_is_an_invalid_request(shop, browser, claims):
    assert answer_of(shop, browser, claims=claims)["error"] == "invalid_request"
