"""What a choice may speak of, and what is refused with which code."""

from datetime import timedelta

import pytest

from audit.services import erase_subject_key
from consent import errors
from consent.models import ConsentEvent
from consent.queries import current_notice, get_purpose
from consent.services import (
    publish_notice,
    put_purpose,
    record_choices,
    require_notice,
    retire_notice,
    retire_processor,
    retire_purpose,
)
from consent.types import NoticeRef, Reason, Tier
from kit.refusal import MalformedInput
from tests.services.consent.conftest import ANA, NOTICE, PURPOSES, draft, personal_of

pytestmark = [pytest.mark.django_db]
SECOND = NoticeRef("privacy", 2, "en")
NAMES = [each.id for each in PURPOSES]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"purpose": "spying"}, errors.UnknownPurpose),
        ({"notice": None}, errors.NoticeMissing),
        ({"notice": NoticeRef("privacy", 9, "en")}, errors.UnknownNotice),
        ({"notice": NoticeRef("privacy", 1, "de")}, errors.UnknownNotice),
        ({"source": "rumor"}, errors.UnknownSource),
        ({"channel": "pigeon"}, errors.UnknownScope),
        ({"processor": "stranger"}, errors.UnknownScope),
        ({"category": "shoe size"}, errors.UnknownScope),
        ({"tier": Tier.PROXY}, errors.MandateMissing),
        ({"mandate": "man_of_nobody"}, errors.MandateMissing),
        ({"tier": Tier.SIGNAL}, MalformedInput),
        ({"source": "gpc"}, MalformedInput),
        ({"event_id": ""}, MalformedInput),
        ({"event_id": "a\0b"}, MalformedInput),
        ({"event_id": "x" * 10_000}, MalformedInput),
        ({"party": "x" * 65}, MalformedInput),
        ({"party": "\ud800"}, MalformedInput),
        ({"purpose": "news\0"}, MalformedInput),
        ({"channel": "w\0"}, MalformedInput),
        ({"refers_to": "x" * 41}, MalformedInput),
        ({"listed": ("channel:\0",)}, MalformedInput),
        ({"listed": ("x",) * 101}, MalformedInput),
        ({"personal": {"said": "x" * 2001}}, MalformedInput),
        ({"action": "invalidate", "refers_to": "cev_nothing"}, errors.UnknownChoice),
        ({"action": "invalidate"}, errors.UnknownChoice),
        ({"action": "deny", "acknowledged": True}, MalformedInput),
    ],
)
def test_a_choice_that_speaks_of_what_there_is_not_is_refused_and_nothing_is_written(register, changes, refusal):
    told = {"purpose": "personalization", "action": "grant", **changes}
    with pytest.raises(refusal):
        register.choose(told.pop("action"), told.pop("purpose"), told.pop("party", ANA), **told)
    assert not ConsentEvent.objects.exists()


def test_a_choice_from_the_future_is_refused_and_one_from_a_clock_that_runs_ahead_is_not(register):
    ahead = register.call.now + timedelta(seconds=61)
    with pytest.raises(errors.FutureTimestamp):
        register.choose("grant", "personalization", occurred_at=ahead)
    register.choose("grant", "personalization", occurred_at=ahead - timedelta(seconds=1))
    assert register.ask("personalization").permits


def test_all_of_a_form_is_written_or_nothing(register):
    fine, wrong = register.choice("grant", "personalization"), register.choice("grant", "spying")
    with pytest.raises(errors.UnknownPurpose):
        record_choices(choices=[fine, wrong], call=register.call)
    assert not ConsentEvent.objects.exists()


def test_a_form_of_several_purposes_has_the_sequences_of_one_deed(register):
    choices = [register.choice("grant", "personalization"), register.choice("deny", "marketing.sms")]
    recorded = record_choices(choices=choices, call=register.call)
    assert [event.seq for event in recorded.events] == [1, 2]
    assert recorded.seq == 2


def test_a_retired_notice_is_refused_with_the_current_one(register):
    publish_notice(ref=SECOND, text="New.", purposes=NAMES, material=False, call=register.call)
    retire_notice(ref=NOTICE, call=register.call)
    with pytest.raises(errors.NoticeRetired) as refused:
        register.choose("grant", "personalization")
    assert refused.value.current == SECOND == current_notice("privacy", "fr").ref


def test_a_material_change_asks_everybody_again_and_a_minor_one_nobody(register):
    register.choose("grant", "personalization")
    register.choose("deny", "marketing.email")
    publish_notice(ref=SECOND, text="Commas.", purposes=NAMES, material=False, call=register.call)
    assert register.ask("personalization").permits
    publish_notice(
        ref=NoticeRef("privacy", 3, "en"), text="All new.", purposes=NAMES, material=True, call=register.call
    )
    assert register.ask("personalization").reason is Reason.RECONSENT
    assert register.ask("marketing.email").reason is Reason.DENIED
    with pytest.raises(errors.NoticeRetired):
        register.choose("grant", "personalization", notice=SECOND)
    register.choose("grant", "personalization", notice=NoticeRef("privacy", 3, "en"))
    assert register.ask("personalization").permits


def test_a_published_text_never_changes(register):
    with pytest.raises(errors.NoticeConflict):
        publish_notice(ref=NOTICE, text="Other.", purposes=NAMES, material=True, call=register.call)
    same = publish_notice(
        ref=NOTICE, text="What we do with your data.", purposes=NAMES, material=True, call=register.call
    )
    assert same.ref == NOTICE


def test_a_withdrawal_is_taken_under_a_notice_that_is_retired_and_for_a_processor_that_is_gone(register):
    register.choose("grant", "personalization", processor="mailer")
    retire_notice(ref=NOTICE, call=register.call)
    retire_processor(id="mailer", call=register.call)
    register.later().choose("withdraw", "personalization", notice=NOTICE, processor="mailer")
    assert register.ask("personalization", processor="mailer").reason is Reason.UNKNOWN_PROCESSOR


def test_a_confirmation_stands_under_the_notice_of_what_it_confirms(register):
    grant = register.choose("grant", "personalization", tier=Tier.UNVERIFIED).events[0]
    with pytest.raises(errors.NoticeMissing):
        register.choose("confirm", "personalization")
    confirmed = register.later().choose("confirm", "personalization", refers_to=grant.id).events[0]
    assert confirmed.notice == NOTICE


def test_purposes_never_stand_in_a_circle(register):
    with pytest.raises(errors.PurposeInvalid):
        put_purpose(draft=draft("marketing", parent="marketing.email"), call=register.call)
    with pytest.raises(errors.PurposeInvalid):
        put_purpose(draft=draft("marketing", parent="marketing"), call=register.call)
    with pytest.raises(errors.PurposeInvalid):
        put_purpose(draft=draft("tips", parent="nowhere"), call=register.call)


def test_saying_the_same_of_a_purpose_changes_nothing(register):
    before = get_purpose("personalization").version
    again = next(each for each in PURPOSES if each.id == "personalization")
    assert put_purpose(draft=again, call=register.call) == before
    require_notice(purpose="personalization", version=get_purpose("personalization").notice_min, call=register.call)
    assert get_purpose("personalization").version == before


def test_a_retired_purpose_takes_those_below_it_along_and_permits_nothing(register):
    register.choose("grant", "marketing.email")
    retire_purpose(purpose="marketing", call=register.call)
    assert register.ask("marketing.email").reason is Reason.UNKNOWN_PURPOSE
    with pytest.raises(errors.UnknownPurpose):
        register.choose("grant", "marketing.email")


def test_what_a_person_said_is_encrypted_and_gone_with_her_key(register):
    event = register.choose("grant", "personalization", personal={"said": "yes please"}).events[0]
    assert personal_of(event) == {"said": "yes please"}
    erase_subject_key(subject=ANA, call=register.call)
    assert personal_of(event) is None
