"""A system without access tokens delivers what it has signed: as itself, just now, once (Standard Webhooks, v1a)."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client as HttpClient

from channel_registry.services import disable_channel
from kit import clock
from oauth.services import change_client, disable_client
from sync.errors import FeedInvalid
from sync.models import FeedBatch
from sync.queries import export_feeds
from sync.services import apply_feeds
from tests.journeys.feeds.test_delivering import RECORD, System, refused, says
from tests.together import together

pytestmark = pytest.mark.django_db
FIELDS = {"phone": {"type": "phone", "most_null": 0.3}}
OURS, OTHERS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def public(key: Ed25519PrivateKey) -> str:
    return "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(body: bytes, *, id: str, at: int, key: Ed25519PrivateKey) -> str:
    return "v1a," + base64.b64encode(key.sign(f"{id}.{at}.".encode() + body)).decode()


def deliver(body: Any, *, id: str = "k-1", key: Any = OURS, ago: Any = 0, feed: str = "crm", **changes: str) -> Any:
    """What somebody else's program does with its own library."""
    sent = json.dumps(body).encode()
    at = int(clock.now().timestamp() - ago)
    headers = {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": sign(sent, id=id, at=at, key=key)}
    return HttpClient().post(
        f"/api/feeds/{feed}/records", sent, content_type="application/json", headers=headers | changes
    )


@pytest.fixture
def crm(call: Any) -> System:
    system = System(call, "CRM")
    body = {"client": system.app.client.client_id, "fields": FIELDS, "signed_by": [public(OURS)]}
    apply_feeds(document={"feeds": {"crm": body}}, call=call)
    return system


def test_what_is_signed_is_taken_and_its_id_names_it(crm):
    first = deliver({"records": [RECORD]})
    assert (first.status_code, says()) == (200, {"phone": "+49 151"})
    assert deliver({"records": [RECORD]}).json() == first.json(), "the same answer, and nothing happens twice"
    refused(deliver({"records": [{**RECORD, "sequence": 2}]}), 409, "idempotency_conflict")
    assert FeedBatch.objects.count() == 1


def test_an_idempotency_key_beside_it_says_nothing(crm):
    deliver({"records": [RECORD]})
    deliver({"records": [RECORD]}, **{"Idempotency-Key": "another"})
    assert FeedBatch.objects.count() == 1, "what is not signed names nothing"


@pytest.mark.parametrize(
    "changes",
    [
        {"key": OTHERS},
        {"ago": 301},
        {"ago": -301},
        {"webhook-signature": ""},
        {"webhook-signature": "v1a,"},
        {"webhook-signature": "v1a,not base64"},
        {"webhook-signature": "v1," + "A" * 88},
        {"webhook-signature": " ".join(["v1a," + "A" * 88] * 1000)},
        {"webhook-id": "another"},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": "9" * 400},
        {"feed": "nowhere"},
    ],
)
def test_anything_else_is_401_and_nothing_is_taken(crm, changes):
    answer = deliver({"records": [RECORD]}, **changes)
    refused(answer, 401, "invalid_signature")
    assert FeedBatch.objects.count() == 0


def test_a_body_that_somebody_touched_is_not_taken(crm):
    sent = json.dumps({"records": [RECORD]}).encode()
    at = int(clock.now().timestamp())
    headers = {
        "webhook-id": "k-1",
        "webhook-timestamp": str(at),
        "webhook-signature": sign(sent, id="k-1", at=at, key=OURS),
    }
    touched = sent.replace(b"+49 151", b"+49 666")
    answer = HttpClient().post("/api/feeds/crm/records", touched, content_type="application/json", headers=headers)
    refused(answer, 401, "invalid_signature")


def test_while_keys_are_exchanged_either_signs(crm, call):
    both = {"client": crm.app.client.client_id, "fields": FIELDS, "signed_by": [public(OTHERS), public(OURS)]}
    apply_feeds(document={"feeds": {"crm": both}}, call=call)
    assert deliver({"records": [RECORD]}, key=OURS).status_code == 200
    assert deliver({"records": [{**RECORD, "sequence": 2}]}, id="k-2", key=OTHERS).status_code == 200
    sent, at = json.dumps({"records": [{**RECORD, "sequence": 3}]}).encode(), int(clock.now().timestamp())
    two = " ".join(sign(sent, id="k-3", at=at, key=key) for key in (Ed25519PrivateKey.generate(), OTHERS))
    assert deliver({"records": [{**RECORD, "sequence": 3}]}, id="k-3", **{"webhook-signature": two}).status_code == 200


def test_a_token_is_not_enough_where_deliveries_are_signed(crm):
    refused(crm.deliver({"records": [RECORD]}), 403, "not_allowed")
    answer = deliver({"records": [RECORD]}, Authorization=f"Bearer {crm.token}")
    refused(answer, 403, "not_allowed")


def test_a_signature_opens_no_feed_that_takes_tokens(crm, call):
    body = {"client": crm.app.client.client_id, "fields": FIELDS}
    apply_feeds(document={"feeds": {"plain": body}}, call=call)
    refused(deliver({"records": [RECORD]}, feed="plain"), 401, "invalid_signature")


def test_it_ends_with_its_client_its_scope_and_its_channel(crm, call):
    client = crm.app.client
    change_client(client_id=client.client_id, draft=_with(client.draft, scopes=("scim",)), call=call)
    refused(deliver({"records": [RECORD]}), 401, "invalid_signature")
    change_client(client_id=client.client_id, draft=client.draft, call=call)
    assert deliver({"records": [RECORD]}).status_code == 200
    disable_channel(channel=client.channel_id, call=call)
    refused(deliver({"records": [RECORD]}, id="k-2"), 401, "invalid_signature")
    disable_client(client_id=client.client_id, call=call)
    refused(deliver({"records": [RECORD]}, id="k-3"), 401, "invalid_signature")


def _with(draft: Any, *, scopes: tuple[str, ...]) -> Any:
    return replace(draft, scopes=scopes, default_scopes=scopes)


def test_not_even_json_is_read_before_the_signature(crm):
    answer = HttpClient().post(
        "/api/feeds/crm/records",
        b"[" * 100_000,
        content_type="application/json",
        headers={"webhook-id": "k", "webhook-timestamp": "1", "webhook-signature": "v1a,AAAA"},
    )
    refused(answer, 401, "invalid_signature")


@pytest.mark.parametrize("length", [600_000, 3_000_000])
def test_a_body_that_is_too_long_is_a_problem_and_no_page(crm, length):
    refused(deliver({"records": [{**RECORD, "attributes": {"phone": "1" * length}}]}), 400, "malformed_input")
    assert FeedBatch.objects.count() == 0


@pytest.mark.parametrize("id", ["", "x" * 201, "a b"])
def test_an_id_that_names_nothing_is_malformed(crm, id):
    refused(deliver({"records": [RECORD]}, id=id), 400, "malformed_input")


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one(crm):
    answers, errors = together(20, lambda number: deliver({"records": [RECORD]}))
    assert errors == []
    assert {answer.status_code for answer in answers} == {200}
    assert FeedBatch.objects.count() == 1


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("whpk_", "signed_by"),
        (["whpk_"], "signed_by.0"),
        (["whsec_" + base64.b64encode(bytes(32)).decode()], "signed_by.0"),
        (["whpk_" + base64.b64encode(bytes(31)).decode()], "signed_by.0"),
        ([7], "signed_by.0"),
        ([public(OURS)] * 2, "signed_by"),
    ],
)
def test_what_is_no_key_is_refused_with_its_place(call, keys, place):
    body = {"client": "crm", "fields": FIELDS, "signed_by": keys}
    with pytest.raises(FeedInvalid) as refusal:
        apply_feeds(document={"feeds": {"crm": body}}, call=call)
    assert refusal.value.path == f"crm.{place}"


def test_the_exported_file_makes_the_same_feed(crm, call):
    assert apply_feeds(document=export_feeds(), call=call) == []


def test_scim_is_not_signed(call):
    fields = {"email": {"type": "email"}}
    body = {"client": "crm", "fields": fields, "scim": True, "signed_by": [public(OURS)]}
    with pytest.raises(FeedInvalid, match="SCIM"):
        apply_feeds(document={"feeds": {"crm": body}}, call=call)


def test_an_old_delivery_sent_again_is_too_old(crm, time_machine):
    sent = json.dumps({"records": [RECORD]}).encode()
    at = int(clock.now().timestamp())
    headers = {
        "webhook-id": "k-1",
        "webhook-timestamp": str(at),
        "webhook-signature": sign(sent, id="k-1", at=at, key=OURS),
    }
    post = HttpClient().post
    assert post("/api/feeds/crm/records", sent, content_type="application/json", headers=headers).status_code == 200
    time_machine.move_to(clock.now() + timedelta(minutes=6))
    again = post("/api/feeds/crm/records", sent, content_type="application/json", headers=headers)
    refused(again, 401, "invalid_signature")
