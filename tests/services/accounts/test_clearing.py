"""A sign-up that nobody finished goes; whoever was ever in, or was put in by others, stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts import queries, services
from accounts.models import Account, Identifier
from accounts.tasks import clear_unverified_accounts
from accounts.types import Provenance, Status
from audit.models import Event

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def begun(db, call) -> Account:
    """Eve typed an address and never came back with the code."""
    eve = Account.objects.create(email="eve@example.com", created_at=call.now)
    EmailAddress.objects.create(user=eve, email=eve.email, primary=True, verified=False)
    services.record_sign_up(account=eve, call=call)
    services.record_email_added(account=eve, email=eve.email, call=call)
    return eve


def later(call, **more):
    return replace(call, now=call.now + timedelta(**more))


def test_an_unfinished_sign_up_is_erased_after_a_week(begun, call, facts):
    assert not services.clear_unverified_account(sub=begun.sub, older_than=WEEK, call=later(call, days=7))
    assert services.clear_unverified_account(sub=begun.sub, older_than=WEEK, call=later(call, days=7, seconds=1))
    begun.refresh_from_db()
    assert (begun.status, begun.email) == (Status.ERASED, "")
    assert not EmailAddress.objects.filter(user=begun).exists()
    assert not services.clear_unverified_account(sub=begun.sub, older_than=WEEK, call=later(call, days=9))


def test_it_says_why_in_the_journal(begun, call):
    services.clear_unverified_account(sub=begun.sub, older_than=WEEK, call=later(call, days=8))
    erased = Event.objects.get(type="account.erased", subject=begun.sub)
    assert erased.payload == {"reason": "never_verified"}


def test_somebody_who_proved_the_address_meanwhile_stays(begun, call):
    assert queries.list_unverified(before=call.now + WEEK) == [begun.sub]
    EmailAddress.objects.filter(user=begun).update(verified=True)
    assert not services.clear_unverified_account(sub=begun.sub, older_than=WEEK, call=later(call, days=8))
    begun.refresh_from_db()
    assert begun.status == Status.ACTIVE


def test_accounts_that_others_made_or_that_were_ever_used_stay(ana, ben, olga, begun, call):
    used = Account.objects.create(created_at=call.now, last_login=call.now)
    assert queries.list_unverified(before=call.now + WEEK) == [begun.sub]
    assert used.sub not in queries.list_unverified(before=call.now + WEEK)
    Identifier.objects.filter(account=begun).update(provenance=Provenance.OPERATOR)
    assert queries.list_unverified(before=call.now + WEEK) == []


def test_the_task_clears_what_is_due(begun, call, settings):
    assert clear_unverified_accounts() == 0
    Account.objects.filter(pk=begun.pk).update(created_at=call.now - WEEK - timedelta(hours=1))
    assert queries.count_unverified() == 1
    assert clear_unverified_accounts() == 1
    assert queries.count_unverified() == 0
