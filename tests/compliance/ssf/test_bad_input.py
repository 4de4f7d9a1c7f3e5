"""What no receiver that keeps to SSF 1.0 sends is refused, and changes nothing."""

from typing import Any

import pytest

from sync.models import Connection
from tests.streams import ISSUER, PUSH

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("value", [[], {}, ["paused"], 7, None, True, "\x00", "\ud800", "x" * 10_000])
def test_words_of_another_shape_are_a_400_or_a_404_at_every_door(desk, value):
    id = desk.create()["stream_id"]
    tries: dict[str, list[dict[str, Any]]] = {
        "/ssf/streams": [{"delivery": {"method": value}}, {"delivery": {"method": PUSH, "endpoint_url": value}}],
        "/ssf/status": [{"stream_id": id, "status": value}, {"stream_id": value, "status": "paused"}],
        "/ssf/subjects/add": [
            {"stream_id": value, "subject": {"format": "email", "email": "a@people.example"}},
            {"stream_id": id, "subject": {"format": value}},
            {"stream_id": id, "subject": {"format": "email", "email": value}},
            {"stream_id": id, "subject": {"format": "iss_sub", "iss": ISSUER, "sub": value}},
        ],
        "/ssf/verification": [{"stream_id": value}],
        f"/ssf/poll/{id}": [{"maxEvents": value if isinstance(value, str) else -1}, {"setErrs": {"x": value}}],
    }
    for path, bodies in tries.items():
        for body in bodies:
            assert desk.ask("post", path, body).status_code in {400, 404}, (path, body)
    acknowledged = {"ack": [value], "returnImmediately": True}
    assert desk.ask("post", f"/ssf/poll/{id}", acknowledged).status_code == (200 if isinstance(value, str) else 400)
    assert desk.ask("post", "/ssf/verification", {"stream_id": id, "state": value}).status_code in {204, 400}
    assert Connection.objects.count() == 1


def test_a_stream_is_named_once(desk):
    one, two = desk.create(), desk.create()
    query = f"?stream_id={one['stream_id']}&stream_id={two['stream_id']}"
    for path in ("/ssf/streams", "/ssf/status"):
        assert desk.ask("get", path + query).status_code == 404
    assert desk.ask("delete", f"/ssf/streams{query}").status_code == 404
    assert Connection.objects.count() == 2


def test_what_is_pushed_is_not_fetched(desk):
    stream = desk.create(delivery={"method": PUSH, "endpoint_url": "http://127.0.0.1:9/"})
    answer = desk.ask("post", f"/ssf/poll/{stream['stream_id']}", {"returnImmediately": True})
    assert answer.status_code == 404
