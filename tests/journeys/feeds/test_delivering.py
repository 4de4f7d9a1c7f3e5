"""The CRM delivers over HTTP: by its own client and no other, once for each key, and bad input loses nothing."""

import json
from typing import Any

import pytest
from django.test import Client as HttpClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolution.queries import find_record
from sync.models import FeedBatch
from sync.services import apply_feeds
from tests.actors import make_client, make_customer
from tests.together import together

pytestmark = pytest.mark.django_db

RECORD = {"id": "881", "sequence": 1, "occurred_at": "2026-11-20T14:00:00Z", "attributes": {"phone": "+49 151"}}


class System:
    """Somebody else's system with a client of its own."""

    def __init__(self, call: Any, name: str, **changes: Any) -> None:
        draft = {"grant_types": ("client_credentials",), "redirect_uris": (), "scopes": ("feeds",)}
        self.app = make_client(call, name=name, **{**draft, "default_scopes": ("feeds",), **changes})
        self.token = self.app.post("/oauth/token", grant_type="client_credentials").json()["access_token"]

    def deliver(self, body: Any, *, key: str = "k-1", feed: str = "crm", **changes: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        sent = body if isinstance(body, str | bytes) else json.dumps(body)
        options = {"content_type": "application/json", **changes}
        named = {name: value for name, value in headers.items() if value}
        return HttpClient().post(f"/api/feeds/{feed}/records", sent, headers=named, **options)


@pytest.fixture
def crm(call):
    system = System(call, "CRM")
    fields = {"phone": {"type": "phone", "most_null": 0.3}, "email": {"type": "email"}}
    body = {"client": system.app.client.client_id, "fields": fields, "links_by": ["sub"]}
    apply_feeds(document={"feeds": {"crm": body}}, call=call)
    return system


def says(id="881"):
    found = find_record(source="crm", external_id=id)
    return dict(found.current) if found else None


def refused(answer, status, code):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code


def test_a_delivery_is_taken_and_linked_to_its_customer(crm, call):
    ana = make_customer(call)
    answer = crm.deliver({"records": [{**RECORD, "sub": ana.sub}]})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    told = answer.json()
    assert (told["status"], told["received"], told["applied"], told["refused"]) == ("applied", 1, 1, [])
    assert find_record(source="crm", external_id="881").subject == ana.sub


@pytest.mark.django_db(transaction=True)
def test_the_same_key_twenty_times_in_parallel_has_one_effect_and_one_answer(crm):
    answers, errors = together(20, lambda number: crm.deliver({"records": [RECORD]}))
    assert errors == []
    assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
    assert FeedBatch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_two_bodies_with_one_key_wins_and_the_other_hears_of_it(crm):
    def act(number):
        return crm.deliver({"records": [{**RECORD, "attributes": {"phone": f"+49 15{number % 2}"}}]}).status_code

    answers, errors = together(20, act)
    assert (errors, sorted(set(answers)), answers.count(200)) == ([], [200, 409], 10)


def test_poison_is_answered_202_and_changes_nothing(crm):
    crm.deliver({"records": [RECORD]}, key="good")
    poison = [{**RECORD, "id": str(each), "sequence": 2, "attributes": {"phone": None}} for each in range(30)]
    answer = crm.deliver({"records": [*poison, {**RECORD, "sequence": 2, "attributes": {"phone": None}}]}, key="bad")
    assert (answer.status_code, answer.json()["status"]) == (202, "quarantined")
    assert says() == {"phone": "+49 151"}
    assert crm.deliver({"records": [RECORD]}, key="next").json()["status"] == "held"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"records": [], "records": []}',
        b'{"records": [NaN]}',
        b'{"records": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        json.dumps({"records": [RECORD, {**RECORD, "attributes": {"phone": "\x00"}}]}).encode(),
        json.dumps({"records": [RECORD, {**RECORD, "attributes": {"phone": "1" * 10_000}}]}).encode(),
        json.dumps({"records": [RECORD, {**RECORD, "attributes": {"phone": {"value": {"a": 1}}}}]}).encode(),
        b'{"records": [' + b" " * 600_000 + b"]}",
    ],
)
def test_malformed_bodies_are_400_and_the_key_stays_free(crm, body):
    refused(crm.deliver(body), 400, "malformed_input")
    assert (says(), FeedBatch.objects.count()) == (None, 0)
    assert crm.deliver({"records": [RECORD]}).status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 201])
def test_a_delivery_has_a_key_that_is_one(crm, key):
    refused(crm.deliver({"records": [RECORD]}, key=key), 400, "malformed_input")


def test_a_body_of_another_type_is_refused(crm):
    refused(crm.deliver("records=1", content_type="application/x-www-form-urlencoded"), 400, "malformed_input")


@pytest.mark.parametrize("feed", ["crm", "nothing", "%2e%2e"])
def test_another_systems_feed_is_as_unknown_as_none(crm, call, feed):
    stranger = System(call, "Stranger")
    refused(stranger.deliver({"records": [RECORD]}, feed=feed), 404, "feed_unknown")
    assert says() is None


def test_only_a_clients_own_token_with_the_scope_opens_the_door(crm, call):
    poor = System(call, "Poor", scopes=("decisions",), default_scopes=("decisions",))
    refused(poor.deliver({"records": [RECORD]}), 403, "insufficient_scope")
    refused(
        HttpClient().post("/api/feeds/crm/records", "{}", content_type="application/json"), 401, "not_authenticated"
    )


def test_a_client_that_was_switched_off_delivers_nothing(crm, call):
    from oauth.services import disable_client

    disable_client(client_id=crm.app.client.client_id, call=call)
    assert crm.deliver({"records": [RECORD]}).status_code == 401


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def test_mutated_deliveries_are_taken_or_refused_and_never_break_anything(crm):
    numbers = iter(range(10**6))

    @given(field=st.sampled_from([*RECORD, "sub", "risk", "verification", "more"]), value=junk, inside=st.booleans())
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def mutate(field, value, inside):
        record = {**RECORD, field: {"phone": value} if inside else value}
        answer = crm.deliver({"records": [record]}, key=f"m{next(numbers)}")
        assert answer.status_code in (200, 202, 400), answer.content

    mutate()
