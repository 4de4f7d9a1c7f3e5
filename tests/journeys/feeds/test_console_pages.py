"""A steward looks after feeds: sees what is wrong, releases or discards, and what is believed of a customer and why."""

import pytest

from accounts.types import Role
from resolution.queries import find_record
from sync.models import Feed, FeedBatch
from sync.rules import read_delivery
from sync.services import apply_feeds, take_in
from tests.actors import make_customer
from tests.journeys.governing.test_two_operators import text_of
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db

FEEDS = {
    "crm": {"name": "CRM", "client": "crm", "fields": {"phone": {}, "email": {}}, "links_by": ["sub"]},
    "cdp": {"name": "CDP", "client": "cdp", "fields": {"phone": {}}, "links_by": ["sub"]},
}


@pytest.fixture
def stella(call):
    return sign_in_operator(Role.STEWARD, call)[0]


@pytest.fixture
def send(call):
    apply_feeds(document={"feeds": FEEDS}, call=call)

    def act(feed, *told, sub="", sequence=1):
        named = {"sub": sub} if sub else {}
        rows = [
            {"id": str(at), "sequence": sequence, "occurred_at": call.now.isoformat(), "attributes": each, **named}
            for at, each in enumerate(told)
        ]
        return take_in(feed=feed, records=read_delivery({"records": rows})[0], call=call)

    return act


def test_a_steward_sees_what_is_wrong_and_releases_or_discards(stella, send):
    send("crm", {"phone": "1"})
    bad = send("crm", *[{"phone": None}] * 40, sequence=2)
    send("crm", {"phone": "3"}, sequence=3)
    overview = text_of(stella.get("/console/feeds/"))
    assert "CRM Poisoned" in overview
    assert "Too many values are empty: phone." in overview
    page = text_of(stella.get("/console/feeds/crm/"))
    assert "Delivery 2 Set aside" in page
    assert "Delivery 3 Waits behind one that was set aside" in page
    done = stella.post("/console/feeds/crm/decide/", {"ref": bad.ref, "do": "discard"})
    assert done["Location"] == "/console/feeds/crm/"
    assert find_record(source="crm", external_id="0").current == {"phone": "3"}
    assert FeedBatch.objects.get(ref=bad.ref).decided_by.startswith("account:")
    assert "CRM Well" in text_of(stella.get("/console/feeds/"))
    assert stella.post("/console/feeds/crm/decide/", {"ref": bad.ref, "do": "release"}).status_code == 409


@pytest.mark.parametrize("typed", [{"do": "release", "ref": "bat_none"}, {"do": "release", "ref": "\x00"}])
def test_a_delivery_that_is_none_is_not_found(stella, send, typed):
    assert stella.post("/console/feeds/crm/decide/", typed).status_code in (400, 404)


@pytest.mark.parametrize("path", ["/console/feeds/none/", "/console/customers/acc_none/attributes/"])
def test_what_is_not_there_is_not_found(stella, path):
    assert stella.get(path).status_code == 404


def test_what_is_believed_of_a_customer_is_shown_with_its_source_and_its_ruling(stella, send, call):
    ana = make_customer(call)
    send("crm", {"phone": "<b>+49 151</b>", "email": "other@people.example"}, sub=ana.sub)
    send("cdp", {"phone": "+49 999"}, sub=ana.sub)
    response = stella.get(f"/console/customers/{ana.sub}/attributes/")
    page = text_of(response)
    assert b"<b>+49" not in response.content
    assert "Its source comes first here" in page
    assert "cdp: +49 999" in page
    assert "It is verified more surely" in page, "the address that she verified here"
    recovery = text_of(stella.get(f"/console/customers/{ana.sub}/attributes/?use=recovery"))
    assert "phone (crm)" in recovery
    assert stella.get(f"/console/customers/{ana.sub}/attributes/?use=gossip").status_code == 404
    conflicts = text_of(stella.get("/console/feeds/conflicts/"))
    assert "phone history crm Its source comes first here 1" in conflicts


def test_empty_pages_say_what_they_are_for(stella):
    assert "No system tells us anything" in text_of(stella.get("/console/feeds/"))
    assert "Nobody disagrees" in text_of(stella.get("/console/feeds/conflicts/"))


PAGES = ["/console/feeds/", "/console/feeds/conflicts/", "/console/feeds/crm/"]


@pytest.mark.parametrize("path", PAGES)
def test_an_author_finds_no_such_pages_and_an_auditor_changes_nothing(call, send, path):
    author, _ = sign_in_operator(Role.AUTHOR, call)
    assert author.get(path).status_code == 404
    auditor, _ = sign_in_operator(Role.AUDITOR, call)
    assert auditor.get(path).status_code == 200
    assert auditor.post("/console/feeds/crm/decide/", {"do": "discard", "ref": "bat_1"}).status_code == 404


SCIM_FEED = """
feeds:
  hr:
    client: hr
    scim: true
    fields: {given_name: {}, email: {type: email}}
"""


def test_an_admin_connects_a_system_that_comes_by_scim(call):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    page = "/console/feeds-as-text/"
    assert admin.get(page).status_code == 200
    planned = text_of(admin.post(page, {"text": SCIM_FEED, "do": "plan"}))
    assert "feed hr: create" in planned
    assert not Feed.objects.exists()
    assert admin.post(page, {"text": SCIM_FEED, "do": "apply"}).status_code == 302
    assert Feed.objects.get().body["scim"] is True
    assert "given_name" in text_of(admin.get(page))
    assert "Nothing" in text_of(admin.post(page, {"text": SCIM_FEED, "do": "plan"}))


@pytest.mark.parametrize("text", ["", "feeds: [", "[]", "feeds: {hr: {}}", "colors: {}", "feeds: {hr: {client: []}}"])
def test_a_text_that_names_no_feeds_is_refused_beside_it(call, text):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    assert admin.post("/console/feeds-as-text/", {"text": text, "do": "apply"}).status_code == 422
    assert not Feed.objects.exists()


def test_who_only_looks_after_feeds_names_none(stella):
    assert stella.get("/console/feeds-as-text/").status_code == 404
    assert "Name or change feeds" not in text_of(stella.get("/console/feeds/"))
