"""Whoever acts looks again inside its own transaction; what is refused meanwhile takes the act back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from audit import journal
from audit.models import Event
from consent.errors import CheckExpired, CheckUnknown, ConsentChanged
from consent.events import PURPOSE_RETIRED
from consent.queries import check, read_check, seal_check
from consent.services import commit_check, record_choices, revalidate, set_links
from consent.types import Item, Link, Verdict
from keyring.services import ensure_signing_key
from kit.refusal import MalformedInput
from kit.unit_of_work import unit_of_work
from tests.services.consent.conftest import ANA, BEN

pytestmark = [pytest.mark.django_db]
ITEMS = [Item(ANA, "personalization", "web"), Item(ANA, "marketing.email", "web")]


@pytest.fixture
def checked(register):
    register.choose("grant", "personalization")
    return check(ITEMS, register.call.now)


def test_an_act_goes_through_while_all_that_was_permitted_is_permitted_still(register, checked):
    assert [answer.decision for answer in checked.answers] == [Verdict.PERMIT, Verdict.DENY]
    register.choose("grant", "marketing.email")  # what was denied and is not any more changes nothing
    revalidate(checked=checked, call=register.call)


def test_a_withdrawal_takes_the_whole_deed_back(register, checked, call):
    register.later(1).choose("withdraw", "personalization")
    before = Event.objects.count()
    with pytest.raises(ConsentChanged) as refused, unit_of_work():
        journal.record(PURPOSE_RETIRED, call=call)
        revalidate(checked=checked, call=register.later(2).call)
    (change,) = refused.value.changes
    assert (change.item, change.was, change.now.reason) == (ITEMS[0], Verdict.PERMIT, "withdrawn")
    assert Event.objects.count() == before


def test_what_the_deed_itself_chooses_counts(register, checked):
    with pytest.raises(ConsentChanged), unit_of_work():
        revalidate(checked=checked, call=register.call)
        record_choices(choices=[register.choice("withdraw", "personalization")], call=register.later(1).call)
    assert register.ask("personalization").permits


def test_a_refusal_of_somebody_linked_since_counts(register, checked):
    register.later(1).choose("deny", "personalization", BEN)
    set_links(party=ANA, links=[Link(BEN, 0.6)], call=register.call)
    with pytest.raises(ConsentChanged):
        revalidate(checked=checked, call=register.later(2).call)


def test_a_check_without_a_permission_has_nothing_to_look_at(register):
    denied = check([Item(ANA, "marketing.sms")], register.call.now)
    revalidate(checked=denied, call=register.call)


@pytest.fixture
def token(register, checked):
    ensure_signing_key(call=register.call)
    return seal_check(checked, client="mailer", now=register.call.now)


def test_a_token_commits_while_nothing_has_changed_and_says_what_has(register, token):
    commit_check(token=token, client="mailer", call=register.call)
    register.later(1).choose("withdraw", "personalization")
    with pytest.raises(ConsentChanged) as refused:
        commit_check(token=token, client="mailer", call=register.later(2).call)
    assert [change.item for change in refused.value.changes] == [ITEMS[0]]


def test_a_token_holds_five_minutes_for_its_client_and_names_the_sequences(register, token, checked):
    now = register.call.now.replace(microsecond=0)
    assert read_check(token, client="mailer", now=now + timedelta(seconds=299)).seqs == checked.seqs == {ANA: 1}
    with pytest.raises(CheckExpired):
        commit_check(token=token, client="mailer", call=replace(register.call, now=now + timedelta(seconds=301)))
    with pytest.raises(CheckUnknown):
        commit_check(token=token, client="other", call=register.call)
    with pytest.raises(CheckUnknown):
        commit_check(token=token[:-4] + "AAAA", client="mailer", call=register.call)


@pytest.mark.parametrize("party", ["", "a\0b", "x" * 65, "\ud800"])
def test_a_question_about_what_is_no_party_is_refused(register, party):
    with pytest.raises(MalformedInput):
        check([Item(party, "personalization")], register.call.now)
