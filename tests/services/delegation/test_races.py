"""The same right to act, many threads, a real PostgreSQL: nothing outlives its end, nothing breaks."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from accounts.services import set_roles, suspend_account
from accounts.types import Role
from delegation.errors import DelegationEnded, NotStaff, StaffLevelTooLow, VerificationRequired
from delegation.models import Delegation
from delegation.queries import find_delegation
from delegation.services import end_assistance, hold_delegation, revoke_delegation
from kit.refusal import NotFound
from sessions_hub.queries import find_live_session
from sessions_hub.services import revoke_session, revoke_sessions_of
from tests.services.delegation.people import DESK, hire, set_scene
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = (DelegationEnded, NotStaff, StaffLevelTooLow, VerificationRequired, NotFound)


@pytest.fixture(autouse=True)
def _row_locks():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def scene(transactional_db, call):
    return set_scene(call)


def live(scene) -> list[str]:
    rows = Delegation.objects.live(scene.call.now)
    return [row.pk for row in rows]


def test_twenty_ends_from_every_side_are_one(scene, lines):
    begun = scene.begin()
    ways: list[Callable[[], object]] = [
        partial(revoke_delegation, id=begun.id, reason="ended", call=scene.call),
        partial(end_assistance, id=begun.id, call=scene.call),
        partial(revoke_session, sid=begun.sid, reason="ended", call=scene.call),
        partial(revoke_session, sid=scene.chat.sid, reason="ended", call=scene.call),
        partial(revoke_sessions_of, subject=scene.ana.sub, reason="ended", call=scene.call),
    ]
    _, errors = together(20, lambda number: ways[number % len(ways)]())
    assert errors == []
    assert len(lines("delegation.revoked")) == 1
    assert len([line for line in lines("session.revoked") if line.session == begun.sid]) == 1


def test_whoever_holds_it_while_it_is_revoked_holds_it_before_or_not_at_all(scene):
    begun = scene.begin()

    def act(number: int) -> str:
        if number == 10:
            revoke_delegation(id=begun.id, reason="ended", call=scene.call)
            return "ended"
        return hold_delegation(id=begun.id, actor=scene.sam.sub, client_id=DESK, call=scene.call).id

    _, errors = together(20, act)
    assert [error for error in errors if not isinstance(error, DelegationEnded)] == []
    assert find_delegation(id=begun.id).revoked_at
    with pytest.raises(DelegationEnded):
        act(0)


@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize("end", ["customer", "staff", "role"])
def test_no_help_slips_past_a_suspension_or_a_role_that_is_taken(scene, call, end, round_):
    hire(call, "olga", Role.ADMIN)
    ends = {
        "customer": partial(suspend_account, sub=scene.ana.sub, reason="fraud", call=call),
        "staff": partial(suspend_account, sub=scene.sam.sub, reason="left", call=call),
        "role": partial(set_roles, sub=scene.sam.sub, roles=[Role.AUDITOR], call=call),
    }

    def act(number: int) -> object:
        return ends[end]() if number == 6 else scene.begin()

    _, errors = together(12, act)
    assert [error for error in errors if not isinstance(error, REFUSED)] == []
    assert live(scene) == []
    for row in Delegation.objects.all():
        assert find_live_session(sid=row.sid, now=scene.call.now) is None


def test_beginning_twenty_times_at_once_leaves_one(scene):
    _, errors = together(20, lambda _: scene.begin())
    assert errors == []
    assert len(live(scene)) == 1
