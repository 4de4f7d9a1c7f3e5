"""RFC 7643, by section: what is said to be taken is what is taken."""

from typing import Any

import pytest

from resolution.queries import find_record
from sync.errors import FeedInvalid
from tests.compliance.scim.provisioning import SOURCE, USER, System, refused

pytestmark = pytest.mark.django_db


def attributes(crm, schema=USER):
    return {each["name"]: each for each in crm.ask("GET", f"/Schemas/{schema}").json()["attributes"]}


def test_3_1_common_attributes_are_ours(crm):
    said = crm.create(id="mine", meta={"version": "9", "resourceType": "Group"}).json()
    assert said["id"].startswith("scu_")
    assert said["meta"]["resourceType"] == "User"
    assert said["meta"]["version"] == 'W/"1"'
    assert said["meta"]["created"] == said["meta"]["lastModified"]


def test_2_1_attribute_names_have_no_case(crm):
    said = crm.create(NAME={"givenname": "Ana"}, externalID="881").json()
    assert (said["name"], said["externalId"]) == ({"givenName": "Ana"}, "881")


def test_2_5_null_and_empty_are_no_value(crm):
    said = crm.create(name=None, emails=[]).json()
    assert not {"name", "emails"} & set(said)


def test_4_1_the_user_has_what_its_feed_takes_and_nothing_that_gives_rights(crm):
    found = attributes(crm)
    assert set(found) == {"userName", "active", "name", "emails", "phoneNumbers", "addresses"}
    assert {each["name"] for each in found["name"]["subAttributes"]} == {"formatted", "givenName", "familyName"}
    assert {each["name"] for each in found["addresses"]["subAttributes"]} == {"locality", "type", "primary"}
    assert found["userName"]["uniqueness"] == "server"
    assert not {"roles", "groups", "entitlements", "password", "x509Certificates", "userType"} & set(found)


def test_3_3_the_extension_says_what_the_feed_is_trusted_to_say(crm, call):
    assert set(attributes(crm, SOURCE)) == {"sub", "emailVerified"}
    plain = System(call, "CDP", links_by=[], fields={"name": {}})
    refused(plain.ask("GET", f"/Schemas/{SOURCE}"), 404)
    refused(plain.ask("POST", "/Users", {"userName": "ana", SOURCE: {"sub": "acc_x"}}), 400, "invalidSyntax")


def test_4_3_the_enterprise_user_is_passed_over(crm):
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    said: dict[str, Any] = {"schemas": [USER, urn], urn: {"employeeNumber": "1"}}
    answer = crm.ask("POST", "/Users", {"userName": "ana", **said})
    assert (answer.status_code, answer.json()["schemas"]) == (201, [USER])


def test_4_1_2_numbers_may_be_written_as_rfc_3966_has_them(crm):
    crm.create(phoneNumbers=[{"value": "+49 30 1"}, {"value": "tel:+49-151-23", "primary": True}])
    assert find_record(source="crm", external_id="ana").current["phone"] == "+49-151-23"


def test_5_the_configuration_offers_what_works(crm):
    said = crm.ask("GET", "/ServiceProviderConfig").json()
    offered = {name for name, value in said.items() if isinstance(value, dict) and value.get("supported")}
    assert offered == {"patch", "filter", "etag"}


def test_6_and_7_discovery_is_not_filtered_and_knows_its_own_only(crm):
    for path in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        refused(crm.ask("GET", f"{path}?filter=id%20pr"), 403)
    assert crm.ask("GET", "/ResourceTypes").json()["totalResults"] == 1
    assert crm.ask("GET", "/ResourceTypes/User").json()["endpoint"] == "/Users"
    refused(crm.ask("GET", "/ResourceTypes/Group"), 404)
    refused(crm.ask("GET", "/Schemas/urn:nobody"), 404)
    refused(crm.ask("POST", "/Schemas", {}), 405)


@pytest.mark.parametrize("feed", [{"kind": "verification"}, {"fields": {"last_case": {}}}])
def test_a_feed_that_scim_has_no_words_for_is_none_by_scim(call, feed):
    with pytest.raises(FeedInvalid):
        System(call, "CRM", **feed)
