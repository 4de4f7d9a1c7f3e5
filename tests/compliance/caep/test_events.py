"""OpenID CAEP 1.0: what facts of the journal are as events, by section."""

import pytest

from accounts.services import record_authenticator_added, record_password_changed
from accounts.types import Method, Proof
from assurance.services import clear_risk, raise_risk
from assurance.types import RiskKind
from sessions_hub import services as sessions
from tests.streams import CAEP, iss_sub

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(desk, town):
    """Have something happen, and read what a stream of one event says of it."""

    def read(name, happen):
        stream = desk.create(events_requested=[f"{CAEP}{name}"])
        happen()
        town.deliver()
        found = desk.fetch(stream)
        assert all(list(each["events"]) == [f"{CAEP}{name}"] for each in found)
        return [(each, each["events"][f"{CAEP}{name}"]) for each in found]

    return read


def test_3_1_session_revoked_names_customer_and_session(told, town):
    ana = town.person("ana")
    session = town.sign_in(ana)
    [(said, event)] = told("session-revoked", lambda: town.end(session))
    assert said["sub_id"] == {
        "format": "complex",
        "user": iss_sub(ana),
        "session": {"format": "opaque", "id": session.sid},
    }
    assert event["initiating_entity"] == "user"
    assert event["event_timestamp"] == said["toe"] == int(town.call.now.timestamp())


def test_3_2_token_claims_change_is_silent_without_attributes(told, town):
    from tests.connecting import rename

    assert told("token-claims-change", lambda: rename(town, town.person("ana"), "Ana Willow")) == []


def test_3_3_credential_change_says_which_kind_and_how(told, town):
    ana = town.person("ana")

    def happen():
        record_password_changed(account=ana, call=town.call)
        record_authenticator_added(account=ana, method="totp", call=town.call)

    (said, password), (_, app) = told("credential-change", happen)
    assert said["sub_id"] == iss_sub(ana)
    assert (password["credential_type"], password["change_type"]) == ("password", "update")
    assert (app["credential_type"], app["change_type"]) == ("app", "create")


def test_3_4_assurance_level_change_says_from_where_to_where(told, town):
    session = town.sign_in(town.person("ana"))
    proof = Proof(Method.TOTP, town.call.now)
    [(said, event)] = told(
        "assurance-level-change", lambda: sessions.add_proofs(sid=session.sid, proofs=[proof], call=town.call)
    )
    assert said["sub_id"]["session"]["id"] == session.sid
    assert event["namespace"] == "urn:throughline:acr"
    assert (event["previous_level"], event["current_level"]) == ("urn:throughline:1fa", "urn:throughline:2fa")
    assert event["change_direction"] == "increase"


def test_3_8_risk_level_change_is_high_while_a_risk_stands(told, town):
    ana = town.person("ana")

    def happen():
        flags = [
            raise_risk(subject=ana.sub, kind=kind, source="test", call=town.call)
            for kind in (RiskKind.BOT, RiskKind.SIM_SWAP)
        ]
        town.deliver()
        for flag in flags:
            clear_risk(flag_id=flag, call=town.call)
            town.deliver()

    events = [event for _, event in told("risk-level-change", happen)]
    assert [each["current_level"] for each in events] == ["HIGH", "HIGH", "HIGH", "LOW"]
    assert [each["risk_reason"] for each in events] == ["bot", "sim_swap", "bot", "sim_swap"]
    assert {each["principal"] for each in events} == {"USER"}


def test_operators_and_anonymous_devices_are_told_of_to_nobody(told, town):
    from accounts.services import register_operator
    from accounts.types import Role
    from tests.actors import PASSWORD

    def happen():
        roles = [Role.SUPPORT]
        olga = register_operator(email="olga@x.example", password=PASSWORD, name="Olga", roles=roles, call=town.call)
        town.end(town.sign_in(olga))

    assert told("session-revoked", happen) == []
