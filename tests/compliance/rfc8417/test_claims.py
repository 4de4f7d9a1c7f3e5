"""RFC 8417, security event tokens, by section; read with a third party's library."""

import pytest

from accounts.services import change_name, suspend_account
from sync.models import Connection, Delivery
from tests.streams import CAEP, ISSUER, RISC

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token(desk, town):
    stream = desk.create(events_requested=[f"{CAEP}session-revoked"])
    town.end(town.sign_in(town.person("ana")))
    town.deliver()
    [found] = desk.poll(stream)["sets"].values()
    return desk.read(found)


def test_2_2_the_claims_of_a_token(token, desk, town):
    claims = token.claims
    assert claims["iss"] == ISSUER
    assert claims["aud"] == desk.client_id
    assert claims["jti"] == Delivery.objects.get().ref
    assert claims["txn"] == Delivery.objects.get().event_id
    assert claims["iat"] == claims["toe"] == int(town.call.now.timestamp())
    assert len(claims["events"]) == 1
    assert not {"exp", "nbf", "sub", "nonce"} & claims.keys()


def test_2_3_explicit_type_and_a_strong_algorithm(token):
    assert token.header["typ"] == "secevent+jwt"
    assert token.header["alg"] == "ES256"


def test_2_2_offered_again_it_is_the_same_statement(desk, town):
    stream = desk.create(events_requested=[f"{CAEP}session-revoked"])
    town.end(town.sign_in(town.person("ana")))
    town.deliver()
    one, two = (desk.verify(next(iter(desk.poll(stream)["sets"].values()))) for _ in range(2))
    assert one == two


def test_6_no_token_can_be_taken_for_an_access_token_or_a_logout_token(desk, town):
    stream = desk.create()
    desk.ask("post", "/ssf/verification", {"stream_id": stream["stream_id"]})
    [found] = desk.poll(stream)["sets"].values()
    answer = desk.http.get("/ssf/streams", headers={"Authorization": f"Bearer {found}"})
    assert answer.status_code == 401


def test_erased_people_leave_no_attributes_in_what_still_waits(desk, town, states):
    from accounts.services import erase_account

    stream = desk.create(events_requested=[f"{CAEP}token-claims-change", f"{RISC}account-purged"])
    Connection.objects.update(attributes=["name"], purpose="service")
    ana = town.person("ana")
    change_name(sub=ana.sub, name="Ana Willow", call=town.call)
    town.deliver()
    assert b"Willow" not in bytes(Delivery.objects.get().sealed or b"")
    erase_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    said = [desk.fetch(stream), desk.fetch(stream)]
    assert [list(each["events"]) for some in said for each in some] == [[f"{RISC}account-purged"]]
    assert sorted(states()) == ["confirmed", "dead"]


def test_a_suspended_account_is_told_of_whatever_is_asked_in_its_name(desk, town):
    stream = desk.create(events_requested=[f"{RISC}account-disabled"])
    ana = town.person("ana")
    suspend_account(sub=ana.sub, reason="<b>x</b>"[3:4], call=town.call)
    town.deliver()
    assert [list(each["events"].values()) for each in desk.fetch(stream)] == [[{}]]
