"""AuthZEN certification scenario, section 3, and section 7 of the API: several questions at once."""

import pytest

from tests.compliance.authzen.test_basic import ALICE, ARCHIVED, BOB, READ, RECORD

pytestmark = pytest.mark.django_db
SECOND = {"type": "record", "id": "record-2"}
ACTIVE = {**RECORD, "properties": {"status": "active"}}


def decisions(answer):
    assert answer.status_code == 200, answer.content
    assert "decision" not in answer.json()
    return [each["decision"] for each in answer.json()["evaluations"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (  # 3.2.1
            {"subject": ALICE, "action": {"name": "read"}, "evaluations": [{"resource": RECORD}, {"resource": SECOND}]},
            [True, True],
        ),
        (  # 3.2.2
            {
                "subject": BOB,
                "resource": RECORD,
                "evaluations": [{"action": {"name": "read"}}, {"action": {"name": "write"}}],
            },
            [True, False],
        ),
        (  # 3.2.3
            {
                "subject": ALICE,
                "action": {"name": "write"},
                "evaluations": [{"resource": ACTIVE}, {"resource": ARCHIVED}],
            },
            [True, False],
        ),
        (  # 3.2.4
            {
                "action": {"name": "write"},
                "resource": ARCHIVED,
                "evaluations": [{"subject": ALICE}, {"subject": {**BOB, "properties": {"role": "admin"}}}],
            },
            [False, True],
        ),
        (  # 3.2.5
            {"evaluations": [READ, {"subject": BOB, "action": {"name": "write"}, "resource": RECORD}]},
            [True, False],
        ),
        (  # 3.2.6
            {
                "subject": ALICE,
                "action": {"name": "read"},
                "context": {"time": "2025-06-27T18:03-07:00"},
                "evaluations": [{"resource": RECORD}, {"resource": SECOND, "context": {"source": "override"}}],
            },
            [True, True],
        ),
        (  # 3.2.7
            {
                "subject": ALICE,
                "action": {"name": "write"},
                "resource": {"type": "record"},
                "evaluations": [
                    {"resource": {"id": "record-1", "properties": {"status": "active"}}},
                    {"resource": ARCHIVED},
                ],
            },
            [True, False],
        ),
    ],
)
def test_3_2_batches_of_the_scenario(asker, body, expected):
    assert decisions(asker.ask_all(body)) == expected


def test_3_2_7_an_item_replaces_what_is_common_whole(asker):
    body = {
        "subject": {**BOB, "properties": {"role": "admin"}},
        "action": {"name": "write"},
        "resource": ARCHIVED,
        "evaluations": [{}, {"subject": {"id": "bob"}}],
    }
    assert decisions(asker.ask_all(body)) == [True, False]  # the properties of the common subject do not mix in


def test_3_3_the_answers_are_as_many_and_in_the_same_order(asker):
    items = [{"action": {"name": name}} for name in ("read", "write", "delete", "read", "nothing", "write")]
    found = decisions(asker.ask_all({"subject": BOB, "resource": RECORD, "evaluations": items}))
    assert found == [True, False, False, True, False, False]


@pytest.mark.parametrize("broken", [{}, {"resource": 1}, {"resource": {"id": 1}}, {"resource": {"type": "record"}}])
def test_3_4_1_an_item_that_is_not_whole_is_denied_in_its_place(asker, broken):
    body = {"subject": ALICE, "action": {"name": "read"}, "evaluations": [{"resource": RECORD}, broken]}
    answer = asker.ask_all(body)
    assert decisions(answer) == [True, False]
    error = answer.json()["evaluations"][1]["context"]["error"]
    assert error["status"] == 400
    assert "resource" in error["message"]


@pytest.mark.parametrize("more", [{}, {"evaluations": []}])
def test_3_4_2_and_3_4_3_without_items_it_is_one_question(asker, more):
    answer = asker.ask_all({**READ, **more})
    assert (answer.status_code, answer.json()["decision"]) == (200, True)
    assert asker.ask_all({**more, "subject": ALICE}).status_code == 400


@pytest.mark.parametrize(
    "more",
    [
        {"evaluations": {}},
        {"evaluations": None},
        {"evaluations": [1]},
        {"evaluations": [[]]},
        {"evaluations": [READ] * 101},
        {"evaluations": [READ], "subject": "alice"},
        {"evaluations": [READ], "options": []},
        {"evaluations": [READ], "options": {"evaluations_semantic": "none_of_them"}},
        {"evaluations": [READ], "options": {"evaluations_semantic": ["execute_all"]}},
    ],
)
def test_a_batch_that_is_broken_itself_is_a_400(asker, more):
    assert asker.ask_all({**READ, **more}).status_code == 400


def test_a_hundred_questions_are_answered(asker):
    assert decisions(asker.ask_all({"evaluations": [READ] * 100})) == [True] * 100


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_7_1_2_the_three_semantics(asker, semantic, expected):
    items = [{"action": {"name": name}} for name in ("read", "write", "read", "write")]
    body = {"subject": BOB, "resource": RECORD, "evaluations": items, "options": {"evaluations_semantic": semantic}}
    assert decisions(asker.ask_all(body)) == expected


def test_7_1_2_what_cannot_be_read_counts_as_denied(asker):
    items = [{"action": {}}, {"action": {"name": "read"}}]
    body = {"subject": BOB, "resource": RECORD, "evaluations": items}
    assert decisions(asker.ask_all({**body, "options": {"evaluations_semantic": "deny_on_first_deny"}})) == [False]
    found = decisions(asker.ask_all({**body, "options": {"evaluations_semantic": "permit_on_first_permit"}}))
    assert found == [False, True]
