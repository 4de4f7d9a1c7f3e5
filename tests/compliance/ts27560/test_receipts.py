"""ISO/IEC TS 27560:2023 in DPV 2: a receipt has its fields, is signed, and its event stands in the sealed journal."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from joserfc import jws as jose
from joserfc.jwk import KeySet

from audit.services import seal_journal
from consent.queries import find_event, prove, render_receipt
from consent.services import publish_notice, put_purpose
from consent.types import Action, NoticeRef, PurposeDraft, Tier
from keyring.queries import list_published_keys, sign_jwt
from keyring.services import ensure_signing_key, remove_retired_keys, rotate_signing_key
from scripts.house import ROOT
from tests.services.consent.conftest import ANA, Register, fill_catalog

pytestmark = pytest.mark.django_db
SCHEMA = json.loads((ROOT / "docs" / "consent-receipt.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def register(call):
    ensure_signing_key(call=call)
    fill_catalog(call)
    return Register(call)


def receipt_of(recorded):
    return render_receipt(recorded.events[0])


def validate(document):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator, format_checker=checker)


@pytest.mark.parametrize("action", ["grant", "deny", "withdraw", "object"])
@pytest.mark.parametrize("purpose", ["service", "marketing.email", "analytics", "ai.training"])
def test_every_choice_has_a_receipt_with_all_fields(register, action, purpose):
    receipt = receipt_of(register.choose(action, purpose))
    validate(receipt.document)
    (process,) = receipt.document["dpv:hasProcess"]
    status = process["dpv:hasConsentStatus"][0]["@type"][0]
    assert status == {"grant": "dpv:ConsentGiven", "withdraw": "dpv:ConsentWithdrawn"}.get(action, "dpv:ConsentRefused")


def test_signals_proxies_processors_categories_and_expiry_have_theirs_too(register):
    signal = register.choose("deny", "marketing", source="gpc", tier=Tier.SIGNAL)
    named = register.choose("grant", "personalization", processor="mailer", category="location", channel="web")
    timed = register.choose("grant", "ai.assistance", expires_at=register.later(3600).call.now)
    void = register.choose("invalidate", "personalization", refers_to=named.events[0].id)
    for recorded in (signal, named, timed, void):
        validate(receipt_of(recorded).document)
    document = receipt_of(named).document
    assert document["dpv:hasEntity"]["entity:mailer"]["dpv:hasName"] == "Mailer Ltd"
    assert document["dpv:hasProcess"][0]["dpv:hasRecipient"] == ["entity:controller", "entity:mailer"]
    assert document["dpv:hasProcess"][0]["dpv:hasPersonalData"][0]["skos:prefLabel"] == "location"


def test_it_names_the_notice_that_was_shown_by_its_digest(register):
    document = receipt_of(register.choose("grant", "marketing.email")).document
    digest = hashlib.sha256(b"What we do with your data.").hexdigest()
    assert document["dpv:hasNotice"][0]["throughline:sha256"] == digest
    assert document["throughline:evidence"]["throughline:noticeHash"] == digest


def test_it_is_verified_by_a_library_that_is_not_ours(register):
    recorded = register.choose("grant", "marketing.email")
    receipt, (event,) = receipt_of(recorded), recorded.events
    published: Any = {"keys": list_published_keys()}
    signed = jose.deserialize_compact(receipt.jws, KeySet.import_key_set(published))
    assert signed.headers()["typ"] == "consent-receipt+jwt"
    claims = json.loads(signed.payload)
    assert claims["receipt"] == receipt.document
    assert (claims["iss"], claims["sub"], claims["jti"]) == ("http://localhost:8000", ANA, event.id)
    evidence = claims["receipt"]["throughline:evidence"]
    assert evidence["throughline:eventHash"] == event.hash
    assert evidence["throughline:sequence"] == event.seq
    assert evidence["throughline:withdrawalUrl"] == "http://localhost:8000/consents/"


def test_it_stays_the_same_whatever_comes_later(register, call):
    recorded = register.choose("grant", "marketing.email")
    before = receipt_of(recorded).document
    register.later().choose("withdraw", "marketing.email")
    newer = NoticeRef("privacy", 2, "en")
    publish_notice(ref=newer, text="Others.", purposes=["marketing.email"], material=True, call=call)
    rotate_signing_key(call=call)
    found = find_event(recorded.events[0].id)
    assert found is not None
    after = render_receipt(found)
    assert after.document == before
    assert after.jws


def verify(jws, tmp_path):
    file = tmp_path / "receipt.jwt"
    file.write_text(jws)
    call_command("consent_receipt_verify", file)


def test_a_receipt_of_years_ago_is_known_again(register, call, tmp_path):
    receipt = receipt_of(register.choose("grant", "marketing.email"))
    rotate_signing_key(call=call)
    remove_retired_keys(retired_for=timedelta(0), call=call)
    verify(receipt.jws, tmp_path)


def test_a_receipt_that_is_not_ours_or_says_otherwise_is_refused(register, tmp_path):
    recorded = register.choose("grant", "marketing.email")
    receipt, (event,) = receipt_of(recorded), recorded.events
    other = {**receipt.document, "throughline:evidence": {"throughline:eventHash": "0" * 64, "throughline:sequence": 1}}
    claims = {"sub": event.party, "jti": event.id, "receipt": receipt.document}
    for jws, words in (
        (receipt.jws[:-4] + "AAAA", "not signed"),
        (sign_jwt(claims, typ="at+jwt"), "not signed"),
        ("nonsense", "not signed"),
        (sign_jwt({**claims, "jti": "cev_none"}, typ="consent-receipt+jwt"), "no such event"),
        (sign_jwt({**claims, "receipt": other}, typ="consent-receipt+jwt"), "hashes differ"),
        (sign_jwt({**claims, "sub": "acc_ben"}, typ="consent-receipt+jwt"), "another party"),
    ):
        with pytest.raises(CommandError, match=words):
            verify(jws, tmp_path)


# --- The chain: event -> its hash -> line of the journal -> digests of the seal -> seal -> its signature ---


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def faults_of(proof, public_key):
    """What does not hold in a proof; written from the description in docs/developers.md, without our code."""
    event, row, seal = proof["event"], proof["row"], proof["seal"]
    said = {name: value for name, value in event.items() if name != "hash"}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    payload = json.loads(row[15]) if isinstance(row[15], str) else row[15]
    digests = decode(proof["digests"])
    mine = digests[proof["position"] * 32 : proof["position"] * 32 + 32]
    name, number, _, contents, events, *_ = seal["said"]
    holds = {
        "the event's hash": hashlib.sha256(text).hexdigest() == event["hash"],
        "the line is the event's": (row[2], row[3], row[4]) == (event["journal_id"], event["party"], event["seq"]),
        "the line binds the choice": payload["fingerprint"] == event["fingerprint"],
        "the line is under the seal": hashlib.sha256(compact(row)).digest() == mine,
        "the seal is over the lines": hashlib.sha256(f"{name}.contents".encode() + digests).hexdigest() == contents,
        "the seal counts the lines": len(digests) == 32 * events,
        "the seal's digest": hashlib.sha256(compact(seal["said"])).hexdigest() == seal["digest"],
    }
    try:
        key = Ed25519PublicKey.from_public_bytes(decode(public_key))
        key.verify(decode(seal["signature"]), f"{name}\n{number}\n{seal['digest']}".encode())
    except Exception:  # noqa: BLE001  whatever a library says of a wrong signature
        holds["the seal's signature"] = False
    return [what for what, is_so in holds.items() if not is_so]


@pytest.fixture
def proof(register, call):
    register.choose("grant", "marketing.sms")
    recorded = register.choose("grant", "marketing.email", personal={"name": "Ana"})
    register.choose("deny", "analytics", party="acc_ben")
    assert prove(recorded.events[0]) is None
    seal_journal(call=call)
    return json.loads(json.dumps(prove(recorded.events[0])))


def test_an_event_is_proved_to_stand_in_the_sealed_journal(proof):
    assert faults_of(proof, proof["seal"]["said"][7]) == []
    assert proof["event"]["action"] == Action.GRANT.value


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda proof: proof["event"].update(action="deny"), "the event's hash"),
        (lambda proof: proof["event"].update(journal_id="evt_other"), "the line is the event's"),
        (lambda proof: proof["event"].update(fingerprint="0" * 64), "the line binds the choice"),
        (lambda proof: proof["row"].__setitem__(6, "account:acc_mallory"), "the line is under the seal"),
        (lambda proof: proof.update(position=proof["position"] + 1), "the line is under the seal"),
        (lambda proof: proof["seal"]["said"].__setitem__(3, "0" * 64), "the seal's digest"),
        (lambda proof: proof["seal"].update(digest="0" * 64), "the seal's signature"),
    ],
)
def test_an_altered_proof_proves_nothing(proof, change, fault):
    public_key = proof["seal"]["said"][7]
    change(proof)
    assert fault in faults_of(proof, public_key)


def test_a_yes_lasts_as_long_as_its_purpose_says_and_a_no_does_not_run_out(register, call):
    put_purpose(
        draft=PurposeDraft("newsletter", ttl_seconds=86_400, notice="privacy", texts={"en": {"title": "News"}}),
        call=call,
    )
    ref = NoticeRef("privacy", 2, "en")
    publish_notice(ref=ref, text="News, too.", purposes=["newsletter"], material=False, call=call)

    def duration(action):
        recorded = register.choose(action, "newsletter", notice=ref)
        (process,) = receipt_of(recorded).document["dpv:hasProcess"]
        return process["dpv:hasConsentStatus"][0]["dpv:hasDuration"]["@type"]

    assert duration("grant") == ["dpv:TemporalDuration"]
    assert duration("withdraw") == duration("deny") == ["dpv:UntilEventDuration"]
