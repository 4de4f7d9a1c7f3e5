"""The register of consent on the pages of operators: who may, what is written down, what a file of evidence proves."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from accounts.types import Role
from audit.models import Event
from audit.services import seal_journal
from config.demo.consent import keep_consent
from consent.queries import get_purpose, list_mandates
from consent.rules import notice_digest
from consent.services import bind_device, record_choices, record_signal
from consent.types import Action, Choice, Tier
from keyring.queries import verify_jwt
from keyring.services import ensure_signing_key
from kit.call import ANONYMOUS, CallContext, Caller, CallerKind
from portal.queries.governing import name_actor
from tests.actors import make_channel, make_client, make_customer, sign_in
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db

READING = ("", "purposes/marketing/", "register/")
WRITING = (
    *("purposes/new/", "purposes/marketing/edit/", "purposes/marketing/retire/", "notices/publish/"),
    *("notices/privacy/3/en/retire/", "processors/add/", "processors/wordsmith/retire/"),
)


@pytest.fixture
def ana(db: None, call: CallContext) -> Any:
    make_channel(call)
    ensure_signing_key(call=call)
    ana = make_customer(call, "ana")
    keep_consent(ana.sub, replace(call, now=call.now - timedelta(days=2)))
    return ana


def facts(call: CallContext) -> int:
    return Event.objects.filter(type__regex=r"^(purpose|notice|processor|mandate|consent)\.").count()


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        (Role.STEWARD, True, True),
        (Role.ADMIN, True, True),
        (Role.AUDITOR, True, False),
        (Role.SUPPORT, False, False),
        (Role.AUTHOR, False, False),
        (Role.APPROVER, False, False),
    ],
)
def test_who_may_read_and_who_may_write(ana, call, role, reads, writes):
    browser, _ = sign_in_operator(role, call)
    pages = [*READING, f"register/{ana.sub}/"]
    assert {browser.get(f"/console/consent/{page}").status_code for page in pages} == {200 if reads else 404}
    if not writes:
        before = facts(call)
        everything = [*WRITING, f"register/{ana.sub}/mandates/", f"register/{ana.sub}/mandates/man_x/revoke/"]
        assert {browser.post(f"/console/consent/{page}").status_code for page in everything} == {404}
        assert facts(call) == before
        assert b"Change it" not in browser.get("/console/consent/purposes/marketing/").content


@pytest.mark.parametrize("page", [*READING, *WRITING])
def test_for_customers_there_are_no_such_pages(ana, page):
    browser = sign_in(ana)
    assert browser.get(f"/console/consent/{page}").status_code in {404, 405}
    assert browser.post(f"/console/consent/{page}").status_code in {404, 405}


def test_looking_a_person_up_is_written_down(ana, call):
    browser, actor = sign_in_operator(Role.STEWARD, call)
    for hint in (ana.email, ana.sub):
        assert browser.post("/console/consent/register/", {"hint": hint})["Location"].endswith(f"/{ana.sub}/")
    assert browser.post("/console/consent/register/", {"hint": "nobody@people.example"}).status_code == 404
    lines = list(Event.objects.filter(type="register.searched").order_by("id"))
    assert [(line.actor, line.subject) for line in lines] == [(actor, ana.sub), (actor, ana.sub), (actor, "")]
    assert "nobody" not in json.dumps([line.payload for line in lines])
    assert browser.get("/console/consent/register/acc_nobody/").status_code == 404


def test_the_evidence_for_one_person_and_purpose_stands_by_itself(ana, call):
    seal_journal(call=call)
    browser, actor = sign_in_operator(Role.AUDITOR, call)
    path = f"/console/consent/register/{ana.sub}/evidence/marketing.email/"
    file = json.loads(browser.get(path).content)
    evidence = file["evidence"]
    signed = jws.deserialize_compact(file["jws"], KeySet.import_key_set({"keys": file["keys"]}))
    assert signed.headers()["typ"] == "consent-evidence+jwt"
    assert json.loads(signed.payload)["evidence"] == evidence
    assert evidence["effective"]["decision"] == "permit"
    assert {each["purpose"] for each in evidence["events"]} == {"marketing", "marketing.email"}, "those above it, too"
    for event in evidence["events"]:
        claims = verify_jwt(event["receipt"], typ="consent-receipt+jwt")
        assert claims["jti"] == event["id"]
        assert event["journal"]["seal"]["signature"], "it stands in the sealed journal"
    assert {(each["version"], each["language"]) for each in evidence["notices"]} == {
        (1, "en"),
        (2, "en"),
        (3, "en"),
        (3, "de"),
    }
    assert all(notice_digest(each["text"]) == each["sha256"] for each in evidence["notices"])
    assert file["keys"]
    assert Event.objects.get(type="evidence.exported").actor == actor
    assert browser.get(path.replace("marketing.email", "spying")).status_code == 404


def test_a_form_with_something_to_mend_says_so_and_changes_nothing(ana, call):
    browser, _ = sign_in_operator(Role.STEWARD, call)
    before = facts(call)
    fields = {"title": "A", "legal_basis": "consent", "regime": "opt_out", "min_evidence": "0", "sensitive": "on"}
    bad = browser.post("/console/consent/purposes/new/", {"id": "health", **fields})
    assert (bad.status_code, b"need an explicit permission" in bad.content) == (422, True)
    named = browser.post("/console/consent/purposes/new/", {"id": "No Slug", **fields, "sensitive": ""})
    assert named.status_code == 422
    notice = {
        "id": "privacy",
        "version": 3,
        "language": "en",
        "title": "T",
        "text": "Other words",
        "purposes": ["service"],
    }
    again = browser.post("/console/consent/notices/publish/", notice)
    assert (again.status_code, b"published with another text" in again.content) == (422, True)
    internal = browser.post("/console/consent/processors/add/", {"id": "internal", "title": "We", "kind": "vendor"})
    assert internal.status_code == 422
    mandate = {"holder": "nobody@people.example", "kind": "proxy", "evidence": "paper"}
    assert browser.post(f"/console/consent/register/{ana.sub}/mandates/", mandate).status_code == 422
    assert facts(call) == before


def test_a_change_keeps_what_the_form_does_not_show(ana, call):
    browser, _ = sign_in_operator(Role.STEWARD, call)
    page = browser.get("/console/consent/purposes/personalization/edit/")
    said = {name: value for name, value in page.context["form"].initial.items() if value not in (None, False)}
    before = get_purpose("personalization")
    browser.post("/console/consent/purposes/personalization/edit/", {**said, "title": "Fitting"})
    after = get_purpose("personalization")
    assert after.text("title") == "Fitting"
    assert after.text("title", "de") == before.text("title", "de")
    assert replace(after, texts={}, version=0) == replace(before, texts={}, version=0)


def test_a_mandate_is_given_by_name_and_revoked(ana, call):
    ben = make_customer(call, "ben")
    browser, _ = sign_in_operator(Role.STEWARD, call)
    path = f"/console/consent/register/{ana.sub}/mandates/"
    fields = {
        "holder": ben.email,
        "kind": "guardian",
        "evidence": "court",
        "purposes": "marketing",
        "expires_on": "2099-01-01",
    }
    assert browser.post(path, fields).status_code == 302
    (row,) = list_mandates(ana.sub)
    assert (row.holder, row.kind, row.purposes, row.expires_at.year) == (ben.sub, "guardian", ["marketing"], 2099)
    assert browser.post(f"/console/consent/register/{ben.sub}/mandates/{row.pk}/revoke/").status_code == 404
    assert browser.post(f"{path}{row.pk}/revoke/").status_code == 302
    assert list_mandates(ana.sub)[0].revoked_at is not None


def test_the_evidence_holds_what_decided_also_where_a_device_of_hers_did(ana, call):
    later = replace(call, now=call.now + timedelta(minutes=1))
    bind_device(device="dev_tablet", account=ana.sub, call=call)
    record_signal(party="dev_tablet", call=later)
    browser, _ = sign_in_operator(Role.AUDITOR, later)
    path = f"/console/consent/register/{ana.sub}/evidence/marketing.email/"
    evidence = json.loads(browser.get(path).content)["evidence"]
    standing = evidence["effective"]
    assert (standing["decision"], standing["reason"]) == ("deny", "gpc")
    events = {each["id"]: each for each in evidence["events"]}
    assert events[standing["winner"]]["party"] == "dev_tablet"
    assert set(standing["losers"]) <= set(events)


def test_a_choice_is_by_the_app_that_sent_it_or_by_nobody_known(ana, call):
    shop = make_client(call, name="Corner shop")
    choice = Choice("1", ana.sub, "marketing.sms", Action.DENY, Tier.UNVERIFIED)
    for caller in (Caller(CallerKind.CLIENT, client_id=shop.client.client_id), ANONYMOUS):
        record_choices(choices=[choice], call=replace(call, caller=caller))
    browser, _ = sign_in_operator(Role.AUDITOR, call)
    page = browser.get(f"/console/consent/register/{ana.sub}/").content.decode()
    assert "by somebody who was not signed in" in page
    assert name_actor(f"client:{shop.client.client_id}") == "Corner shop"
    assert name_actor("client:gone") == "an app that is gone"
