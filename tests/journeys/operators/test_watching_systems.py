"""An operator follows each change, replays all that was given up, and replaces a token of the other side."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.services import change_name
from accounts.types import Role
from consent.services import put_purpose
from consent.types import PurposeDraft
from kit import clock
from kit.call import CallContext
from sync.flows.delivery import deliver_waiting
from sync.models import Connection, Delivery, Receiver
from sync.queries import open_secrets
from tests.actors import make_customer
from tests.journeys.operators.test_connected_systems import SYSTEMS, connect, quiet_and_on_this_machine
from tests.listener import listener
from tests.operators import sign_in_operator

__all__ = ["quiet_and_on_this_machine"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_each_change_shows_how_far_it_has_got_and_for_whom(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    ana, ben = make_customer(call, "ana"), make_customer(call, "ben")
    with listener((200, {}, b'{"applied": true}')) as crm:
        connect(admin, crm, attributes=["email", "phone"])
        change_name(sub=ana.sub, name="Ana Willow", call=call)
        deliver_waiting(make_call=lambda: call)
        crm.reply = 500
        change_name(sub=ben.sub, name="Ben Ash", call=call)
        deliver_waiting(make_call=lambda: call)
    seen = admin.get(f"{SYSTEMS}crm/").content.decode()
    event = Delivery.objects.get(subject=ana.sub).event_id
    assert event in seen
    assert ben.sub in seen
    hers = admin.get(f"{SYSTEMS}crm/", {"customer": ana.sub}).content.decode()
    assert event in hers
    assert ben.sub not in hers
    assert event not in admin.get(f"{SYSTEMS}crm/", {"customer": "<b>nobody</b>"}).content.decode()


def test_what_a_purpose_does_not_need_is_said_to_be_never_told(call: CallContext) -> None:
    put_purpose(draft=PurposeDraft("service", needs=("email",), texts={"en": {"title": "Your account"}}), call=call)
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener() as crm:
        seen = connect(admin, crm, attributes=["email", "phone"]).content.decode()
    assert "Listed, and never told</dt><dd>phone" in seen


def test_what_waits_for_longer_than_the_objective_is_late(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener() as crm:
        connect(admin, crm)
        admin.post(f"{SYSTEMS}crm/do/", {"do": "pause"})
        change_name(sub=make_customer(call).sub, name="Ana Willow", call=call)
        deliver_waiting(make_call=lambda: call)
        assert "Late" not in admin.get(SYSTEMS).content.decode()
        Delivery.objects.update(created_at=call.now - timedelta(minutes=2))
        assert "Late" in admin.get(SYSTEMS).content.decode()
        assert "Later than its objective" in admin.get(f"{SYSTEMS}crm/").content.decode()


def test_a_token_that_ran_out_is_replaced_and_shown_to_nobody(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener() as crm:
        connect(admin, crm, kind="scim", event_types=["profile.changed"], secret="old-token", missing="create")
        assert Connection.objects.get().options == {"missing": "create"}
        page = admin.get(f"{SYSTEMS}crm/").content.decode()
        assert "Bearer token" in page
        assert "Give it a new secret" not in page
        assert admin.post(f"{SYSTEMS}crm/do/", {"do": "rotate"}).status_code == 422
        assert open_secrets(slug="crm", now=call.now) == ("old-token",)
        given = admin.post(f"{SYSTEMS}crm/do/", {"do": "rotate", "secret": "new-token"}, follow=True)
        assert "new-token" not in given.content.decode()
        assert open_secrets(slug="crm", now=call.now) == ("new-token",)


def test_all_that_was_given_up_is_replayed_at_once(call: CallContext) -> None:
    support, _ = sign_in_operator(Role.SUPPORT, call)
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener(422) as crm:
        connect(admin, crm)
        for name in ("ana", "ben", "carla"):
            change_name(sub=make_customer(call, name).sub, name=f"{name} Willow", call=call)
        while Delivery.objects.open().exists() or not Delivery.objects.exists():
            Delivery.objects.update(next_attempt_at=call.now)
            Receiver.objects.update(quiet_until=None)
            deliver_waiting(make_call=lambda: call)
        assert "Try all 3 again" in support.get(f"{SYSTEMS}crm/").content.decode()
        crm.reply = 200
        replayed = support.post("/console/deliveries/replay/", {"all": "yes", "system": "crm"})
        assert replayed["Location"] == f"{SYSTEMS}crm/"
        deliver_waiting(make_call=lambda: replace(call, now=clock.now()))
        assert set(Delivery.objects.values_list("state", flat=True)) == {"confirmed"}
        assert len(set(crm.ids)) == 3, "the same events"
        assert support.post("/console/deliveries/replay/", {"all": "yes", "system": "nobody"}).status_code == 404
