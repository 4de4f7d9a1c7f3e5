"""Whoever acts because a customer permitted it may not any more from the moment she does not."""

from datetime import timedelta

import pytest

from consent.queries import forget_catalog
from consent.services import bind_device
from delegation.models import Delegation
from delegation.queries import find_delegation
from tests.services.consent.conftest import Register, fill_catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def register(scene):
    fill_catalog(scene.call)
    forget_catalog()
    return Register(scene.call)


@pytest.fixture
def agent(scene, register):
    """A delegation to software, which rests on a purpose."""

    def begin(purpose, number=1):
        row = Delegation.objects.create(
            id=f"dlg_{number}",
            subject=scene.ana.sub,
            actor_type="agent",
            actor="bot",
            client_id="assistant",
            channel="agent",
            reason="order",
            purpose=purpose,
            begun_at=scene.call.now,
            expires_at=scene.call.now + timedelta(days=1),
        )
        return lambda: find_delegation(id=row.pk).revoked_reason

    return begin


@pytest.mark.parametrize("action", ["withdraw", "deny", "object"])
def test_it_ends_with_the_permission_it_rests_on(scene, register, agent, lines, action):
    why = agent("ai.assistance")
    register.choose("grant", "ai.assistance", scene.ana.sub)
    assert why() == ""
    register.later().choose(action, "ai.assistance", scene.ana.sub)
    assert why().startswith("consent.")
    [line] = lines("delegation.revoked")
    assert (line.subject, line.payload["reason"]) == (scene.ana.sub, why())


def test_what_is_refused_above_ends_what_rests_below(scene, register, agent):
    below, beside = agent("marketing.email"), agent("personalization", 2)
    register.choose("deny", "marketing", scene.ana.sub)
    assert (below(), beside()) == ("consent.denied", "")


@pytest.mark.parametrize(
    ("named", "ends"),
    [({"processor": "bot"}, True), ({"processor": "mailer"}, False), ({"channel": "web"}, False)],
)
def test_a_refusal_by_name_reaches_whom_it_names(scene, register, agent, named, ends):
    why = agent("ai.assistance")
    register.choose("deny", "ai.assistance", scene.ana.sub, **named)
    assert bool(why()) is ends


def test_what_a_device_of_hers_refuses_ends_it_too_and_another_customers_no_does_not(scene, register, agent):
    why = agent("ai.assistance")
    bind_device(device="dev_phone", account=scene.ana.sub, call=scene.call)
    register.choose("deny", "ai.assistance", "acc_ben")
    assert why() == ""
    register.choose("deny", "ai.assistance", "dev_phone")
    assert why() == "consent.denied"


def test_staff_who_help_her_rest_on_no_consent(scene, register):
    begun = scene.begin()
    for purpose in ("ai.assistance", "marketing", "personalization"):
        register.choose("withdraw", purpose, scene.ana.sub)
    assert find_delegation(id=begun.id).is_live(scene.call.now)
