"""RFC 7644, by section: the protocol, spoken by a system that keeps its people here."""

import pytest
from django.test import Client as HttpClient

from accounts.models import Account
from accounts.services import erase_account
from resolution.queries import find_record
from sync.models import FeedBatch, ScimUser
from sync.services import apply_feeds
from tests.actors import make_customer
from tests.compliance.scim.provisioning import FIELDS, SEARCH, SOURCE, USER, System, refused
from tests.together import together

pytestmark = pytest.mark.django_db


def says(key, source="crm"):
    found = find_record(source=source, external_id=key)
    return dict(found.current) if found else None


# --- Section 2: who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/Users", "/Users/x", "/Schemas", "/ServiceProviderConfig", "/nowhere"])
def test_2_nobody_comes_in_without_a_token_of_that_scope(crm, call, path):
    token, crm.token = crm.token, "nonsense"
    answer = crm.ask("GET", path)
    refused(answer, 401)
    assert "Bearer" in answer["WWW-Authenticate"]
    crm.token = token
    apply_feeds(document={"feeds": {"crm": {"client": "nobody", "fields": FIELDS}}}, call=call)
    if "/Users" in path:
        refused(crm.ask("GET", path), 403)


def test_2_another_systems_people_are_not_there(crm, call):
    other = System(call, "CDP")
    id = crm.create().json()["id"]
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body = {"PUT": {"userName": "ben"}, "PATCH": {"Operations": [{"op": "remove", "path": "name"}]}}.get(method)
        refused(other.ask(method, f"/Users/{id}", body), 404)
    assert other.find().json()["totalResults"] == 0
    assert other.create().status_code == 201, "names are unique in one feed only"


def test_2_a_feed_by_scim_is_fed_by_scim_alone(crm):
    headers = {"Authorization": f"Bearer {crm.token}", "Idempotency-Key": "k"}
    assert HttpClient().post("/api/feeds/crm/records", {}, "application/json", headers=headers).status_code == 403


# --- Section 3.3: creating ---------------------------------------------------------------------------------------


def test_3_3_a_user_is_kept_and_becomes_a_source_record_and_nothing_else(crm):
    before = Account.objects.count()
    answer = crm.create(externalId="881", name={"givenName": "Ana"}, emails=[{"value": "a@x.example"}], active=True)
    assert answer.status_code == 201
    said = answer.json()
    assert answer["Location"] == said["meta"]["location"] == f"http://localhost:8000/scim/v2/Users/{said['id']}"
    assert answer["ETag"] == said["meta"]["version"] == 'W/"1"'
    assert says("881") == {"given_name": "Ana", "email": "a@x.example", "active": True}
    assert Account.objects.count() == before
    assert crm.ask("GET", f"/Users/{said['id']}").json() == said


def test_3_3_a_record_belongs_to_the_account_that_a_trusted_system_names(crm, call):
    ana = make_customer(call)
    crm.create(externalId="881", name={"formatted": "Ana"}, **{SOURCE: {"sub": ana.sub}})
    assert find_record(source="crm", external_id="881").subject == ana.sub
    refused(crm.create("ben", name={"formatted": "Ben"}, **{SOURCE: {"sub": "acc_nobody"}}), 400, "invalidValue")


@pytest.mark.parametrize("said", [{"user_name": "ANA"}, {"user_name": "ben", "externalId": "881"}])
def test_3_3_a_name_and_an_external_id_are_there_once(crm, said):
    crm.create(externalId="881")
    refused(crm.create(**said), 409, "uniqueness")
    assert ScimUser.objects.count() == 1


def test_3_3_privileges_and_passwords_are_not_written(crm):
    said = {"roles": [{"value": "admin"}], "entitlements": [{"value": "all"}], "groups": [{"value": "staff"}]}
    answer = crm.create(password="correct horse battery", userType="admin", title="Boss", **said)
    assert answer.status_code == 201
    assert set(answer.json()) == {"schemas", "id", "meta", "userName"}
    assert "horse" not in str(ScimUser.objects.values()) + str(FeedBatch.objects.values())


# --- Section 3.4: reading and searching --------------------------------------------------------------------------


@pytest.fixture
def people(crm):
    for name, city, active in (("ana", "Oslo", True), ("ben", "Rome", False), ("cleo", "Oslo", True)):
        emails = [{"value": f"{name}@x.example", "type": "home"}]
        crm.create(name, externalId=f"x-{name}", addresses=[{"locality": city}], active=active, emails=emails)
    crm.create("dora")
    return crm


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ('userName eq "ANA"', "ana"),
        ('externalId eq "x-ben"', "ben"),
        ('externalId eq "X-BEN"', ""),
        ('addresses.locality eq "oslo"', "ana cleo"),
        ('emails.value co "@x."', "ana ben cleo"),
        ('userName sw "c" or userName sw "d"', "cleo dora"),
        ('addresses[locality eq "Oslo"] and not (userName eq "ana")', "cleo"),
        ("emails pr", "ana ben cleo"),
        ("not (emails pr)", "dora"),
        ("active eq false", "ben"),
        ('userName eq "ana" and active eq false', ""),
        ('userName ne "ana" and (active eq true or not (active pr))', "cleo dora"),
        (f'{USER}:userName eq "ana"', "ana"),
        ('userName ge "cleo"', "cleo dora"),
    ],
)
def test_3_4_2_2_filters(people, asked, found):
    answer = people.find(filter=asked)
    assert answer.status_code == 200, answer.content
    assert " ".join(each["userName"] for each in answer.json()["Resources"]) == found
    assert answer.json()["totalResults"] == len(found.split())


@pytest.mark.parametrize(
    "asked",
    [
        *("(", "userName", "userName xx 1", "roles pr", "nobody eq 1", "userName eq", "userName eq 5"),
        *("userName gt true", "active gt true", 'userName eq "' + "a" * 10_000 + '"', "not " * 200 + "userName pr"),
    ],
)
def test_3_4_2_2_a_filter_that_is_none_is_refused(people, asked):
    answer = people.find(filter=asked)
    assert answer.status_code == 400
    assert answer.json()["scimType"] in ("invalidFilter", "invalidValue")


def test_3_4_2_2_a_filter_that_would_look_at_too_many_says_so(people, monkeypatch):
    monkeypatch.setattr("sync.queries.scim.MOST_LOOKED_AT", 2)
    refused(people.find(filter="emails pr"), 400, "tooMany")
    assert people.find(filter='userName eq "ana"').json()["totalResults"] == 1


@pytest.mark.parametrize(
    ("query", "found", "start"),
    [
        ({"count": 2}, "ana ben", 1),
        ({"startIndex": 2, "count": 2}, "ben cleo", 2),
        ({"startIndex": 0}, "ana ben cleo dora", 1),
        ({"count": 0}, "", 1),
        ({"count": -1}, "", 1),
        ({"startIndex": 99}, "", 99),
        ({"filter": "emails pr", "startIndex": 3, "count": 5}, "cleo", 3),
    ],
)
def test_3_4_2_4_pages(people, query, found, start):
    said = people.find(**query).json()
    assert " ".join(each["userName"] for each in said["Resources"]) == found
    assert (said["startIndex"], said["itemsPerPage"]) == (start, len(found.split()))
    assert said["totalResults"] == (3 if "filter" in query else 4)


@pytest.mark.parametrize("query", [{"count": "x"}, {"startIndex": "9" * 40}, {"startIndex": 2**40}, {"count": 1.5}])
def test_3_4_2_4_a_page_that_is_none_is_refused(people, query):
    refused(people.find(**query), 400, "invalidValue")


def test_3_4_2_5_and_3_9_attributes_are_chosen(people):
    [only] = people.find(filter='userName eq "ana"', attributes="userName").json()["Resources"]
    assert set(only) == {"schemas", "id", "userName"}
    [less] = people.find(filter='userName eq "ana"', excludedAttributes="emails,meta").json()["Resources"]
    assert {"emails", "meta"} & set(less) == set()
    assert "addresses" in less
    refused(people.find(attributes="userName", excludedAttributes="emails"), 400, "invalidValue")
    assert people.find(attributes="nothing").status_code == 200


def test_3_4_3_search_by_post(people):
    said = {"schemas": [SEARCH], "filter": 'userName eq "ana"', "attributes": ["userName"]}
    answer = people.ask("POST", "/Users/.search", said)
    assert [set(each) for each in answer.json()["Resources"]] == [{"schemas", "id", "userName"}]
    refused(people.ask("GET", "/Users/.search"), 405)


# --- Section 3.5: changing ---------------------------------------------------------------------------------------


def test_3_5_1_put_replaces_and_what_is_gone_is_told(crm):
    id = crm.create(externalId="881", name={"givenName": "Ana"}, addresses=[{"locality": "Oslo"}]).json()["id"]
    answer = crm.ask("PUT", f"/Users/{id}", {"schemas": [USER], "userName": "ana", "externalId": "881", "id": "other"})
    assert (answer.status_code, answer["ETag"]) == (200, 'W/"2"')
    assert answer.json()["id"] == id
    assert says("881") == {}


def test_3_5_2_patch_changes_what_it_names(crm):
    id = crm.create(externalId="881", name={"givenName": "Ana", "familyName": "Ash"}).json()["id"]
    answer = crm.patch(
        id,
        {"op": "Replace", "path": "name.familyName", "value": "Willow"},
        {"op": "add", "path": "emails", "value": [{"value": "a@x.example", "type": "work"}]},
        {"op": "replace", "value": {"active": False, "roles": [{"value": "admin"}]}},
    )
    assert answer.status_code == 200, answer.content
    assert says("881") == {"given_name": "Ana", "family_name": "Willow", "email": "a@x.example", "active": False}
    crm.patch(id, {"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@x.example"})
    assert says("881")["email"] == "b@x.example"
    crm.patch(id, {"op": "remove", "path": "emails"})
    assert "email" not in says("881")


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "path": "roles", "value": [{"value": "admin"}]}, "invalidPath"),
        ({"op": "replace", "path": "password", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "meta.version", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "[[", "value": "x"}, "invalidPath"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "move", "path": "name"}, "invalidValue"),
        ({"op": "replace", "path": 'emails[type eq "x"].value', "value": "a@x.example"}, "noTarget"),
        ({"op": "replace", "path": "active", "value": {"a": 1}}, "invalidValue"),
        ({"op": "replace", "path": "name.givenName", "value": 5}, "invalidValue"),
        ({"op": "add", "value": {"nobodyKnows": 1}}, "invalidValue"),
        ({"op": "replace", "path": "emails", "value": [{"value": "no address"}]}, "invalidValue"),
        ({"op": "replace", "path": "userName", "value": " "}, "invalidValue"),
        ("x", "invalidValue"),
    ],
)
def test_3_5_2_an_operation_that_is_none_changes_nothing(crm, operation, scim_type):
    said = crm.create(externalId="881", name={"givenName": "Ana"}).json()
    refused(crm.patch(said["id"], {"op": "replace", "path": "active", "value": True}, operation), 400, scim_type)
    assert crm.ask("GET", f"/Users/{said['id']}").json() == said


def test_3_5_2_what_changes_nothing_is_no_new_version(crm):
    id = crm.create(active=True).json()["id"]
    answer = crm.patch(id, {"op": "replace", "path": "active", "value": True})
    assert (answer.status_code, answer["ETag"]) == (200, 'W/"1"')


def test_3_6_deleted_is_gone_and_its_record_says_nothing_until_it_is_brought_again(crm):
    id = crm.create(externalId="881", name={"givenName": "Ana"}).json()["id"]
    assert crm.ask("DELETE", f"/Users/{id}").status_code == 204
    refused(crm.ask("GET", f"/Users/{id}"), 404)
    refused(crm.ask("DELETE", f"/Users/{id}"), 404)
    assert says("881") == {}
    assert crm.create(externalId="881", name={"givenName": "Ana"}).json()["id"] != id
    assert says("881") == {"given_name": "Ana"}


def test_an_erased_person_is_kept_no_longer_and_comes_not_back(crm, call):
    ana = make_customer(call)
    said = {"externalId": "881", "name": {"formatted": "Ana"}, SOURCE: {"sub": ana.sub}}
    id = crm.create(**said).json()["id"]
    erase_account(sub=ana.sub, reason="asked_for_it", call=call)
    refused(crm.ask("GET", f"/Users/{id}"), 404)
    assert not ScimUser.objects.exists()
    refused(crm.create(externalId="881", name={"formatted": "Ana"}), 403)
    assert not ScimUser.objects.exists()


# --- Sections 3.11 to 3.14 ----------------------------------------------------------------------------------------


def test_3_11_there_is_no_me_and_3_7_no_bulk(crm):
    refused(crm.ask("GET", "/Me"), 501)
    refused(crm.ask("POST", "/Bulk", {}), 404)


BAD_BODIES = [
    (b"", "invalidValue"),
    (b"{", "invalidSyntax"),
    (b"[]", "invalidSyntax"),
    (b"\xff\xfe", "invalidSyntax"),
    (b'{"userName": "a", "userName": "b"}', "invalidSyntax"),
    (b"[" * 100_000, "invalidSyntax"),
    (b'{"userName": ' + b'{"a":' * 400 + b"1" + b"}" * 400 + b"}", "invalidSyntax"),
    (b'{"userName": "a\\u0000"}', "invalidValue"),
    (b'{"userName": "a\\ud800"}', "invalidValue"),
    (b'{"userName": "' + b"a" * 10_000 + b'"}', "invalidValue"),
    (b'{"userName": "' + b"a" * 201 + b'"}', "invalidValue"),
    (b'{"userName": 5}', "invalidValue"),
    (b'{"userName": ""}', "invalidValue"),
    (b"{}", "invalidValue"),
    (b'{"userName": "a", "externalId": ""}', "invalidValue"),
    (b'{"userName": "a", "active": []}', "invalidValue"),
    (b'{"userName": "a", "emails": {"value": "a@x.example"}}', "invalidValue"),
    (b'{"userName": "a", "emails": [5]}', "invalidValue"),
    (b'{"userName": "a", "emails": [{"value": "no address"}]}', "invalidValue"),
    (b'{"userName": "a", "emails": [{"value": "a@x.example", "primary": true}, {"primary": true}]}', "invalidValue"),
    (b'{"userName": "a", "name": {"givenName": "\\u0000"}}', "invalidValue"),
    (b'{"userName": "a", "name": "Ana"}', "invalidValue"),
    (b'{"userName": "a", "nobodyKnows": 1}', "invalidSyntax"),
    (b'{"userName": "a", "name": {"nobodyKnows": 1}}', "invalidSyntax"),
    (b'{"userName": "a", "schemas": ["urn:nobody:knows"]}', "invalidSyntax"),
    (b'{"userName": "a", "emails": [' + b",".join([b"{}"] * 60) + b"]}", "invalidValue"),
]


@pytest.mark.parametrize(("body", "scim_type"), BAD_BODIES, ids=[str(each[0][:40]) for each in BAD_BODIES])
def test_3_12_a_body_that_is_not_right_is_400_everywhere_and_changes_nothing(crm, body, scim_type):
    said = crm.create("ben").json()
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{said['id']}")):
        answer = crm.ask(method, path, body)
        if scim_type == "invalidValue" and b'"externalId": ""' in body and answer.status_code < 300:
            continue  # an empty value is no value (RFC 7643 section 2.5)
        refused(answer, 400, scim_type)
    assert crm.ask("GET", f"/Users/{said['id']}").json() == said
    assert crm.ask("PATCH", f"/Users/{said['id']}", body).status_code == 400


def test_3_12_another_media_type_and_method_are_refused(crm):
    refused(
        crm.ask("POST", "/Users", "userName=a", Content_Type="application/x-www-form-urlencoded"), 400, "invalidSyntax"
    )
    refused(crm.ask("DELETE", "/Users"), 405)
    assert crm.ask("GET", "/Users/%00").status_code == 400
    assert crm.ask("POST", "/Users", {"userName": "a"}, Content_Type="application/json").status_code == 201
    assert crm.ask("GET", "/Users", Accept="text/html")["Content-Type"] == "application/scim+json"


def test_3_14_versions(crm):
    id = crm.create(active=True).json()["id"]
    path = f"/Users/{id}"
    assert crm.ask("GET", path, If_None_Match='W/"1"').status_code == 304
    assert crm.ask("GET", path, If_None_Match='W/"7", "1"').status_code == 304
    assert crm.ask("GET", path, If_None_Match='W/"2"').status_code == 200
    off = {"op": "replace", "path": "active", "value": False}
    assert crm.patch(id, off, If_Match='W/"1"')["ETag"] == 'W/"2"'
    for stale in ('W/"1"', '"1"', "1", "nonsense", 'W/"1", W/"3"'):
        refused(crm.patch(id, off, If_Match=stale), 412)
        refused(crm.ask("PUT", path, {"userName": "x"}, If_Match=stale), 412)
        refused(crm.ask("DELETE", path, If_Match=stale), 412)
    assert crm.patch(id, off, If_Match="*").status_code == 200
    assert crm.ask("DELETE", path, If_Match='W/"2"').status_code == 204


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_bring_the_same_person_at_once_one_does(crm):
    answers, errors = together(20, lambda _: crm.create(externalId="881"))
    assert not errors
    assert sorted(each.status_code for each in answers) == [201] + [409] * 19
    assert ScimUser.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_changes_of_one_version_one_is_made(crm):
    id = crm.create(name={"givenName": "0"}).json()["id"]

    def change(number):
        operation = {"op": "replace", "path": "name.givenName", "value": f"Ana {number}"}
        return crm.patch(id, operation, If_Match='W/"1"')

    answers, errors = together(20, change)
    assert not errors
    assert sorted(each.status_code for each in answers) == [200] + [412] * 19
