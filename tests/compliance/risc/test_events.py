"""OpenID RISC 1.0: what facts of the journal are as events, by section."""

import pytest

from accounts.services import close_account, erase_account, reactivate_account, record_password_reset, suspend_account
from assurance.services import raise_risk
from assurance.types import RiskKind
from sync.models import Connection
from tests.streams import CAEP, RISC, iss_sub

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(desk, town):
    """Have something happen, and read what a stream of some events says of it."""

    def read(happen, *names, **row):
        stream = desk.create(events_requested=[f"{RISC}{name}" for name in names])
        Connection.objects.update(**row) if row else None
        happen()
        town.deliver()
        return [
            (each["sub_id"], uri.removeprefix(RISC), event)
            for each in desk.fetch(stream)
            for uri, event in each["events"].items()
        ]

    return read


def test_2_2_to_2_4_an_account_is_disabled_enabled_and_purged(told, town):
    ana = town.person("ana")

    def happen():
        suspend_account(sub=ana.sub, reason="hijacking", call=town.call)
        reactivate_account(sub=ana.sub, reason="all_is_well", call=town.call)
        close_account(sub=ana.sub, reason="asked_for_it", call=town.call)
        erase_account(sub=ana.sub, reason="asked_for_it", call=town.call)

    who = iss_sub(ana)
    assert told(happen, "account-disabled", "account-enabled", "account-purged") == [
        (who, "account-disabled", {"reason": "hijacking"}),
        (who, "account-enabled", {}),
        (who, "account-disabled", {}),
        (who, "account-purged", {}),
    ]


def test_2_5_an_identifier_changed_is_named_by_the_old_one_where_the_receiver_may_know_it(told, town):
    ana = town.person("ana")
    old = ana.email
    [(who, name, event)] = told(
        lambda: move(town, ana, "willow@people.example"),
        "identifier-changed",
        attributes=["email"],
        purpose="service",
    )
    assert name == "identifier-changed"
    assert who == {"format": "email", "email": old}
    assert event == {"new-value": "willow@people.example"}


def test_2_5_an_identifier_changed_is_not_told_where_the_receiver_may_not_know_it(told, town):
    assert told(lambda: move(town, town.person("ana"), "willow@people.example"), "identifier-changed") == []


def test_2_7_a_compromised_credential_says_which_kind(told, town):
    ana = town.person("ana")

    def happen():
        for kind in (RiskKind.CREDENTIAL_COMPROMISE, RiskKind.SIM_SWAP, RiskKind.BOT):
            raise_risk(subject=ana.sub, kind=kind, source="test", call=town.call)

    kinds = [event["credential_type"] for _, _, event in told(happen, "credential-compromise")]
    assert kinds == ["password", "phone-sms"]


def test_2_8_a_reset_password_activates_recovery_and_is_a_change_of_credentials_too(desk, town):
    stream = desk.create(events_requested=[f"{RISC}recovery-activated", f"{CAEP}credential-change"])
    ana = town.person("ana")
    record_password_reset(account=ana, call=town.call)
    town.deliver()
    said = desk.fetch(stream)
    assert {uri for each in said for uri in each["events"]} == {
        f"{RISC}recovery-activated",
        f"{CAEP}credential-change",
    }
    assert len({each["jti"] for each in said}) == 2
    assert len({each["txn"] for each in said}) == 1


def test_2_8_another_login_address_is_other_recovery_information(told, town):
    found = told(lambda: move(town, town.person("ana"), "w@people.example"), "recovery-information-changed")
    assert [name for _, name, _ in found] == ["recovery-information-changed"]


def move(town, account, email):
    """Her login address is another one."""
    from allauth.account.models import EmailAddress

    from accounts.services import record_email_changed, record_email_removed

    EmailAddress.objects.filter(user=account).update(email=email)
    before, account.email = account.email, email
    account.save(update_fields=["email"])
    record_email_changed(account=account, call=town.call)
    record_email_removed(account=account, email=before, call=town.call)
