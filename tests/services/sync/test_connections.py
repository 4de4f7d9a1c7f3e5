"""Systems are connected, tested, switched off, and refused where they cannot be."""

from typing import Any

import pytest

from audit.models import Event
from kit.refusal import NotFound
from sync import rules, services
from sync.errors import ConnectionDisabled, ConnectionExists, ConnectionInvalid
from sync.flows.verification import send_verification
from sync.models import Connection, Delivery, Receiver
from sync.queries import forget_connections, get_connection, open_secrets
from sync.types import ConnectionDraft, Kind
from tests.connecting import rename

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_test_sends_a_real_event_and_shows_the_answer(town, connect):
    crm = connect((200, {}, b"welcome"))
    outcome = send_verification(slug="crm", call=town.call)
    assert (outcome.status, outcome.said) == (200, "welcome")
    event = crm.heard[0].verify(crm.secret)
    assert (event["type"], event["data"]) == ("throughline.verification", {"system": "crm"})
    assert get_connection(slug="crm").verified_at == town.call.now
    crm.reply = 401
    assert send_verification(slug="crm", call=town.at(seconds=5)).code == "status_401"
    state = get_connection(slug="crm")
    assert (state.verified_at, state.tested_at, state.verification) == (
        town.call.now,
        town.at(seconds=5).now,
        "status_401",
    )
    assert not Event.objects.filter(payload__icontains="welcome").exists()


def test_a_system_that_is_switched_off_is_told_nothing_and_what_waited_is_given_up(town, connect, states):
    crm = connect(500)
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    town.deliver()
    services.disable_connection(slug="crm", call=town.call)
    assert states() == ["dead"]
    rename(town, ana, "Ana Larch")
    assert town.deliver(minutes=1) == 0
    assert Delivery.objects.count() == 1
    for refused in (services.pause_connection, send_verification):
        with pytest.raises(ConnectionDisabled):
            refused(slug="crm", call=town.call)
    services.resume_connection(slug="crm", call=town.call)
    crm.reply = 200
    rename(town, ana, "Ana Alder")
    assert town.deliver(minutes=2) == 1


SOUND: dict[str, Any] = {
    "name": "CRM",
    "kind": Kind.WEBHOOK,
    "endpoint": "https://crm.example/",
    "event_types": ("profile.changed",),
}
BAD: dict[str, list[Any]] = {
    "endpoint": ["http://crm.example/", "https://10.0.0.1/", "https://user@crm.example/", "ftp://x.example/", "\x00"],
    "name": ["", "  ", "a\nb", "x" * 101, "\u202eevil"],
    "event_types": [(), ("decision.made",), ("profile.changed", "profile.changed"), ("\x00",)],
    "attributes": [("password",), ("email", "email")],
    "freshness": [0, -1, 10**9, 333],
    "cycle": [0, 59, 10**9],
    "owner_channel": ["Web!", "\x00"],
    "options": [{"nothing": "x"}, {"digest_url": "http://169.254.169.254/"}, {"digest_url": "x" * 3000}],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in BAD.items() for value in values])
def test_what_cannot_be_said_about_a_system_is_refused(call, settings, field, value):
    settings.FETCH_ALLOW_LOOPBACK = False
    said = {**SOUND}
    if field == "attributes":
        said["purpose"] = "service"
    with pytest.raises(ConnectionInvalid) as refused:
        services.create_connection(slug="crm", draft=ConnectionDraft(**(said | {field: value})), call=call)
    assert refused.value.path.startswith(field)
    assert not Connection.objects.exists()


def test_a_name_that_is_a_page_of_its_own_is_refused(call):
    with pytest.raises(ConnectionInvalid) as refused:
        services.create_connection(slug="connect", draft=ConnectionDraft(**SOUND), call=call)
    assert refused.value.path == "slug"


def test_attributes_need_a_purpose(call):
    said = {**SOUND}
    with pytest.raises(ConnectionInvalid, match="purpose"):
        services.create_connection(slug="crm", draft=ConnectionDraft(**said, attributes=("email",)), call=call)


@pytest.mark.parametrize("url", ["https://internal.crm.example/", "https://[::1]/", "https://127.0.0.1/"])
def test_where_an_address_turns_inward_nothing_is_sent(town, connect, settings, monkeypatch, url):
    connect()
    Connection.objects.update(endpoint=url)
    forget_connections()
    settings.FETCH_ALLOW_LOOPBACK = False
    monkeypatch.setattr("kit.fetch.resolve", lambda *_: ["93.184.216.34", "10.0.0.7"])
    rename(town, town.person("ana"), "Ana Willow")
    town.deliver()
    assert Delivery.objects.get().last_error == "address_not_allowed"
    assert send_verification(slug="crm", call=town.call).code == "address_not_allowed"


def test_a_short_name_is_taken_once_and_strange_ones_are_unknown(town, connect):
    connect()
    with pytest.raises(ConnectionExists):
        connect()
    for slug in ("nobody", "\x00", "x" * 10_000):
        with pytest.raises(NotFound):
            get_connection(slug=slug)
        with pytest.raises(NotFound):
            services.rotate_secret(slug=slug, call=town.call)


def test_a_secret_that_is_given_must_be_one_and_is_used(town, connect):
    connect()
    for bad in ("secret", "whsec_", "whsec_AAAA", "whsec_" + "A" * 1000, "\x00"):
        with pytest.raises(ConnectionInvalid) as refused:
            services.rotate_secret(slug="crm", secret=bad, call=town.call)
        assert bad[6:] not in refused.value.detail or not bad[6:]
    good = rules.write_secret(b"k" * 32)
    assert services.rotate_secret(slug="crm", secret=good, call=town.call) == good
    assert open_secrets(slug="crm", now=town.call.now)[0] == good


def test_a_name_that_a_deleted_system_had_begins_anew(town):
    draft = ConnectionDraft(**(SOUND | {"kind": Kind.SSF_PUSH, "event_types": ("session.revoked",)}))
    services.create_connection(slug="siem", draft=draft, call=town.call)
    services.disable_connection(slug="siem", call=town.call)
    Receiver.objects.update(failures=7, quiet_until=town.at(hours=1).now)
    Connection.objects.all().delete()
    services.create_connection(slug="siem", draft=draft, call=town.call)
    row = Receiver.objects.get(key="siem")
    assert (row.held, row.failures, row.quiet_until) == (False, 0, None)


@pytest.mark.parametrize(("kind", "types"), [(Kind.SCIM, ("profile.changed",)), (Kind.SSF_PUSH, ("session.revoked",))])
def test_a_token_of_the_other_side_is_given_and_never_made(town, kind, types):
    draft = ConnectionDraft(**(SOUND | {"kind": kind, "event_types": types}))
    services.create_connection(slug="crm", draft=draft, secret="old", call=town.call)
    with pytest.raises(ConnectionInvalid, match="other side"):
        services.rotate_secret(slug="crm", call=town.call)
    assert open_secrets(slug="crm", now=town.call.now) == ("old",)
    services.rotate_secret(slug="crm", secret="new", call=town.call)
    assert open_secrets(slug="crm", now=town.call.now) == ("new",), "the old one is of no use to anybody"


def test_a_stream_belongs_to_a_client_that_there_is(town):
    said = SOUND | {"kind": Kind.SSF_POLL, "endpoint": "", "event_types": ("session.revoked",)}
    with pytest.raises(ConnectionInvalid, match="client"):
        draft = ConnectionDraft(**said, options={"client_id": "nobody"})
        services.create_connection(slug="siem", draft=draft, call=town.call)
    services.create_connection(slug="siem", draft=ConnectionDraft(**said), call=town.call)
    Connection.objects.update(options={"client_id": "gone"})
    draft = ConnectionDraft(**(said | {"name": "The SIEM"}), options={"client_id": "gone"})
    assert services.change_connection(slug="siem", draft=draft, call=town.call), "whose client is gone can be changed"


@pytest.mark.parametrize(("kind", "types"), [(Kind.SCIM, ("profile.changed",)), (Kind.SSF_PUSH, ("session.revoked",))])
@pytest.mark.parametrize("elsewhere", ["https://evil.example/hooks", "https://crm.example:8443/hooks"])
def test_a_token_does_not_go_with_its_system_to_another_host(town, kind, types, elsewhere):
    said = SOUND | {"kind": kind, "event_types": types, "endpoint": "https://crm.example/hooks"}
    services.create_connection(slug="crm", draft=ConnectionDraft(**said), secret="theirs", call=town.call)
    moved = ConnectionDraft(**(said | {"endpoint": "https://crm.example/v2"}))
    services.change_connection(slug="crm", draft=moved, call=town.call)
    assert open_secrets(slug="crm", now=town.call.now) == ("theirs",)
    services.change_connection(slug="crm", draft=ConnectionDraft(**(said | {"endpoint": elsewhere})), call=town.call)
    assert open_secrets(slug="crm", now=town.call.now) == ()
    fact = Event.objects.filter(type="connection.changed").latest("id")
    assert "secret" in fact.payload["fields"]
    services.rotate_secret(slug="crm", secret="new", call=town.call)
    assert open_secrets(slug="crm", now=town.call.now) == ("new",)


def test_what_we_sign_with_stays_wherever_a_system_goes(town):
    _, secret = services.create_connection(slug="crm", draft=ConnectionDraft(**SOUND), call=town.call)
    draft = ConnectionDraft(**(SOUND | {"endpoint": "https://elsewhere.example/hooks"}))
    services.change_connection(slug="crm", draft=draft, call=town.call)
    assert open_secrets(slug="crm", now=town.call.now) == (secret,)
