"""Twenty hands on one change: one decides, the others are told."""

import pytest
from django.db import connection

from channel_registry import queries, services
from channel_registry.errors import DraftOutdated, DraftSettled
from channel_registry.models import PolicyVersion
from channel_registry.types import DraftState
from tests.services.channel_registry.conftest import operator
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {"session": {"idle": "15m"}}


@pytest.fixture(autouse=True)
def real_concurrency():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")


def propose(web, wanda, body):
    draft = services.draft_policy(channel=web, body=body, call=wanda)
    return services.propose_draft(draft=draft.pk, digest=draft.digest, call=wanda)


def test_twenty_approvers_make_one_version(web, wanda, call):
    draft = propose(web, wanda, BODY)

    def approve(number):
        by = operator(call, f"approver{number}", "approver")
        return services.approve_draft(draft=draft.pk, digest=draft.digest, call=by)

    approved, errors = together(20, approve)
    assert len(approved) == 1
    assert {type(error) for error in errors} == {DraftSettled}
    assert PolicyVersion.objects.count() == 2
    assert queries.get_draft(draft.pk).decided_by == approved[0].decided_by


def test_approved_or_withdrawn_and_never_both(web, wanda, pavel):
    draft = propose(web, wanda, BODY)

    def act(number):
        if number % 2:
            return services.approve_draft(draft=draft.pk, digest=draft.digest, call=pavel)
        return services.withdraw_draft(draft=draft.pk, call=wanda)

    done, errors = together(20, act)
    assert len(done) == 1
    assert {type(error) for error in errors} == {DraftSettled}
    is_live = queries.find_live_version("web").number == 2
    assert is_live is (queries.get_draft(draft.pk).state == DraftState.APPROVED)


def test_of_ten_changes_on_one_version_one_comes_into_force(web, wanda, pavel):
    drafts = [propose(web, wanda, {"session": {"idle": f"{minutes}m"}}) for minutes in range(2, 12)]

    def approve(number):
        draft = drafts[number]
        return services.approve_draft(draft=draft.pk, digest=draft.digest, call=pavel)

    approved, errors = together(10, approve)
    assert len(approved) == 1
    assert {type(error) for error in errors} == {DraftOutdated}
    assert queries.find_live_version("web").digest == approved[0].digest


def test_going_back_and_approving_at_once_leave_one_truth(web, wanda, pavel):
    draft = propose(web, wanda, BODY)

    def act(number):
        if number % 2:
            return services.approve_draft(draft=draft.pk, digest=draft.digest, call=pavel)
        return services.rollback_policy(channel=web, number=1, call=pavel)

    _, errors = together(10, act)
    assert {type(error) for error in errors} <= {DraftSettled}
    numbers = sorted(version.number for version in queries.list_versions("web"))
    assert numbers == list(range(1, len(numbers) + 1))
