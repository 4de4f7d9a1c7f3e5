"""An operator watches, tests and stops the stream that a client made for itself."""

import pytest

from accounts.types import Role
from sync.flows.delivery import deliver_waiting
from tests.operators import sign_in_operator
from tests.streams import CAEP, SSF, desk, receive
from tests.town import nobody_rings, on_this_machine, town

__all__ = ["desk", "nobody_rings", "on_this_machine", "receive", "town"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_clients_stream_is_watched_tested_and_stopped_where_all_systems_are(call, desk, town):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    stream = desk.create(events_requested=[f"{CAEP}session-revoked"])
    page = f"/console/systems/{stream['stream_id']}/"
    assert "Fraud desk: security events" in admin.get("/console/systems/").content.decode()

    town.end(town.sign_in(town.person("ana")))
    deliver_waiting(make_call=lambda: call)
    assert "session.revoked" in admin.get(page).content.decode()
    assert len(desk.fetch(stream)) == 1

    tested = admin.post(f"{page}do/", {"do": "test"}).content.decode()
    assert "A verification event lies ready" in tested
    [said] = desk.fetch(stream)
    assert list(said["events"]) == [f"{SSF}verification"]

    admin.post(f"{page}do/", {"do": "pause"})
    [update] = desk.fetch(stream)
    assert update["events"] == {f"{SSF}stream-updated": {"status": "paused", "reason": "by_operator"}}
    answer = desk.ask("post", "/ssf/status", {"stream_id": stream["stream_id"], "status": "enabled"})
    assert answer.status_code == 403


def test_an_operator_connects_a_system_that_fetches_and_gives_it_to_a_client(call, desk, town):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    form = {
        "slug": "siem",
        "name": "The SIEM",
        "kind": "ssf_poll",
        "event_types": ["session.revoked", "account.suspended"],
        "freshness": "60",
        "cycle": "900",
        "client_id": desk.client_id,
    }
    assert "The SIEM" in admin.post("/console/systems/connect/", form).content.decode()
    refused = admin.post("/console/systems/connect/", form | {"slug": "other", "event_types": ["account.created"]})
    assert refused.status_code == 422
    nobody = admin.post("/console/systems/connect/", form | {"slug": "other", "client_id": "nobody"})
    assert "is no client of ours" in nobody.content.decode()
    [stream] = desk.ask("get", "/ssf/streams").json()
    assert stream["stream_id"] == "siem"
    town.end(town.sign_in(town.person("ana")))
    deliver_waiting(make_call=lambda: call)
    assert len(desk.fetch(stream)) == 1
