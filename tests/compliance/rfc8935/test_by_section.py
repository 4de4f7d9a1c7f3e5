"""RFC 8935, pushed security event tokens, by section: as transmitter, and as recipient."""

import base64
import json
import time
import warnings

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from assurance.models import RiskFlag
from assurance.queries import list_standing
from audit.models import Event
from sync import services
from sync.models import Delivery, HeardToken, Transmitter
from sync.queries import forget_transmitter_keys
from sync.services import apply_transmitters
from tests.listener import listener
from tests.streams import CAEP, ISSUER, PUSH, RISC, SSF, iss_sub
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
REVOKED = f"{CAEP}session-revoked"
RISK = f"{CAEP}risk-level-change"
HIGH = {"principal": "USER", "current_level": "HIGH"}


@pytest.fixture
def pushed(desk, town):
    """A listener that answers in some way, and one ended session on its way to it."""

    def make(reply, **delivery):
        there = town.cleanup.enter_context(listener(reply))
        said = {"method": PUSH, "endpoint_url": there.url, **delivery}
        there.stream = desk.create(events_requested=[REVOKED], delivery=said)
        town.end(town.sign_in(town.person("ana")))
        town.deliver()
        return there

    return make


# --- As transmitter ---------------------------------------------------------------------------------------------


def test_2_1_one_token_is_posted_as_what_it_is(desk, pushed, states):
    there = pushed(202, authorization_header="Bearer s3cret")
    [heard] = there.heard
    assert heard.headers["content-type"] == "application/secevent+jwt"
    assert heard.headers["accept"] == "application/json"
    assert heard.headers["authorization"] == "Bearer s3cret"
    assert list(desk.verify(heard.body.decode())["events"]) == [REVOKED]
    assert states() == ["confirmed"]
    assert b"s3cret" not in b"".join(bytes(each) for each in _secrets())
    assert "authorization_header" not in there.stream["delivery"]


@pytest.mark.parametrize("reply", [200, 204, 301])
def test_2_2_only_202_acknowledges(pushed, states, reply):
    pushed(reply)
    assert states() == ["waiting"]


def test_2_3_a_400_is_recorded_with_its_code_and_given_up_after_three(town, pushed, states):
    body = json.dumps({"err": "invalid_audience", "description": "not for us"}).encode()
    there = pushed((400, {"Content-Type": "application/json"}, body))
    assert Delivery.objects.get().last_error == "set_invalid_audience"
    town.deliver(minutes=1)
    town.deliver(minutes=2)
    assert (len(there.heard), states()) == (3, ["dead"])


@pytest.mark.parametrize("body", [b"", b"[]", b'{"err": "<b>"}', b"[" * 100_00, b'{"err": ["invalid_key"]}'])
def test_2_3_whatever_else_a_400_says_is_not_kept(pushed, body):
    pushed((400, {}, body))
    assert Delivery.objects.get().last_error == "set_refused"


def test_a_410_pauses_the_stream_and_its_receiver_can_go_on(desk, town, pushed):
    there = pushed(410)
    id = there.stream["stream_id"]
    assert desk.ask("get", "/ssf/status", stream_id=id).json() == {
        "stream_id": id,
        "status": "paused",
        "reason": "gone",
    }
    there.reply = 202
    assert desk.ask("post", "/ssf/status", {"stream_id": id, "status": "enabled"}).status_code == 200
    town.deliver(seconds=5)
    first, again = (desk.verify(each.body.decode()) for each in there.heard)
    assert first == again


def test_a_test_from_the_console_is_a_verification_and_shows_the_answer(desk, town):
    from sync.flows.verification import send_verification

    with listener((202, {}, b"thanks")) as there:
        stream = desk.create(delivery={"method": PUSH, "endpoint_url": there.url})
        outcome = send_verification(slug=stream["stream_id"], call=town.call)
        [heard] = there.heard
    assert (outcome.status, outcome.said) == (202, "thanks")
    said = desk.verify(heard.body.decode())
    assert list(said["events"]) == [f"{SSF}verification"]
    assert said["sub_id"] == {"format": "opaque", "id": stream["stream_id"]}


def _secrets():
    from sync.models import Connection

    return Connection.objects.values_list("secret", flat=True)


# --- As recipient -----------------------------------------------------------------------------------------------


def fault(answer):
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"err", "description"}
    return answer.json()["err"]


def test_2_2_a_valid_token_is_a_202_without_a_body(bank, town):
    ana = town.person("ana")
    answer = bank.tell(RISK, iss_sub(ana), HIGH | {"risk_reason": "sim_swap"})
    assert (answer.status_code, answer.content) == (202, b"")
    [risk] = list_standing(subject=ana.sub)
    assert (risk.kind, risk.source) == ("sim_swap", "ssf:bank")


def test_2_3_a_wrong_signature_is_authentication_failed(bank, town):
    stranger = ECKey.generate_key("P-256", {"kid": "b1"})
    claims = bank.claims(RISK, iss_sub(town.person("ana")), HIGH)
    assert fault(bank.push(bank.sign(claims, stranger))) == "authentication_failed"
    head, body, signature = bank.sign(claims).split(".")
    assert fault(bank.push(f"{head}.{body}.{'A' * len(signature)}")) == "authentication_failed"
    assert not HeardToken.objects.exists()
    assert not RiskFlag.objects.exists()


def test_2_3_a_wrong_key_or_algorithm_is_invalid_key(bank, town):
    claims = bank.claims(RISK, iss_sub(town.person("ana")), HIGH)
    assert fault(bank.push(bank.sign(claims, kid="b2"))) == "invalid_key"
    secret = OctKey.import_key("x" * 40)
    assert fault(bank.push(bank.sign(claims, secret, alg="HS256"))) == "invalid_key"
    assert fault(bank.push(bank.sign(claims, jwk=bank.key.as_dict(private=False)))) == "invalid_key"
    none = bank.sign(claims).split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoic2VjZXZlbnQrand0In0"
    assert fault(bank.push(f"{unsigned}.{none[1]}.")) == "invalid_request"
    assert fault(bank.push(f"{unsigned}.{none[1]}.AA")) == "invalid_key"


@pytest.mark.parametrize("alg", [[], {}, 7, None, True, ["ES256"], "\ud800", "\x00"])
def test_2_3_an_algorithm_that_is_no_word_is_invalid_key(bank, town, alg):
    _, body, signature = bank.sign(bank.claims(RISK, iss_sub(town.person("ana")), HIGH)).split(".")
    head = part({"alg": alg, "kid": "b1", "typ": "secevent+jwt"})
    assert fault(bank.push(f"{head}.{body}.{signature}")) == "invalid_key"


def part(said):
    """One part of a token, as no library would write it."""
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


@pytest.mark.parametrize("issuer", ["\ud800", "https://bank.example\udfff", "x" * 10_000])
def test_2_3_an_issuer_that_is_no_text_is_invalid_issuer(bank, issuer):
    head = part({"alg": "ES256", "kid": "b1", "typ": "secevent+jwt"})
    assert fault(bank.push(f"{head}.{part({'iss': issuer})}.AA")) == "invalid_issuer"


@pytest.mark.parametrize("reason", [["sim_swap"], {}, 7, None, True, "boredom"])
def test_a_reason_that_is_no_kind_of_ours_is_the_kind_that_the_operator_named(bank, town, reason):
    ana = town.person("ana")
    assert bank.tell(RISK, iss_sub(ana), HIGH | {"risk_reason": reason}).status_code == 202
    assert [risk.kind for risk in list_standing(subject=ana.sub)] == ["credential_compromise"]


@pytest.mark.parametrize(("bits", "answer"), [(2048, 202), (1024, 400)])
def test_rsa_keys_have_2048_bits_or_more(bank, town, call, bits, answer):
    with warnings.catch_warnings(action="ignore"):
        key = RSAKey.generate_key(bits, {"kid": "r1", "use": "sig", "alg": "RS256"})
    said = {"name": "Bank", "issuer": bank.issuer, "jwks": {"keys": [key.as_dict(private=False)]}}
    apply_transmitters(document={"transmitters": {"bank": said}}, call=call)
    token = bank.sign(bank.claims(RISK, iss_sub(town.person("ana")), HIGH), key, alg="RS256", kid="r1")
    assert bank.push(token).status_code == answer


@pytest.mark.parametrize("issuer", ["https://thief.example", None, 7, ["https://bank.example"], "a\x00b"])
def test_2_3_another_issuer_is_invalid_issuer(bank, town, issuer):
    assert fault(bank.tell(RISK, iss_sub(town.person("ana")), HIGH, iss=issuer)) == "invalid_issuer"


@pytest.mark.parametrize("audience", ["https://other.example", None, [], ["https://other.example"], 7])
def test_2_3_another_audience_is_invalid_audience(bank, town, audience):
    assert fault(bank.tell(RISK, iss_sub(town.person("ana")), HIGH, aud=audience)) == "invalid_audience"
    assert bank.tell(RISK, iss_sub(town.person("ben")), HIGH, aud=["x", ISSUER]).status_code == 202


@pytest.mark.parametrize(
    "changed",
    [
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 300},
        {"jti": 7},
        {"iat": None},
        {"iat": "now"},
        {"iat": 0},
        {"iat": 1e300},
        {"iat": int(time.time()) + 3600},
        {"iat": int(time.time()) - 400 * 86_400},
        {"exp": int(time.time()) + 60},
        {"sub": "ana"},
        {"sub_id": None},
        {"sub_id": "ana"},
        {"sub_id": {"iss": ISSUER}},
        {"sub_id": {"format": "iss_sub"}},
        {"events": None},
        {"events": {}},
        {"events": {RISK: HIGH, REVOKED: {}}},
        {"events": {RISK: "high"}},
        {"events": [RISK]},
    ],
)
def test_2_3_what_is_no_token_of_one_event_is_invalid_request(bank, town, changed):
    assert fault(bank.tell(RISK, iss_sub(town.person("ana")), HIGH, **changed)) == "invalid_request"
    assert not HeardToken.objects.exists()


def test_2_3_other_bodies_types_and_methods(bank, town):
    token = bank.sign(bank.claims(RISK, iss_sub(town.person("ana")), HIGH))
    assert fault(bank.push(token, content_type="application/jwt")) == "invalid_request"
    for body in ("", "x", "a.b.c", "é.é.é", "." * 70_000, token + "." + token):
        assert fault(bank.push(body)) == "invalid_request", body[:9]
    assert (
        fault(bank.push(bank.sign(bank.claims(RISK, iss_sub(town.person("b")), HIGH), typ="JWT"))) == "invalid_request"
    )
    assert bank.http.get("/ssf/events").status_code == 405


def test_the_same_token_twice_is_a_202_and_counts_once(bank, town):
    token = bank.sign(bank.claims(RISK, iss_sub(town.person("ana")), HIGH))
    assert [bank.push(token).status_code for _ in range(2)] == [202, 202]
    assert Event.objects.filter(type="signal.heard").count() == 1


def test_the_same_token_twenty_times_at_once_has_one_effect(bank, town):
    ana = town.person("ana")
    sessions = [town.sign_in(ana) for _ in range(3)]
    token = bank.sign(bank.claims(f"{RISC}credential-compromise", iss_sub(ana), {"credential_type": "password"}))
    answers, errors = together(20, lambda _: bank.push(token).status_code)
    assert (set(answers), errors) == ({202}, [])
    assert Event.objects.filter(type="signal.heard").count() == 1
    assert Event.objects.filter(type="risk.raised").count() == 1
    assert Event.objects.filter(type="session.revoked").count() == len(sessions)


def test_two_transmitters_may_use_the_same_jti(bank, town, call):
    ana = town.person("ana")
    other = type(bank)(issuer="https://carrier.example")
    said = {"name": "Carrier", "issuer": other.issuer, "jwks": other.jwks}
    apply_transmitters(document={"transmitters": {"carrier": said}}, call=call)
    for each, kind in ((bank, "bot"), (other, "sim_swap")):
        each.tell(RISK, iss_sub(ana), HIGH | {"risk_reason": kind}, jti="one")
    assert {risk.kind for risk in list_standing(subject=ana.sub)} == {"bot", "sim_swap"}


def test_a_low_risk_clears_what_the_same_transmitter_raised_and_nothing_else(bank, town):
    from assurance.services import raise_risk
    from assurance.types import RiskKind

    ana = town.person("ana")
    raise_risk(subject=ana.sub, kind=RiskKind.BOT, source="an operator", call=town.call)
    bank.tell(RISK, iss_sub(ana), HIGH)
    assert len(list_standing(subject=ana.sub)) == 2
    bank.tell(RISK, iss_sub(ana), {"principal": "USER", "current_level": "LOW"})
    assert [risk.kind for risk in list_standing(subject=ana.sub)] == ["bot"]


@pytest.mark.parametrize("name", ["session-revoked", "account-disabled", "account-purged", "sessions-revoked"])
def test_sessions_end_where_a_transmitter_may_end_them(bank, town, name):
    ana = town.person("ana")
    town.sign_in(ana)
    uri = (CAEP if name == "session-revoked" else RISC) + name
    Transmitter.objects.update(may=["risk"])
    bank.tell(uri, iss_sub(ana))
    assert not Event.objects.filter(type="session.revoked").exists()
    Transmitter.objects.update(may=["sessions"])
    bank.tell(uri, iss_sub(ana))
    assert Event.objects.filter(type="session.revoked", subject=ana.sub).count() == 1


def test_a_signal_about_nobody_or_of_an_unknown_kind_is_taken_and_does_nothing(bank, town):
    answers = [
        bank.tell(RISK, {"format": "iss_sub", "iss": ISSUER, "sub": "acc_unheard_of"}, HIGH),
        bank.tell(RISK, {"format": "iss_sub", "iss": bank.issuer, "sub": town.person("ana").sub}, HIGH),
        bank.tell(RISK, {"format": "email", "email": "nobody@people.example"}, HIGH),
        bank.tell(RISK, {"format": "opaque", "id": "x"}, HIGH),
        bank.tell("https://example.com/unheard-of", iss_sub(town.person("ben"))),
        bank.tell(RISK, iss_sub(town.person("carla")), {"principal": "DEVICE", "current_level": "HIGH"}),
        bank.tell(RISK, iss_sub(town.person("dora")), {"current_level": {"x": 1}, "risk_reason": ["bot"]}),
    ]
    assert {each.status_code for each in answers} == {202}
    assert not RiskFlag.objects.exists()


def test_an_address_counts_only_where_the_transmitter_may_name_by_it(bank, town):
    ana = town.person("ana")
    who = {"format": "email", "email": ana.email}
    Transmitter.objects.update(by_email=False)
    bank.tell(RISK, who, HIGH)
    assert not RiskFlag.objects.exists()
    Transmitter.objects.update(by_email=True)
    bank.tell(RISK, {"format": "complex", "user": who, "session": {"format": "opaque", "id": "x"}}, HIGH)
    assert len(list_standing(subject=ana.sub)) == 1


def test_a_verification_is_noted(bank):
    assert bank.tell(f"{SSF}verification", {"format": "opaque", "id": "s1"}, {"state": "x"}).status_code == 202
    row = Transmitter.objects.get()
    assert row.verified_at is not None
    assert row.received_at is not None


def test_a_transmitter_that_is_switched_off_is_nobody(bank, town):
    Transmitter.objects.update(enabled=False)
    assert fault(bank.tell(RISK, iss_sub(town.person("ana")), HIGH)) == "invalid_issuer"


def test_keys_are_fetched_once_and_anew_for_an_unknown_one(bank, town, call, monkeypatch):
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    asked = []

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = json.dumps(bank.jwks).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    forget_transmitter_keys()
    uri = f"http://127.0.0.1:{server.server_address[1]}/keys"
    said = {"name": "Bank", "issuer": bank.issuer, "jwks_uri": uri}
    apply_transmitters(document={"transmitters": {"bank": said}}, call=call)
    for name in ("ana", "ben", "carla"):
        assert bank.tell(RISK, iss_sub(town.person(name)), HIGH).status_code == 202
    assert len(asked) == 1
    claims = bank.claims(RISK, iss_sub(town.person("dora")), HIGH)
    monkeypatch.setattr("sync.queries.transmitters._KEYS_AT_MOST_EVERY", 0.0)
    assert fault(bank.push(bank.sign(claims, kid="b9"))) == "invalid_key"
    assert len(asked) == 2
    server.shutdown()
    server.server_close()
    forget_transmitter_keys()
    assert bank.push(bank.sign(claims)).status_code == 503


def test_heard_tokens_are_forgotten_when_their_age_refuses_them(bank, town):
    bank.tell(RISK, iss_sub(town.person("ana")), HIGH)
    from datetime import timedelta

    assert services.clear_heard_tokens(older_than=timedelta(days=31), call=town.at(days=30)) == 0
    assert services.clear_heard_tokens(older_than=timedelta(days=31), call=town.at(days=32)) == 1
