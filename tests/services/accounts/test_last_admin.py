"""Who may stop an operator, and that one admin always stays."""

from dataclasses import replace

import pytest

from accounts.errors import LastAdmin
from accounts.models import Account
from accounts.services import close_account, erase_account, register_operator, set_roles, suspend_account
from accounts.types import Role, Status
from kit.call import Caller, CallerKind
from kit.refusal import NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def olu(call):
    return operator(call, "olu", Role.ADMIN)


def operator(call, name, *roles):
    return register_operator(email=f"{name}@ops.example", password=None, name=name, roles=roles, call=call)


def call_of(call, account, *roles):
    return replace(call, caller=Caller(CallerKind.BROWSER, subject=account.sub, roles=frozenset(roles)))


@pytest.mark.parametrize("deed", [suspend_account, close_account, erase_account])
def test_the_last_admin_stays(call, olu, deed):
    with pytest.raises(LastAdmin):
        deed(sub=olu.sub, reason="test", call=call)
    assert Account.objects.get(pk=olu.pk).status == Status.ACTIVE


def test_the_last_admin_stays_an_admin(call, olu):
    with pytest.raises(LastAdmin):
        set_roles(sub=olu.sub, roles=[Role.AUDITOR], call=call)


def test_with_a_second_admin_the_first_may_go(call, olu):
    operator(call, "mei", Role.ADMIN)
    assert suspend_account(sub=olu.sub, reason="test", call=call).status == Status.SUSPENDED


def test_a_suspended_admin_does_not_count(call, olu):
    mei = operator(call, "mei", Role.ADMIN)
    suspend_account(sub=mei.sub, reason="test", call=call)
    with pytest.raises(LastAdmin):
        suspend_account(sub=olu.sub, reason="test", call=call)


def test_support_stops_customers_and_no_operator(call, olu):
    sam, kim = operator(call, "sam", Role.SUPPORT), operator(call, "kim", Role.AUDITOR)
    with pytest.raises(NotAllowed):
        suspend_account(sub=kim.sub, reason="test", call=call_of(call, sam, Role.SUPPORT))
    suspend_account(sub=kim.sub, reason="test", call=call_of(call, olu, Role.ADMIN))
