"""Suspended, closed, erased."""

import dataclasses

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.apps import apps
from django.db import IntegrityError, transaction

from accounts import queries, services
from accounts.errors import AccountErased, AccountUnknown, StatusConflict
from accounts.models import Account, Identifier
from accounts.types import Kind, Role, Status
from audit.models import Event
from audit.queries import read_personal
from kit.call import Caller, CallerKind
from kit.refusal import MalformedInput, NotAllowed
from notifications.queries import list_messages
from notifications.services import send_mail


def test_a_suspended_account_is_inactive_and_can_come_back(ana, call, facts):
    services.suspend_account(sub=ana.sub, reason="fraud_suspected", call=call)
    assert not queries.get_account(ana.sub).is_active
    services.suspend_account(sub=ana.sub, reason="fraud_suspected", call=call)
    services.reactivate_account(sub=ana.sub, reason="cleared", call=call)
    assert queries.get_account(ana.sub).is_active
    assert facts(ana)[3:] == ["account.suspended", "account.reactivated"]
    assert Event.objects.get(type="account.suspended").payload == {"reason": "fraud_suspected"}


def test_a_closed_account_does_not_come_back(ana, call):
    services.close_account(sub=ana.sub, reason="customer_request", call=call)
    with pytest.raises(StatusConflict):
        services.reactivate_account(sub=ana.sub, reason="regret", call=call)


def test_nobody_stops_their_own_account(olga, call):
    own = dataclasses.replace(call, caller=Caller(kind=CallerKind.BROWSER, subject=olga.sub))
    with pytest.raises(NotAllowed):
        services.suspend_account(sub=olga.sub, reason="mistake", call=own)
    assert queries.get_account(olga.sub).is_active


def test_free_text_does_not_get_into_the_journal(ana, call):
    with pytest.raises(MalformedInput):
        services.suspend_account(sub=ana.sub, reason="Ana owes Ben money", call=call)
    assert queries.get_account(ana.sub).is_active


def test_an_unknown_subject_is_refused(db, call):
    with pytest.raises(AccountUnknown):
        services.close_account(sub="acc_nobody", reason="x", call=call)
    assert queries.find_account("acc_nobody") is None


def test_the_table_itself_refuses_unknown_states_and_an_erased_account_with_a_name(ana):
    for change in ({"status": "asleep"}, {"kind": "robot"}, {"status": Status.ERASED}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=ana.pk).update(**change)


def erase(account, call):
    services.enroll_totp(sub=account.sub, secret=generate_totp_secret().rstrip("="), call=call)
    Identifier.objects.create(
        account=account, type="phone_number", value="+4915112345678", provenance="import", created_at=call.now
    )
    send_mail(to="ANA@example.com", subject="Hello Ana", body="Your code is 123456", call=call)
    return services.erase_account(sub=account.sub, reason="customer_request", call=call)


def test_an_erased_account_keeps_its_subject_and_nothing_else(ana, call, facts):
    erase(ana, call)
    gone = queries.get_account(ana.sub)
    assert (gone.email, gone.name, gone.status, gone.is_active) == ("", "", Status.ERASED, False)
    assert not gone.has_usable_password()
    assert not Identifier.objects.filter(account=ana).exists()
    assert not EmailAddress.objects.filter(user=ana).exists()
    assert not Authenticator.objects.filter(user=ana).exists()
    assert list_messages() == []
    assert facts(ana)[-1] == "account.erased"


def test_an_erased_account_never_comes_back(ana, call, facts):
    erase(ana, call)
    before = facts(ana)
    services.erase_account(sub=ana.sub, reason="customer_request", call=call)
    for deed in (services.suspend_account, services.reactivate_account, services.close_account):
        with pytest.raises(AccountErased):
            deed(sub=ana.sub, reason="x", call=call)
    with pytest.raises(AccountErased):
        services.change_name(sub=ana.sub, name="Ana", call=call)
    with pytest.raises(AccountErased):
        services.enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEH", call=call)
    assert facts(ana) == before


def test_an_address_that_arrives_during_the_erasure_does_not_stay(ana, call, facts):
    erase(ana, call)
    EmailAddress.objects.create(user=ana, email="ana@late.example")
    services.record_email_added(account=ana, email="ana@late.example", call=call)
    assert not EmailAddress.objects.filter(user=ana).exists()
    assert not Identifier.objects.filter(account=ana).exists()
    assert facts(ana)[-1] == "account.erased"


def test_an_erased_operator_has_no_role(olga, call):
    services.erase_account(sub=olga.sub, reason="left_the_company", call=call)
    with pytest.raises(AccountErased):
        services.set_roles(sub=olga.sub, roles=[Role.ADMIN], call=call)
    assert queries.get_account(olga.sub).role_names == frozenset()


def test_nothing_personal_can_be_read_anywhere_after_an_erasure(ana, call):
    erase(ana, call)
    for table in (
        model
        for label in ("accounts", "account", "mfa", "notifications", "audit")
        for model in apps.get_app_config(label).get_models()
    ):
        for row in table._default_manager.values_list():
            text = " ".join(map(str, row)).lower()
            for value in ("ana@", "4915112345678", "hello ana", "123456"):
                assert value not in text, table
    for event in Event.objects.filter(subject=ana.sub):
        assert read_personal(event) is None


def test_an_erased_address_is_free_for_a_new_account(ana, call):
    erase(ana, call)
    again = services.register_account(
        email="ana@example.com", password=None, name="", kind=Kind.CUSTOMER, email_verified=True, call=call
    )
    assert again.sub != ana.sub
