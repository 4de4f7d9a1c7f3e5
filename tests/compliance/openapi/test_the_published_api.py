"""OpenAPI 3.1 and RFC 9457: the description is whole, the API keeps to it, and every error is a problem."""

import json
import re
from typing import Any

import pytest
import schemathesis
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth

from config.wsgi import application
from oauth.types import API_SCOPES
from tests.actors import make_client, make_customer, sign_in

pytestmark = pytest.mark.django_db
# For each operation; who comes without a token is refused before anything is read, so a few are enough.
EXAMPLES, EXAMPLES_OF_A_STRANGER = 15, 5
# A well-formed body may name what there is not (422): which purposes and notices there are, no description says.
ANSWERS = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
CONFIG = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": ANSWERS}}})


@pytest.fixture
def bearer(call):
    """A customer's own access token for the API."""
    token = make_client(call).tokens_for(sign_in(make_customer(call)))["access_token"]
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def client_bearer(call):
    """A client's own access token, with every scope that clients get."""
    app = make_client(
        call, grant_types=("client_credentials",), scopes=tuple(API_SCOPES), default_scopes=tuple(API_SCOPES)
    )
    token = app.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def try_everything(judge_case, examples=EXAMPLES):
    """Send generated requests, right and wrong ones, to every published operation."""
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application, config=CONFIG)
    operations = [each.ok() for each in schema.get_all_operations()]
    assert operations
    with_care = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    for operation in operations:

        def judge(case):  # a function of its own for each: it is decorated
            judge_case(case)

        given(case=operation.as_strategy())(with_care(judge))()


# The requests come in by WSGI, which opens and closes connections of its own.
@pytest.mark.django_db(transaction=True)
def test_every_operation_answers_as_described(bearer):
    def judge_case(case):
        case.call_and_validate(headers=bearer, excluded_checks=[ignored_auth])

    try_everything(judge_case)


@pytest.mark.django_db(transaction=True)
def test_every_operation_answers_a_channels_client_as_described(client_bearer):
    def judge_case(case):
        case.call_and_validate(headers=client_bearer, excluded_checks=[ignored_auth])

    try_everything(judge_case)


@pytest.mark.django_db(transaction=True)
def test_every_operation_refuses_a_stranger_as_described(transactional_db):
    def judge_case(case):
        assert case.call_and_validate(excluded_checks=[ignored_auth]).status_code in {401, 405, 406}

    try_everything(judge_case, EXAMPLES_OF_A_STRANGER)


@pytest.fixture
def description(client):
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    return json.loads(answer.content)


def addresses(patterns: list[Any], before: str = "") -> list[str]:
    """Every address below /api/ and /access/ that has a door of its own."""
    found = []
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern) and here.startswith(("api/", "access/")):
            found.append("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", here))
    return found


def test_every_door_of_the_api_is_described(description):
    doors = set(addresses(get_resolver().url_patterns)) - {"/api/schema/", "/api/docs/"}
    assert doors == set(description["paths"])


def test_the_description_is_that_of_openapi_3_1_and_names_this_gateway(description):
    assert description["openapi"] == "3.1.0"
    assert description["servers"] == [{"url": "http://localhost:8000"}]


def test_tokens_are_asked_for_at_the_addresses_of_the_discovery_document(client, description):
    metadata = client.get("/.well-known/openid-configuration").json()
    flows = description["components"]["securitySchemes"]["oauth2"]["flows"]
    assert flows["authorizationCode"]["authorizationUrl"] == metadata["authorization_endpoint"]
    assert {flow["tokenUrl"] for flow in flows.values()} == {metadata["token_endpoint"]}
    for path, operations in description["paths"].items():
        signed: list[dict[str, list[str]]] = [{"signature": []}] if path == "/api/feeds/{feed}/records" else []
        for operation in operations.values():
            assert operation["security"] == [{"oauth2": []}, {"bearer": []}, *signed]


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_anybody_may_read_the_description(client, path):
    assert client.get(path).status_code == 200


def test_the_page_loads_nothing_from_elsewhere_and_nothing_inline(client):
    answer = client.get("/api/docs/")
    page = answer.content.decode()
    assert "http://" not in page
    assert "https://" not in page
    assert "<style" not in page
    assert "unsafe" not in answer["Content-Security-Policy"]


def judge(answer, status, code):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:throughline:error:{code}"
    assert problem["title"]


def test_a_method_that_is_not_offered_is_a_problem(client, bearer):
    answer = client.put("/api/sessions/", headers=bearer)
    judge(answer, 405, "method_not_allowed")
    assert "GET" in answer["Allow"]


def test_a_representation_that_is_not_offered_is_a_problem(client, bearer):
    judge(client.get("/api/sessions/", headers={**bearer, "Accept": "text/csv"}), 406, "not_acceptable")


class Reading(APIView):
    """A door that reads a body, as any door may."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        return Response({"read": request.data})


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "parse_error"),
        (b"\xff", "application/json", 400, "parse_error"),
        ("a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("<a/>", "text/xml", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(rf, body, content_type, status, code):
    request = rf.generic("POST", "/api/anything/", body, content_type=content_type)
    judge(Reading.as_view()(request).render(), status, code)


@pytest.mark.parametrize("path", ["/api/", "/api/nothing/", "/api/sessions/one/nothing/", "/api/nothing/%ff/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_is_none_is_a_problem(client, method, path):
    judge(getattr(client, method)(path), 404, "not_found")


def test_no_token_and_a_wrong_one_are_told_apart(client):
    without = client.get("/api/sessions/")
    judge(without, 401, "not_authenticated")
    assert without["WWW-Authenticate"] == 'Bearer realm="throughline"'
    wrong = client.get("/api/sessions/", headers={"Authorization": "Bearer nonsense"})
    judge(wrong, 401, "invalid_token")
    assert wrong["WWW-Authenticate"] == 'Bearer realm="throughline", error="invalid_token"'


def test_a_clients_own_token_opens_nothing_that_is_a_customers(call, client):
    service = make_client(call, name="Service", grant_types=("client_credentials",), redirect_uris=())
    token = service.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    judge(client.get("/api/sessions/", headers={"Authorization": f"Bearer {token}"}), 403, "not_allowed")
