"""Streams and transmitters beyond their specifications: races, clients that are gone, providers upstream, documents."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from textwrap import dedent

import pytest
from django.core.management import CommandError, call_command

from accounts import services as accounts
from accounts.types import Method, Proof, ProviderDraft
from assurance.models import FeedState
from audit.models import Event
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel
from oauth.queries import forget_clients
from oauth.services import disable_client
from sessions_hub import services as sessions
from sync import services
from sync.models import Connection, Delivery, Transmitter
from sync.queries import get_connection
from sync.services import apply_transmitters, change_connection
from tests.listener import listener
from tests.streams import CAEP, PUSH, RISC, bank, desk, iss_sub, receive
from tests.together import together

__all__ = ["bank", "desk", "receive"]
pytestmark = pytest.mark.django_db(transaction=True)
REVOKED = f"{CAEP}session-revoked"


def test_twenty_streams_at_once_are_ten_and_no_more(desk):
    answers, errors = together(20, lambda _: desk.ask("post", "/ssf/streams", {}).status_code)
    assert errors == []
    assert sorted(answers) == [201] * 10 + [409] * 10


def test_twenty_changes_of_status_at_once_leave_one_of_them(desk):
    stream = desk.create()
    statuses = ("paused", "disabled", "enabled")

    def change(number):
        return desk.ask(
            "post", "/ssf/status", {"stream_id": stream["stream_id"], "status": statuses[number % 3]}
        ).status_code

    answers, errors = together(20, change)
    assert (set(answers), errors) == ({200}, [])
    state = Connection.objects.get()
    assert state.receiver.held


@pytest.mark.parametrize("gone", ["client", "channel"])
def test_a_stream_whose_client_may_not_come_in_is_paused(desk, town, call, gone):
    with listener(202) as there:
        stream = desk.create(events_requested=[REVOKED], delivery={"method": PUSH, "endpoint_url": there.url})
        session = town.sign_in(town.person("ana"))
        if gone == "client":
            disable_client(client_id=desk.client_id, call=call)
            forget_clients()
        else:
            disable_channel(channel="web", call=call)
            forget_policies()
        town.end(session)
        town.deliver()
        assert there.heard == []
    state = get_connection(slug=stream["stream_id"])
    assert (state.standing, state.reason) == ("paused", "client_off")
    assert Delivery.objects.get(type="session.revoked").state == "waiting"


def test_a_stream_can_go_from_pushed_to_fetched_and_back_with_what_waits(desk, town):
    with listener(500) as there:
        delivery = {"method": PUSH, "endpoint_url": there.url}
        stream = desk.create(events_requested=[REVOKED], delivery=delivery)
        town.end(town.sign_in(town.person("ana")))
        town.deliver()
        assert Delivery.objects.get().last_error == "status_500"
        fetched = desk.ask("patch", "/ssf/streams", {"stream_id": stream["stream_id"], "delivery": {"method": POLL}})
        Delivery.objects.update(next_attempt_at=town.call.now)
        assert len(desk.poll(fetched.json())["sets"]) == 1
        there.reply = 202
        desk.ask("patch", "/ssf/streams", {"stream_id": stream["stream_id"], "delivery": delivery})
        town.deliver(seconds=1)
        assert len(there.heard) == 2


POLL = "urn:ietf:rfc:8936"


def test_an_operators_choice_of_facts_narrows_what_a_receiver_asked_for(desk, town):
    stream = desk.create()
    draft = replace(get_connection(slug=stream["stream_id"]).draft, event_types=("account.suspended",))
    change_connection(slug=stream["stream_id"], draft=draft, call=town.call)
    read = desk.ask("get", "/ssf/streams", stream_id=stream["stream_id"]).json()
    assert read["events_delivered"] == [f"{RISC}account-disabled"]


def test_the_authorization_header_is_replaced_and_taken_away(desk, town):
    with listener(202) as there:
        delivery = {"method": PUSH, "endpoint_url": there.url, "authorization_header": "Bearer one"}
        stream = desk.create(events_requested=[REVOKED], delivery=delivery)
        id = stream["stream_id"]
        for header in ("Bearer two", None):
            said = {"stream_id": id, "delivery": {**delivery, "authorization_header": header}}
            assert desk.ask("patch", "/ssf/streams", said).status_code == 200
            town.end(town.sign_in(town.person(f"ana{len(there.heard)}")))
            town.deliver()
    assert [each.headers.get("authorization") for each in there.heard] == ["Bearer two", None]
    assert not Event.objects.filter(payload__icontains="Bearer").exists()


# --- Signals ----------------------------------------------------------------------------------------------------


@pytest.fixture
def linked(bank, town, call):
    """Ana, whose account the bank opens too, signed in by the bank and by her password."""
    draft = ProviderDraft(name="Bank", client_id="g", client_secret="x" * 20, scopes=("openid",), channels=())
    accounts.create_provider(slug="bank", issuer=bank.issuer, draft=draft, call=call)
    accounts.enable_provider(slug="bank", call=call)
    Transmitter.objects.update(provider="bank")
    ana = town.person("ana")
    accounts.add_link(account=ana, provider="bank", subject="b-7", call=call)
    device, _ = sessions.recognize_device(secret=None, user_agent="", call=call)
    by_bank = sessions.start_session(
        account_id=ana.pk,
        subject=ana.sub,
        device_id=device.pk,
        channel="web",
        proofs=[Proof(Method.FEDERATED, call.now, provider="bank")],
        call=call,
    )
    return ana, by_bank, town.sign_in(ana)


@pytest.mark.parametrize("name", ["account-disabled", "account-purged", "sessions-revoked", "credential-compromise"])
def test_what_a_provider_says_of_its_account_ends_what_rests_on_it(bank, linked, name):
    ana, by_bank, _ = linked
    answer = bank.tell(f"{RISC}{name}", {"format": "iss_sub", "iss": bank.issuer, "sub": "b-7"})
    assert answer.status_code == 202
    ended = Event.objects.filter(type="session.revoked", subject=ana.sub)
    assert [line.session for line in ended] == [by_bank.sid]


def test_what_another_issuer_says_of_a_providers_account_does_nothing(bank, linked):
    for issuer in ("https://thief.example", "http://localhost:8000"):
        bank.tell(f"{RISC}account-disabled", {"format": "iss_sub", "iss": issuer, "sub": "b-7"})
    bank.tell(f"{RISC}account-disabled", {"format": "iss_sub", "iss": bank.issuer, "sub": "b-8"})
    assert not Event.objects.filter(type="session.revoked").exists()


def test_a_provider_that_is_switched_off_says_nothing(bank, linked, call):
    accounts.disable_provider(slug="bank", call=call)
    before = Event.objects.filter(type="session.revoked").count()
    bank.tell(f"{RISC}account-disabled", {"format": "iss_sub", "iss": bank.issuer, "sub": "b-7"})
    assert Event.objects.filter(type="session.revoked").count() == before


def test_a_signal_about_our_own_account_ends_all_its_sessions(bank, linked):
    ana, *both = linked
    bank.tell(REVOKED, iss_sub(ana))
    ended = Event.objects.filter(type="session.revoked", subject=ana.sub)
    assert {line.session for line in ended} == {each.sid for each in both}


# --- Documents --------------------------------------------------------------------------------------------------


def run(*words):
    out = StringIO()
    call_command("transmitters", *words, stdout=out)
    return out.getvalue()


def test_transmitters_are_planned_applied_and_exported(tmp_path):
    path = tmp_path / "transmitters.yaml"
    path.write_text(
        dedent("""
        transmitters:
          bank:
            name: Bank
            issuer: https://bank.example
            jwks_uri: https://bank.example/jwks
            may: [risk, sessions]
        """)
    )
    assert "hear bank" in run("plan", str(path))
    assert not Transmitter.objects.exists()
    assert "hear bank" in run("apply", str(path))
    assert "Nothing" in run("apply", str(path))
    path.write_text(run("export"))
    assert "Nothing would change" in run("plan", str(path))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("jwks_uri: http://10.0.0.1/keys", "jwks_uri"),
        ("issuer: ''", "issuer"),
        ("may: [everything]", "may"),
        ("risk: boredom", "risk"),
        ("enabled: maybe", "enabled"),
        ("freshness: soon", "freshness"),
        ("color: red", "color"),
        ("jwks: {keys: [{kty: oct, k: c2VjcmV0}]}", "jwks"),
    ],
)
def test_what_cannot_be_said_of_a_transmitter_is_refused_with_its_line(tmp_path, line, says):
    said = {"name": "name: Bank", "issuer": "issuer: https://bank.example", "jwks_uri": "jwks_uri: https://b.example/k"}
    said[line.partition(":")[0]] = line
    if line.startswith("jwks:"):
        del said["jwks_uri"]
    path = tmp_path / "transmitters.yaml"
    path.write_text("transmitters:\n  bank:\n" + "".join(f"    {each}\n" for each in said.values()))
    with pytest.raises(CommandError, match=says):
        run("apply", str(path))
    assert not Transmitter.objects.exists()


def test_a_transmitter_that_is_expected_and_silent_is_late_and_decisions_rest_on_it(bank, call):
    def health(minutes):
        services.check_transmitters(call=replace(call, now=call.now + timedelta(minutes=minutes)))
        row = FeedState.objects.get(feed="ssf:bank")
        return row.health, row.brings

    assert health(10_000) == ("ok", ""), "nobody expects anything"
    Transmitter.objects.filter(slug="bank").update(freshness=600, received_at=call.now)
    assert [health(minutes)[0] for minutes in (9, 11, 31, 121)] == ["ok", "late", "stale", "failed"]
    assert health(121) == ("failed", "risks")


def test_two_transmitters_have_two_issuers(bank, call):
    from sync.errors import TransmitterInvalid

    entry = {"name": "Thief", "issuer": bank.issuer, "jwks": bank.jwks}
    with pytest.raises(TransmitterInvalid, match="another"):
        apply_transmitters(document={"transmitters": {"thief": entry}}, call=call)
