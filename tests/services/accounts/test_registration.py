"""How accounts come into being."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from accounts import queries, services
from accounts.errors import EmailTaken, ProfileInvalid, RolesInvalid
from accounts.models import Account
from accounts.types import Kind, Provenance, Role
from audit.models import Event

pytestmark = pytest.mark.sqlite


def register(call, **changes):
    values: dict[str, Any] = {"email": "ana@example.com", "password": None, "name": "Ana", "kind": Kind.CUSTOMER}
    return services.register_account(**(values | {"email_verified": True, "call": call} | changes))


def test_an_account_its_address_its_identifier_and_its_facts_come_together(ana, facts):
    assert ana.sub.startswith("acc_")
    assert ana.email == "ana@example.com"
    assert ana.is_active
    address = EmailAddress.objects.get(user=ana)
    assert (address.email, address.primary, address.verified) == ("ana@example.com", True, True)
    [identifier] = queries.list_identifiers(ana)
    assert (identifier.value, identifier.level, identifier.provenance) == ("ana@example.com", 2, Provenance.IMPORT)
    assert facts(ana) == ["account.created", "identifier.added", "identifier.verified"]


def test_an_unverified_address_is_only_claimed(ben, facts):
    [identifier] = queries.list_identifiers(ben)
    assert (identifier.level, identifier.verified_at) == (1, None)
    assert facts(ben) == ["account.created", "identifier.added"]


def test_passwords_are_kept_as_argon2id_with_the_costs_written_out(hashed_at_full_cost, ana):
    assert ana.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_account_without_a_password_has_none_that_works(ben):
    assert not ben.has_usable_password()


def test_an_address_is_taken_once_in_any_case(ana, call):
    with pytest.raises(EmailTaken):
        register(call, email="ANA@example.com")
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"email": "nowhere"},
        {"email": "a@b\n.example"},
        {"email": "an\x00a@example.com"},
        {"email": "a" * 250 + "@example.com"},
        {"name": "A" * 10_000},
        {"name": "A\x00"},
    ],
)
def test_what_cannot_be_kept_is_refused_without_a_trace(db, call, bad):
    with pytest.raises(ProfileInvalid):
        register(call, **bad)
    assert not Account.objects.exists()
    assert not Event.objects.exists()


def test_an_operator_has_roles_and_a_customer_none(olga, ana):
    assert olga.kind == Kind.OPERATOR
    assert olga.is_staff
    assert not olga.is_superuser
    assert not ana.is_staff


def test_an_operator_without_known_roles_does_not_come_to_be(db, call):
    unknown: Any = ["emperor"]
    with pytest.raises(RolesInvalid):
        services.register_operator(email="o@example.com", password=None, name="", roles=unknown, call=call)
    assert not Account.objects.exists()


def test_addresses_do_not_stand_in_the_payload_of_any_fact(ana, olga):
    for event in Event.objects.all():
        assert "example.com" not in str(event.payload)


def test_a_change_of_roles_is_a_fact_once(olga, call, facts):
    services.set_roles(sub=olga.sub, roles=[Role.ADMIN, Role.AUDITOR], call=call)
    services.set_roles(sub=olga.sub, roles=[Role.AUDITOR, Role.ADMIN], call=call)
    assert facts(olga).count("profile.changed") == 2  # one at registration, one now
    fresh = queries.get_account(olga.sub)
    assert fresh.role_names == {"admin", "auditor"}
    assert fresh.is_superuser
    assert fresh.has_perm("keyring.change_signingkey")


def test_a_customer_gets_no_role(ana, call):
    with pytest.raises(RolesInvalid):
        services.set_roles(sub=ana.sub, roles=[Role.ADMIN], call=call)


def test_permissions_follow_the_roles_and_end_with_the_account(olga, call):
    assert olga.has_perms(["accounts.view_account", "accounts.suspend_account"])
    assert olga.has_module_perms("sessions_hub")
    assert not olga.has_perm("oauth.view_client")
    assert "accounts.view_account" in olga.get_all_permissions()
    services.suspend_account(sub=olga.sub, reason="left_the_company", call=call)
    stopped = queries.get_account(olga.sub)
    assert not stopped.has_perm("accounts.view_account")
    assert not stopped.has_module_perms("accounts")
    assert not stopped.is_staff
    assert stopped.get_all_permissions() == set()


def test_a_name_is_changed_once(ana, call, facts):
    services.change_name(sub=ana.sub, name="  Ana  María ", call=call)
    services.change_name(sub=ana.sub, name="Ana María", call=call)
    assert queries.get_account(ana.sub).name == "Ana María"
    assert facts(ana).count("profile.changed") == 1
    with pytest.raises(ProfileInvalid):
        services.change_name(sub=ana.sub, name="\x00", call=call)
