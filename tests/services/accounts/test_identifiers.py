"""Identifiers stay in step with allauth's addresses, whatever order its signals come in."""

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts import queries, services
from accounts.models import Identifier
from audit.models import Event
from audit.queries import read_personal


def values(account):
    return [(each.value, each.level) for each in queries.list_identifiers(account)]


def test_an_address_that_was_added_and_verified_points_at_the_account(ana, call, facts):
    row = EmailAddress.objects.create(user=ana, email="ana@work.example", verified=False)
    services.record_email_added(account=ana, email="Ana@work.example", call=call)
    assert values(ana) == [("ana@example.com", 2), ("ana@work.example", 1)]
    row.set_verified()
    services.record_email_verified(account=ana, email=row.email, call=call)
    assert values(ana) == [("ana@example.com", 2), ("ana@work.example", 2)]
    assert facts(ana)[3:] == ["identifier.added", "identifier.verified"]


def test_a_signal_that_comes_twice_changes_nothing(ana, call, facts):
    before = facts(ana)
    services.record_email_added(account=ana, email="ana@example.com", call=call)
    services.record_email_verified(account=ana, email="ana@example.com", call=call)
    services.record_email_changed(account=ana, call=call)
    services.record_sign_up(account=ana, call=call)
    assert facts(ana) == before


def test_a_removed_address_points_at_the_account_no_more(ana, call, facts):
    EmailAddress.objects.filter(user=ana).delete()
    services.record_email_removed(account=ana, email="ana@example.com", call=call)
    services.record_email_removed(account=ana, email="ana@example.com", call=call)
    assert values(ana) == []
    assert Identifier.objects.get(account=ana).removed_at == call.now
    assert facts(ana).count("identifier.removed") == 1


def test_an_address_can_come_back_after_it_was_removed(ana, call):
    EmailAddress.objects.filter(user=ana).delete()
    services.record_email_removed(account=ana, email="ana@example.com", call=call)
    EmailAddress.objects.create(user=ana, email="ana@example.com", verified=True, primary=True)
    services.record_email_verified(account=ana, email="ana@example.com", call=call)
    assert values(ana) == [("ana@example.com", 2)]


def test_a_changed_address_takes_the_old_one_away(ana, call, facts):
    EmailAddress.objects.filter(user=ana).delete()
    EmailAddress.objects.create(user=ana, email="ana@new.example", verified=True, primary=True)
    services.record_email_changed(account=ana, call=call)
    services.record_email_changed(account=ana, call=call)
    assert values(ana) == [("ana@new.example", 2)]
    assert facts(ana)[3:] == ["identifier.removed", "identifier.added", "identifier.verified", "profile.changed"]


def test_the_value_is_in_the_journal_only_under_the_subjects_key(ana):
    event = Event.objects.get(subject=ana.sub, type="identifier.added")
    assert read_personal(event) == {"value": "ana@example.com"}
    assert event.personal is not None
    assert b"ana@" not in bytes(event.personal)


def test_whoever_only_claimed_an_address_loses_it_to_its_owner(ana, ben, call, facts):
    services.release_unverified_claims(account=ana, email="Ben@example.com", call=call)
    ben.refresh_from_db()
    assert ben.email == ""
    assert not EmailAddress.objects.filter(user=ben).exists()
    assert values(ben) == []
    assert facts(ben)[-1] == "identifier.removed"


def test_a_verified_address_is_never_released(ana, ben, call):
    services.release_unverified_claims(account=ben, email="ana@example.com", call=call)
    assert values(ana) == [("ana@example.com", 2)]


def test_the_table_itself_refuses_a_verified_address_twice_and_a_level_without_its_time(ana, ben, call):
    [claimed] = queries.list_identifiers(ben)
    for change in ({"value": "ana@example.com", "level": 2, "verified_at": call.now}, {"level": 2}, {"level": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Identifier.objects.filter(pk=claimed.pk).update(**change)
