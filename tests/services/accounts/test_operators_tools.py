"""What operators use: the raw-data pages and the command that makes operators."""

import io
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from accounts import queries, services
from accounts.admin import AccountAdmin, IdentifierAdmin
from accounts.models import Account, Identifier
from accounts.types import Role
from audit.models import Event
from kit.call import Caller, CallerKind

accounts_page = AccountAdmin(Account, admin.site)
identifiers_page = IdentifierAdmin(Identifier, admin.site)


@pytest.fixture
def request_of():
    def _request_of(operator: Account):
        request: Any = RequestFactory().post("/admin/accounts/account/")
        request.user = operator
        request.caller = Caller(kind=CallerKind.BROWSER, subject=operator.sub, sid="sid_1")
        request._messages = CookieStorage(request)
        return request

    return _request_of


def test_support_stops_and_readmits_accounts_and_each_is_written_down(ana, ben, olga, request_of, facts):
    request = request_of(olga)
    assert list(accounts_page.get_actions(request)) == ["suspend", "reactivate"]
    accounts_page.suspend(request, Account.objects.filter(pk__in=[ana.pk, ben.pk]))
    assert not queries.get_account(ana.sub).is_active
    accounts_page.reactivate(request, Account.objects.filter(pk=ana.pk))
    assert queries.get_account(ana.sub).is_active
    assert facts(ana)[-2:] == ["account.suspended", "account.reactivated"]
    event = Event.objects.filter(subject=ben.sub, type="account.suspended").get()
    assert (event.actor, event.session) == (f"account:{olga.sub}", "sid_1")


def test_what_cannot_be_done_is_said_and_the_rest_goes_on(ana, ben, olga, call, request_of):
    services.erase_account(sub=ben.sub, reason="x", call=call)
    request = request_of(olga)
    accounts_page.suspend(request, Account.objects.order_by("id"))
    said = [str(message) for message in get_messages(request)]
    assert f"{ana.sub} is suspended." in said
    assert f"{ben.sub}: This account has been erased." in said
    assert f"{olga.sub}: You cannot stop your own account." in said


def test_an_auditor_looks_and_a_steward_too_but_neither_stops_anybody(db, call, request_of):
    for role in (Role.AUDITOR, Role.STEWARD):
        operator = services.register_operator(
            email=f"{role}@example.com", password=None, name="", roles=[role], call=call
        )
        request = request_of(operator)
        assert accounts_page.has_view_permission(request)
        assert identifiers_page.has_view_permission(request)
        assert not accounts_page.get_actions(request)


def test_a_customer_sees_nothing(ana, request_of):
    assert not accounts_page.has_view_permission(request_of(ana))
    assert not accounts_page.has_module_permission(request_of(ana))


def test_nothing_is_added_edited_or_deleted_there(db, call, request_of):
    adam = services.register_operator(email="adam@example.com", password=None, name="", roles=[Role.ADMIN], call=call)
    request = request_of(adam)
    for page in (accounts_page, identifiers_page, *(inline(Account, admin.site) for inline in accounts_page.inlines)):
        assert not page.has_add_permission(request, None)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)


def test_no_page_shows_authenticators_or_lets_addresses_past_the_services():
    assert not {Authenticator, EmailAddress} & set(admin.site._registry)


def create(*arguments: str) -> dict[str, str]:
    output = io.StringIO()
    call_command("operator_create", *arguments, stdout=output)
    return dict(line.split(": ", 1) for line in output.getvalue().splitlines())


def test_an_operator_is_made_with_roles_and_two_factors(db):
    said = create("--email", "adam@example.com", "--name", "Adam", "--role", "admin", "--role", "auditor")
    adam = queries.get_account(said["sub"])
    assert adam.role_names == {"admin", "auditor"}
    assert adam.check_password(said["password"])
    assert queries.has_second_factor(adam)
    assert said["authenticator secret"] in said["authenticator address"]
    [event] = Event.objects.filter(type="account.created")
    assert event.actor == "system:operator_create"


def test_a_password_from_standard_input_is_not_printed(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("over the hills and far away\n"))
    said = create("--email", "adam@example.com", "--role", "support", "--password-stdin")
    assert "password" not in said
    assert queries.get_account(said["sub"]).check_password("over the hills and far away")


def test_a_weak_password_an_unknown_role_and_a_taken_address_make_nobody(db, monkeypatch, ana):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="too short"):
        create("--email", "adam@example.com", "--role", "support", "--password-stdin")
    with pytest.raises(CommandError, match="invalid choice"):
        create("--email", "adam@example.com", "--role", "emperor")
    with pytest.raises(CommandError, match="Another account"):
        create("--email", "ANA@example.com", "--role", "admin")
    assert Account.objects.count() == 1


def test_djangos_own_command_makes_nobody(db):
    with pytest.raises(CommandError, match="operator_create"):
        call_command("createsuperuser")
