"""OpenID Shared Signals Framework 1.0, transmitter, section by section."""

from functools import partial

import pytest

from accounts.services import suspend_account
from sync import services
from sync.flows.silence import listen
from sync.models import Connection, Delivery
from sync.rules import EVENTS_SUPPORTED
from tests.actors import make_client, sign_in
from tests.connecting import rename
from tests.listener import listener
from tests.streams import CAEP, ISSUER, POLL, PUSH, RISC, SSF, iss_sub

pytestmark = pytest.mark.django_db(transaction=True)
REVOKED = f"{CAEP}session-revoked"


# --- 7.1 Transmitter configuration metadata ---------------------------------------------------------------------


def test_7_1_metadata_names_the_issuer_its_keys_and_every_endpoint(desk):
    said = desk.metadata()
    assert (said["issuer"], said["spec_version"]) == (ISSUER, "1_0")
    assert set(said["delivery_methods_supported"]) == {PUSH, POLL}
    assert said["authorization_schemes"] == [{"spec_urn": "urn:ietf:rfc:6749"}]
    assert said["default_subjects"] == "ALL"
    assert desk.http.get(said["jwks_uri"].removeprefix(ISSUER)).status_code == 200
    for name in ("configuration", "status", "add_subject", "remove_subject", "verification"):
        answer = desk.http.post(said[f"{name}_endpoint"].removeprefix(ISSUER), "{}", content_type="application/json")
        assert answer.status_code == 401, name


# --- 8.1.1 Stream configuration ---------------------------------------------------------------------------------


def test_8_1_1_1_a_stream_is_fetched_unless_it_says_otherwise(desk):
    stream = desk.create(events_requested=[REVOKED, "https://example.com/unheard-of"], description="Fraud")
    assert stream["iss"] == ISSUER
    assert stream["aud"] == desk.client_id
    assert stream["events_supported"] == list(EVENTS_SUPPORTED)
    assert stream["events_requested"] == [REVOKED, "https://example.com/unheard-of"]
    assert stream["events_delivered"] == [REVOKED]
    assert stream["description"] == "Fraud"
    assert stream["delivery"]["method"] == POLL
    assert stream["delivery"]["endpoint_url"].startswith(f"{ISSUER}/ssf/poll/")


def test_8_1_1_1_without_a_wish_every_event_is_delivered(desk):
    assert desk.create()["events_delivered"] == list(EVENTS_SUPPORTED)


@pytest.mark.parametrize(
    "said",
    [
        {"delivery": {"method": "carrier-pigeon"}},
        {"delivery": {"method": PUSH}},
        {"delivery": {"method": PUSH, "endpoint_url": "http://192.168.0.1/events"}},
        {"delivery": {"method": PUSH, "endpoint_url": "ftp://receiver.example/"}},
        {"delivery": {"method": PUSH, "endpoint_url": "https://r.example/", "authorization_header": "a\r\nb: c"}},
        {"delivery": "push"},
        {"events_requested": "all"},
        {"events_requested": [7]},
        {"events_requested": ["https://example.com/unheard-of"]},
        {"events_requested": ["x" * 3000]},
        {"description": "a\x00b"},
        {"description": 7},
    ],
)
def test_8_1_1_1_what_cannot_be_a_stream_is_a_400(desk, said):
    assert desk.ask("post", "/ssf/streams", said).status_code == 400
    assert not Connection.objects.exists()


def test_8_1_1_1_a_client_has_ten_streams_at_most(desk):
    for _ in range(10):
        desk.create()
    assert desk.ask("post", "/ssf/streams", {}).status_code == 409


def test_8_1_1_2_a_stream_is_read_by_its_id_and_all_of_them_without(desk, receive):
    one, two = desk.create(), desk.create()
    receive("Another").create()
    assert desk.ask("get", "/ssf/streams", stream_id=one["stream_id"]).json() == one
    listed = desk.ask("get", "/ssf/streams")
    assert {each["stream_id"] for each in listed.json()} == {one["stream_id"], two["stream_id"]}
    assert listed["Cache-Control"] == "no-store"


def test_8_1_1_3_a_patch_changes_what_it_mentions(desk):
    stream = desk.create(description="Fraud", events_requested=[REVOKED])
    body = {"stream_id": stream["stream_id"], "events_requested": [REVOKED, f"{RISC}account-disabled"]}
    changed = desk.ask("patch", "/ssf/streams", body).json()
    assert changed["events_delivered"] == [REVOKED, f"{RISC}account-disabled"]
    assert changed["description"] == "Fraud"


@pytest.mark.parametrize("said", [{"aud": "somebody"}, {"iss": "https://x.example"}, {"events_delivered": []}])
@pytest.mark.parametrize("method", ["patch", "put"])
def test_8_1_1_3_what_is_the_transmitters_must_match(desk, method, said):
    stream = desk.create()
    assert desk.ask(method, "/ssf/streams", {"stream_id": stream["stream_id"], **said}).status_code == 400
    body = {"stream_id": stream["stream_id"], "aud": stream["aud"], "iss": ISSUER}
    assert desk.ask(method, "/ssf/streams", body).status_code == 200


def test_8_1_1_4_a_put_drops_what_it_does_not_mention(desk):
    stream = desk.create(description="Fraud", events_requested=[REVOKED])
    replaced = desk.ask("put", "/ssf/streams", {"stream_id": stream["stream_id"]}).json()
    assert "description" not in replaced
    assert replaced["events_delivered"] == list(EVENTS_SUPPORTED)


def test_8_1_1_4_what_was_read_can_be_put_back(desk):
    stream = desk.create(description="Fraud", events_requested=[REVOKED])
    assert desk.ask("put", "/ssf/streams", stream).json() == stream


def test_8_1_1_4_what_waits_goes_the_way_the_stream_says_now(desk, town):
    stream = desk.create(events_requested=[REVOKED])
    ana = town.person("ana")
    town.end(town.sign_in(ana))
    town.deliver()
    with listener(202) as there:
        delivery = {"method": PUSH, "endpoint_url": there.url, "authorization_header": "Bearer s3cret"}
        desk.ask("patch", "/ssf/streams", {"stream_id": stream["stream_id"], "delivery": delivery})
        town.deliver(seconds=1)
        [heard] = there.heard
    assert heard.headers["authorization"] == "Bearer s3cret"
    assert desk.verify(heard.body.decode())["sub_id"]["user"] == iss_sub(ana)


def test_8_1_1_5_a_deleted_stream_is_gone_with_what_waited(desk, town, states):
    stream = desk.create(events_requested=[REVOKED])
    town.end(town.sign_in(town.person("ana")))
    town.deliver()
    assert desk.ask("delete", "/ssf/streams", stream_id=stream["stream_id"]).status_code == 204
    assert desk.ask("delete", "/ssf/streams", stream_id=stream["stream_id"]).status_code == 404
    assert desk.ask("get", "/ssf/streams").json() == []
    assert states() == ["dead"]


@pytest.mark.parametrize("method", [PUSH, POLL])
def test_8_1_1_5_a_stream_that_was_looked_at_is_deleted_all_the_same(desk, town, method):
    push = {"method": PUSH, "endpoint_url": "http://127.0.0.1:9/"}
    stream = desk.create(delivery=push if method == PUSH else {"method": POLL})
    for minutes in (0, 6, 12):
        listen(make_call=partial(town.at, minutes=minutes))
    assert desk.ask("delete", "/ssf/streams", stream_id=stream["stream_id"]).status_code == 204
    assert not Connection.objects.exists()


def test_a_stream_is_its_clients_own(desk, receive, town):
    stream = desk.create()
    other = receive("Another")
    id = stream["stream_id"]
    subject = iss_sub(town.person("ana"))
    tries = [
        other.ask("get", "/ssf/streams", stream_id=id),
        other.ask("patch", "/ssf/streams", {"stream_id": id, "description": "mine"}),
        other.ask("put", "/ssf/streams", {"stream_id": id}),
        other.ask("delete", "/ssf/streams", stream_id=id),
        other.ask("get", "/ssf/status", stream_id=id),
        other.ask("post", "/ssf/status", {"stream_id": id, "status": "disabled"}),
        other.ask("post", "/ssf/subjects/add", {"stream_id": id, "subject": subject}),
        other.ask("post", "/ssf/subjects/remove", {"stream_id": id, "subject": subject}),
        other.ask("post", "/ssf/verification", {"stream_id": id}),
        other.ask("post", f"/ssf/poll/{id}", {"returnImmediately": True}),
        desk.ask("get", "/ssf/streams", stream_id="ssf_unheard_of"),
    ]
    assert {each.status_code for each in tries} == {404}
    assert desk.ask("get", "/ssf/streams", stream_id=id).json() == stream


def test_a_system_that_an_operator_connected_is_nobodys_stream(desk, town):
    from sync.types import ConnectionDraft, Kind

    draft = ConnectionDraft(name="SIEM", kind=Kind.SSF_POLL, endpoint="", event_types=("session.revoked",))
    services.create_connection(slug="siem", draft=draft, call=town.call)
    assert desk.ask("get", "/ssf/streams", stream_id="siem").status_code == 404


def test_only_a_clients_own_token_with_the_scope_opens_the_doors(receive, town, call):
    assert receive("Without", scopes=("feeds",)).ask("get", "/ssf/streams").status_code == 403
    shop = make_client(call, name="Shop")
    token = shop.tokens_for(sign_in(town.person("ana")))["access_token"]
    desk = receive("Desk")
    desk.token = token
    assert desk.ask("get", "/ssf/streams").status_code in {401, 403}


# --- 8.1.2 Stream status ----------------------------------------------------------------------------------------


def test_8_1_2_what_happens_while_a_stream_is_paused_is_told_afterwards(desk, town):
    stream = desk.create(events_requested=[REVOKED])
    id = stream["stream_id"]
    paused = desk.ask("post", "/ssf/status", {"stream_id": id, "status": "paused", "reason": "upgrade"})
    assert paused.json()["status"] == "paused"
    town.end(town.sign_in(town.person("ana")))
    town.deliver()
    assert desk.fetch(stream) == []
    assert desk.ask("get", "/ssf/status", stream_id=id).json()["status"] == "paused"
    assert desk.ask("post", "/ssf/status", {"stream_id": id, "status": "enabled"}).json()["status"] == "enabled"
    assert len(desk.fetch(stream)) == 1


def test_8_1_2_what_happens_while_a_stream_is_disabled_is_not_told(desk, town):
    stream = desk.create(events_requested=[REVOKED])
    id = stream["stream_id"]
    for status in ("disabled", "paused", "disabled"):
        assert desk.ask("post", "/ssf/status", {"stream_id": id, "status": status}).json()["status"] == status
    town.end(town.sign_in(town.person("ana")))
    town.deliver()
    desk.ask("post", "/ssf/status", {"stream_id": id, "status": "enabled"})
    assert desk.fetch(stream) == []


def test_8_1_2_what_an_operator_stopped_its_receiver_does_not_start(desk, town):
    stream = desk.create()
    id = stream["stream_id"]
    services.disable_connection(slug=id, call=town.call)
    assert desk.ask("post", "/ssf/status", {"stream_id": id, "status": "enabled"}).status_code == 403
    assert desk.ask("post", "/ssf/status", {"stream_id": id, "status": "gone"}).status_code == 400


# --- 8.1.3 Subjects ---------------------------------------------------------------------------------------------


def test_8_1_3_whom_a_stream_removed_it_is_told_nothing_of_until_it_adds_her(desk, town):
    stream = desk.create(events_requested=[f"{RISC}account-disabled"])
    ana, ben = town.person("ana"), town.person("ben")
    said = {"stream_id": stream["stream_id"], "subject": iss_sub(ana)}
    removed = desk.ask("post", "/ssf/subjects/remove", said)
    assert (removed.status_code, removed.content) == (204, b"")
    for each in (ana, ben):
        suspend_account(sub=each.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    assert [each["sub_id"]["sub"] for each in desk.fetch(stream)] == [ben.sub]
    assert desk.ask("post", "/ssf/subjects/add", {**said, "verified": True}).status_code == 200
    from accounts.services import reactivate_account

    reactivate_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    suspend_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    assert [each["sub_id"]["sub"] for each in desk.fetch(stream)] == [ana.sub]


def test_8_1_3_a_stream_of_added_subjects_is_told_of_nobody_else(desk, town):
    stream = desk.create(events_requested=[f"{RISC}account-disabled"])
    row = Connection.objects.get()
    row.options |= {"subjects": "added"}
    row.save()
    ana, ben = town.person("ana"), town.person("ben")
    desk.ask("post", "/ssf/subjects/add", {"stream_id": stream["stream_id"], "subject": iss_sub(ana)})
    for each in (ana, ben):
        suspend_account(sub=each.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    assert [each["sub_id"]["sub"] for each in desk.fetch(stream)] == [ana.sub]


def test_8_1_3_an_address_tells_a_receiver_nothing_about_who_exists(desk, town):
    stream = desk.create()
    ana = town.person("ana")
    answers = [
        desk.ask(
            "post",
            "/ssf/subjects/add",
            {"stream_id": stream["stream_id"], "subject": {"format": "email", "email": address}},
        )
        for address in (ana.email, "nobody@people.example", "a\x00b@people.example")
    ]
    assert {(each.status_code, each.content) for each in answers[:2]} == {(200, b"")}
    assert answers[2].status_code == 400


@pytest.mark.parametrize(
    ("subject", "status"),
    [
        ({"format": "iss_sub", "iss": ISSUER, "sub": "acc_unheard_of"}, 404),
        ({"format": "iss_sub", "iss": "https://other.example", "sub": "x"}, 400),
        ({"format": "iss_sub", "iss": ISSUER}, 400),
        ({"format": "phone_number", "phone_number": "+1"}, 400),
        ("ana", 400),
        (None, 400),
    ],
)
def test_8_1_3_who_is_nobody_cannot_be_added(desk, subject, status):
    stream = desk.create()
    said = {"stream_id": stream["stream_id"], "subject": subject}
    assert desk.ask("post", "/ssf/subjects/add", said).status_code == status


# --- 8.1.4 Verification, 8.1.5 Stream updated -------------------------------------------------------------------


def test_8_1_4_a_verification_comes_over_the_stream_with_its_state(desk, town):
    stream = desk.create()
    asked = desk.ask("post", "/ssf/verification", {"stream_id": stream["stream_id"], "state": "VGhpcyBpcw"})
    assert (asked.status_code, asked.content) == (204, b"")
    assert Connection.objects.get().verified_at is None
    [said] = desk.fetch(stream)
    assert said["sub_id"] == {"format": "opaque", "id": stream["stream_id"]}
    assert said["events"] == {f"{SSF}verification": {"state": "VGhpcyBpcw"}}
    assert said["aud"] == desk.client_id
    assert Connection.objects.get().verified_at is not None


def test_8_1_4_a_verification_is_pushed_where_a_stream_is_pushed(desk, town):
    with listener(202) as there:
        stream = desk.create(delivery={"method": PUSH, "endpoint_url": there.url})
        desk.ask("post", "/ssf/verification", {"stream_id": stream["stream_id"]})
        town.deliver(seconds=1)
        [heard] = there.heard
    assert desk.verify(heard.body.decode())["events"] == {f"{SSF}verification": {}}
    assert Connection.objects.get().verified_at is not None


def test_8_1_4_too_many_verifications_are_a_429_that_says_when(desk):
    stream = desk.create()
    answers = [desk.ask("post", "/ssf/verification", {"stream_id": stream["stream_id"]}) for _ in range(3)]
    assert answers[0].status_code == 204
    assert 429 in {each.status_code for each in answers}
    late = next(each for each in answers if each.status_code == 429)
    assert 1 <= int(late["Retry-After"]) <= stream["min_verification_interval"]


@pytest.mark.parametrize("state", [7, "x" * 5000, "a\x00b"])
def test_8_1_4_a_state_is_a_short_text(desk, state):
    stream = desk.create()
    said = {"stream_id": stream["stream_id"], "state": state}
    assert desk.ask("post", "/ssf/verification", said).status_code == 400


def test_8_1_5_what_an_operator_does_to_a_stream_its_receiver_is_told(desk, town):
    stream = desk.create()
    id = stream["stream_id"]
    services.pause_connection(slug=id, call=town.call)
    services.resume_connection(slug=id, call=town.at(seconds=0.1))
    services.disable_connection(slug=id, call=town.at(seconds=0.2))
    for row in Delivery.objects.all():
        row.next_attempt_at = row.occurred_at = town.call.now
        row.save()
    said = desk.fetch(stream)
    updates = [each["events"][f"{SSF}stream-updated"] for each in said]
    assert [each["status"] for each in updates] == ["paused", "enabled", "disabled"]
    assert updates[0]["reason"] == "by_operator"


def test_8_1_5_what_a_receiver_does_itself_it_is_not_told(desk):
    stream = desk.create()
    for status in ("paused", "enabled"):
        desk.ask("post", "/ssf/status", {"stream_id": stream["stream_id"], "status": status})
    assert not Delivery.objects.exists()


def test_bodies_are_read_strictly(desk):
    for body in (b"", b"[]", b"{", b'{"a": 1, "a": 2}', b"null", b'"x"'):
        for path in ("/ssf/streams", "/ssf/status", "/ssf/subjects/add", "/ssf/verification", "/ssf/poll/x"):
            headers = {"Authorization": f"Bearer {desk.token}"}
            answer = desk.http.post(path, body, content_type="application/json", headers=headers)
            assert answer.status_code in {400, 201} if path == "/ssf/streams" and body == b"" else 400, (path, body)


def test_attributes_travel_only_where_an_operator_allowed_them(desk, town):
    stream = desk.create(events_requested=[f"{CAEP}token-claims-change"])
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert desk.fetch(stream) == []
    row = Connection.objects.get()
    row.attributes, row.purpose = ["name"], "service"
    row.save()
    rename(town, ana, "Ana Larch")
    town.deliver()
    [said] = desk.fetch(stream)
    [event] = said["events"].values()
    assert event["claims"] == {"name": "Ana Larch"}
    assert said["sub_id"] == iss_sub(ana)
