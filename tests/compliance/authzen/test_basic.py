"""AuthZEN certification scenario, section 2: Basic, Core and Properties."""

import pytest

pytestmark = pytest.mark.django_db

ALICE = {"type": "user", "id": "alice"}
BOB = {"type": "user", "id": "bob"}
RECORD = {"type": "record", "id": "record-1"}
ARCHIVED = {"type": "record", "id": "record-2", "properties": {"status": "archived"}}
READ = {"subject": ALICE, "action": {"name": "read"}, "resource": RECORD}


def without(path):
    """The fixture request without one field."""
    entity, _, name = path.partition(".")
    body = {key: dict(value) for key, value in READ.items()}
    if name:
        del body[entity][name]
    else:
        del body[entity]
    return body


@pytest.mark.parametrize(
    ("subject", "action", "resource", "decision"),
    [
        (ALICE, {"name": "read"}, RECORD, True),  # 2.2.1
        (BOB, {"name": "write"}, RECORD, False),  # 2.2.2
        (ALICE, {"name": "write"}, RECORD, True),
        (BOB, {"name": "read"}, RECORD, True),
        (ALICE, {"name": "write"}, ARCHIVED, False),  # 2.2.4
        ({**BOB, "properties": {"role": "admin"}}, {"name": "write"}, ARCHIVED, True),  # 2.2.5
        (ALICE, {"name": "delete", "properties": {"soft": True}}, RECORD, True),  # 2.2.6
        (ALICE, {"name": "delete", "properties": {"soft": False}}, RECORD, False),  # 2.2.7
    ],
)
def test_2_2_the_fixtures_decisions(asker, subject, action, resource, decision):
    answer = asker.ask({"subject": subject, "action": action, "resource": resource})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["decision"] is decision


@pytest.mark.parametrize(
    "more",
    [
        {"context": {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}},  # 2.2.3
        {"foo": "bar", "futureField": {"nested": True}},  # 2.2.9
        {  # 2.2.8
            "subject": {**ALICE, "properties": {"department": "Sales", "role": "manager"}},
            "action": {"name": "read", "properties": {"method": "GET"}},
            "resource": {**RECORD, "properties": {"status": "active", "owner": "bob"}},
        },
        {"subject": {**ALICE, "extra": [1, {"deep": None}]}, "context": {"list": [], "properties": {"n": [1]}}},
    ],
)
def test_2_2_what_is_optional_or_unknown_changes_nothing(asker, more):
    answer = asker.ask({**READ, **more})
    assert (answer.status_code, answer.json()["decision"]) == (200, True)


def test_2_3_the_answer_holds_a_boolean_and_an_object(asker):
    said = asker.ask(READ).json()
    assert set(said) == {"decision", "context"}
    assert said["context"]["outcome"] == "permit"
    assert said["context"]["reasons"] == []
    assert said["context"]["decision_id"]
    assert "confidence" not in said["context"]  # nobody was judged


@pytest.mark.parametrize(
    "path",
    [
        *("subject", "action", "resource"),
        *("subject.type", "subject.id", "action.name", "resource.type", "resource.id"),
    ],
)
def test_2_4_1_and_2_4_2_a_missing_field_is_a_400(asker, path):
    answer = asker.ask(without(path))
    assert answer.status_code == 400
    assert path in answer.json()["detail"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data", ""]
)
@pytest.mark.parametrize("path", ["/access/v1/evaluation", "/access/v1/evaluations"])
def test_2_4_3_another_content_type_is_a_400(asker, path, content_type):
    import json

    assert asker.send(path, json.dumps(READ), content_type).status_code == 400
    assert asker.send(path, b"", content_type).status_code == 400


def test_2_4_3_parameters_of_the_content_type_do_not_matter(asker):
    answer = asker.send("/access/v1/evaluation", READ, "Application/JSON; charset=utf-8")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        *("{", "nonsense", '{"subject": }', "[" * 100_000, b"\xff\xfe", "NaN", '{"a": NaN}', "1" * 5000),
        *("", "null", "[]", '"alice"', "1", "true"),
        '{"subject": {"type": "user", "id": "alice"}, "subject": {"type": "user", "id": "bob"}}',
        "{" + " " * 600_000 + "}",
    ],
)
@pytest.mark.parametrize("path", ["/access/v1/evaluation", "/access/v1/evaluations"])
def test_2_4_4_and_2_4_5_what_is_no_json_object_is_a_400(asker, path, body):
    assert asker.send(path, body).status_code == 400


@pytest.mark.parametrize("value", ["alice", 1, None, [], True])
@pytest.mark.parametrize("entity", ["subject", "action", "resource", "context"])
def test_2_4_6_a_group_of_another_type_is_a_400(asker, entity, value):
    assert asker.ask({**READ, entity: value}).status_code == 400


@pytest.mark.parametrize("value", [123, None, True, [], {}, "", "a\x00b", "\ud800", "x" * 10_000])
@pytest.mark.parametrize("path", ["subject.type", "subject.id", "action.name", "resource.type", "resource.id"])
def test_2_4_6_a_name_of_another_type_is_a_400(asker, path, value):
    entity, name = path.split(".")
    assert asker.ask({**READ, entity: {**READ[entity], name: value}}).status_code == 400


@pytest.mark.parametrize("value", [123, None, True, [], {}, "a\x00b", "\ud800", "x" * 10_000])
@pytest.mark.parametrize("name", ["sid", "channel", "journey"])
def test_2_4_6_so_it_is_in_the_context(asker, name, value):
    assert asker.ask({**READ, "context": {name: value}}).status_code == 400


@pytest.mark.parametrize("entity", ["subject", "action", "resource"])
def test_2_4_6_properties_must_be_an_object(asker, entity):
    assert asker.ask({**READ, entity: {**READ[entity], "properties": []}}).status_code == 400


@pytest.mark.parametrize("value", [1, 1.0, "true", [True], {"soft": True}, None])
def test_a_property_counts_only_with_its_own_type(asker, value):
    body = {**READ, "action": {"name": "delete", "properties": {"soft": value}}}
    assert asker.ask(body).json()["decision"] is False


@pytest.mark.parametrize(
    "id", ["req-1", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "a/b+c==", "one, two", "x" * 128, '{"id": "<b>"}']
)
def test_2_5_1_the_request_id_is_echoed(asker, id):
    assert asker.ask(READ, X_Request_ID=id)["X-Request-ID"] == id


def test_2_5_1_the_request_id_is_echoed_on_errors_too(asker, client):
    broken = asker.ask("{", X_Request_ID="req-1")
    assert (broken.status_code, broken["X-Request-ID"]) == (400, "req-1")
    sent = {"X-Request-ID": "req-2"}
    for answer, status in (
        (client.post("/access/v1/evaluation", READ, content_type="application/json", headers=sent), 401),
        (client.post("/access/v1/nothing", headers=sent), 404),
        (client.get("/access/v1/evaluation", headers=sent), 401),
    ):
        assert (answer.status_code, answer["X-Request-ID"]) == (status, "req-2")


def test_2_5_2_without_one_the_answer_has_its_own(asker):
    assert asker.ask(READ)["X-Request-ID"]


def test_2_6_the_same_question_has_the_same_answer(asker):
    assert [asker.ask(READ).json()["decision"] for _ in range(5)] == [True] * 5
