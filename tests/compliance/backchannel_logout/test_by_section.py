"""OpenID Connect Back-Channel Logout 1.0, section by section; tokens are verified by a third-party library."""

import pytest
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from accounts.services import suspend_account
from keyring.services import rotate_signing_key
from sync.models import Delivery
from sync.transports.backchannel_logout import EVENT
from tests.actors import SHOP_CALLBACK, make_client, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def verify(client):
    """Header and claims of a token as a relying party sees them: by the published keys, with its own library."""

    def read(token):
        keys = KeySet.import_key_set(client.get("/oauth/jwks").json())
        decoded = jwt.decode(token, keys, algorithms=["ES256"])
        return decoded.header, decoded.claims

    return read


@pytest.fixture
def told(town):
    """One session ended at one site: what the site was told, the session, the site."""
    shop = town.site("Shop")
    session = town.sign_in(town.person("ana"), shop)
    town.end(session)
    town.deliver()
    [arrived] = shop.told
    return arrived, session, shop


def test_2_1_the_metadata_says_that_it_is_supported_with_sid(client):
    for document in ("openid-configuration", "oauth-authorization-server"):
        metadata = client.get(f"/.well-known/{document}").json()
        assert metadata["backchannel_logout_supported"] is True
        assert metadata["backchannel_logout_session_supported"] is True
        assert "frontchannel_logout_supported" not in metadata


def test_2_1_the_sid_of_the_id_token_is_the_one_that_is_told(town, call):
    from tests.actors import claims_of
    from tests.relying_party import relying_party

    with relying_party() as party:
        shop = make_client(call, backchannel_logout_uri=party.uri, redirect_uris=(SHOP_CALLBACK,))
        browser = sign_in(town.person("ana"))
        tokens = shop.tokens_for(browser)
        browser.post("/accounts/logout/")
        from dataclasses import replace

        from kit import clock
        from sync.flows.delivery import deliver_waiting

        deliver_waiting(make_call=lambda: replace(call, now=clock.now()))
        assert party.sids == [claims_of(tokens["id_token"])["sid"]]
        assert party.told[0].claims["sub"] == claims_of(tokens["id_token"])["sub"]


def test_2_4_the_token_says_who_and_which_session(told, verify, client):
    arrived, session, shop = told
    _, claims = verify(arrived.token)
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"}
    assert (claims["sub"], claims["sid"], claims["aud"]) == (session.subject, session.sid, shop.name)
    assert claims["iss"] == client.get("/.well-known/openid-configuration").json()["issuer"]
    assert claims["events"] == {EVENT: {}}
    assert EVENT == "http://schemas.openid.net/event/backchannel-logout"
    assert "nonce" not in claims


def test_2_4_it_is_typed_signed_like_an_id_token_and_lives_two_minutes(told, verify):
    header, claims = verify(told[0].token)
    assert (header["typ"], header["alg"]) == ("logout+jwt", "ES256")
    assert 0 < claims["exp"] - claims["iat"] <= 120


def test_2_4_each_token_has_a_jti_of_its_own(town):
    sites = [town.site("Shop"), town.site("Help")]
    town.end(town.sign_in(town.person("ana"), *sites))
    town.deliver()
    assert len({site.told[0].claims["jti"] for site in sites}) == 2


def test_2_5_a_site_that_took_part_is_told_in_a_form(told):
    arrived, _, _ = told
    assert list(arrived.form) == ["logout_token"]
    assert arrived.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in arrived.headers
    assert "cookie" not in arrived.headers


def test_2_6_a_token_that_somebody_touched_does_not_verify(told, verify):
    head, payload, signature = told[0].token.split(".")
    swapped = ("B" if signature[0] == "A" else "A") + signature[1:]
    for forged in (f"{head}.{payload}.{swapped}", f"{head}.{payload[:-2]}AA.{signature}", f"{head}.{payload}."):
        with pytest.raises((JoseError, ValueError)):
            verify(forged)


def test_2_6_a_logout_token_opens_nothing_here(told, client):
    bearer = {"Authorization": f"Bearer {told[0].token}"}
    assert client.get("/api/sessions/", headers=bearer).status_code == 401
    assert client.get("/oauth/userinfo", headers=bearer).status_code == 401
    assert jws.extract_compact(told[0].token.encode()).headers()["typ"] == "logout+jwt"


@pytest.mark.parametrize(
    ("reply", "state"),
    [(200, "confirmed"), (204, "confirmed"), (400, "waiting"), (201, "waiting"), (302, "waiting"), (501, "waiting")],
)
def test_2_8_only_200_and_204_confirm(town, reply, state):
    town.end(town.sign_in(town.person("ana"), town.site("Shop", reply)))
    town.deliver()
    assert Delivery.objects.get().state == state


def test_2_5_a_later_attempt_is_signed_with_the_key_of_its_own_time(town, verify, call):
    shop = town.site("Shop", 503)
    town.end(town.sign_in(town.person("ana"), shop))
    town.deliver()
    rotate_signing_key(call=call)
    shop.reply = 200
    town.deliver(seconds=30)
    first, second = (verify(each.token) for each in shop.told)
    assert first[0]["kid"] != second[0]["kid"]
    assert second[1]["iat"] - first[1]["iat"] == 30


def test_2_7_every_session_of_a_suspended_account_is_told_of(town):
    shop, help_site = town.site("Shop"), town.site("Help")
    ana, ben = town.person("ana"), town.person("ben")
    sessions = [town.sign_in(ana, shop, help_site) for _ in range(5)]
    town.sign_in(ben, shop)
    suspend_account(sub=ana.sub, reason="operator", call=town.at(seconds=1))
    town.deliver(seconds=1)
    for site in (shop, help_site):
        assert sorted(site.sids) == sorted(session.sid for session in sessions)
        assert {told.claims["sub"] for told in site.told} == {ana.sub}
