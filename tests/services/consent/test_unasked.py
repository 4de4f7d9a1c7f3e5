"""Signals, withdrawals that nobody proved, mandates, and the end of an account."""

from datetime import timedelta

import pytest

from accounts.services import erase_account
from consent.errors import MandateMissing, MinorCannotConsent, PurposeInvalid, StalePage, UndoInvalid
from consent.models import ConsentEvent
from consent.queries import find_effective, seal_undo
from consent.services import (
    bind_device,
    give_mandate,
    put_purpose,
    record_signal,
    revoke_mandate,
    undo_withdrawal,
)
from consent.types import MandateKind, Reason, Tier
from keyring.services import ensure_signing_key
from notifications.models import Message
from tests.actors import make_customer
from tests.services.consent.conftest import ANA, draft, personal_of

pytestmark = [pytest.mark.django_db]
PHONE = "dev_phone"


def test_a_signal_denies_once_what_heeds_it_and_nothing_else(register):
    recorded = record_signal(party=PHONE, call=register.call)
    assert {event.purpose for event in recorded.events} == {
        "marketing",
        "marketing.email",
        "marketing.sms",
        "analytics",
    }
    assert record_signal(party=PHONE, call=register.later().call).events == []
    assert register.ask("marketing.email", PHONE).reason is Reason.SIGNAL
    assert register.ask("personalization", PHONE).reason is Reason.UNKNOWN


def test_a_signal_of_her_device_denies_her_until_she_has_seen_the_conflict(register):
    register.choose("grant", "marketing.email")
    bind_device(device=PHONE, account=ANA, call=register.call)
    record_signal(party=PHONE, call=register.later(1).call)
    assert register.later(2).ask("marketing.email").reason is Reason.SIGNAL
    register.later(3).choose("grant", "marketing.email")
    assert register.later(4).ask("marketing.email").reason is Reason.SIGNAL
    register.later(5).choose("grant", "marketing.email", acknowledged=True)
    record_signal(party=PHONE, call=register.later(6).call)
    assert register.later(7).ask("marketing.email").permits
    assert register.later(7).ask("marketing").reason is Reason.SIGNAL


def test_a_page_that_has_grown_old_permits_nothing_but_refuses_still(register):
    seen = register.choose("grant", "personalization").seq
    register.later(1).choose("withdraw", "personalization")
    with pytest.raises(StalePage):
        register.later(2).choose("grant", "personalization", seen=seen)
    register.later(3).choose("withdraw", "personalization", seen=seen)
    now = next(each for each in find_effective(ANA, register.call.now) if each.purpose.id == "personalization")
    register.later(4).choose("grant", "personalization", seen=now.seq)
    assert register.later(5).ask("personalization").permits


@pytest.fixture
def ana(register):
    ensure_signing_key(call=register.call)
    return make_customer(register.call).sub


def test_an_unproved_withdrawal_counts_at_once_and_she_is_told_and_can_undo_it(register, ana):
    register.choose("grant", "personalization", ana)
    before = Message.objects.count()
    event = register.later(1).choose("withdraw", "personalization", ana, tier=Tier.UNVERIFIED).events[0]
    assert not register.later(2).ask("personalization", ana).permits
    assert Message.objects.count() == before + 1
    undo_withdrawal(token=seal_undo(event.id, now=register.call.now), call=register.later(2).call)
    undo_withdrawal(token=seal_undo(event.id, now=register.call.now), call=register.later(2).call)
    assert register.later(3).ask("personalization", ana).permits
    assert ConsentEvent.objects.filter(action="invalidate").count() == 1


def test_nobody_is_told_of_what_was_denied_anyway_or_of_what_she_proved(register, ana):
    before = Message.objects.count()
    register.choose("withdraw", "personalization", ana, tier=Tier.UNVERIFIED)
    register.later(1).choose("grant", "personalization", ana)
    register.later(2).choose("withdraw", "personalization", ana)
    assert Message.objects.count() == before


def test_a_verified_withdrawal_is_not_undone_by_a_link_and_a_link_dies(register, ana):
    event = register.choose("withdraw", "personalization", ana).events[0]
    weak = register.later(1).choose("withdraw", "personalization", ana, tier=Tier.UNVERIFIED).events[0]
    for token, later in [
        (seal_undo(event.id, now=register.call.now), 0),
        (seal_undo("cev_nothing", now=register.call.now), 0),
        (seal_undo(weak.id, now=register.call.now), 31 * 24 * 3600),
        ("junk", 0),
    ]:
        with pytest.raises(UndoInvalid):
            undo_withdrawal(token=token, call=register.later(later).call)


def test_a_guardian_permits_for_a_child_as_long_as_the_mandate_lasts(register):
    put_purpose(draft=draft("games", parent="personalization", minor_age=16), call=register.call)
    with pytest.raises(MinorCannotConsent):
        register.choose("grant", "games", age=12)
    mandate = give_mandate(party=ANA, holder="acc_mum", kind=MandateKind.GUARDIAN, call=register.call)
    event = register.choose("grant", "games", age=12, mandate=mandate).events[0]
    assert event.tier is Tier.PROXY
    assert register.ask("games").permits
    register.later(1).choose("deny", "ai.assistance", mandate=mandate)
    assert revoke_mandate(id=mandate, call=register.later(2).call)
    assert not revoke_mandate(id=mandate, call=register.later(2).call)
    assert register.later(3).ask("games").reason is Reason.NO_MANDATE
    assert register.later(3).ask("ai.assistance").reason is Reason.DENIED
    with pytest.raises(MandateMissing):
        register.later(4).choose("grant", "games", mandate=mandate)


def test_a_mandate_covers_its_purposes_until_it_ends(register):
    end = register.call.now + timedelta(hours=1)
    mandate = give_mandate(
        party=ANA, holder="acc_mum", kind=MandateKind.PROXY, purposes=["marketing"], expires_at=end, call=register.call
    )
    register.choose("grant", "marketing.email", mandate=mandate)
    with pytest.raises(MandateMissing):
        register.choose("grant", "personalization", mandate=mandate)
    assert register.ask("marketing.email").valid_until == end
    assert register.later(3600).ask("marketing.email").reason is Reason.NO_MANDATE
    with pytest.raises(MandateMissing):
        register.later(3600).choose("grant", "marketing.email", mandate=mandate)


@pytest.mark.parametrize(
    "changes", [{"holder": ANA}, {"holder": ""}, {"party": "a\0"}, {"evidence": "x" * 201}, {"holder": "x" * 121}]
)
def test_a_mandate_for_oneself_or_for_nobody_is_refused(register, changes):
    told = {"party": ANA, "holder": "acc_mum", "kind": MandateKind.PROXY, **changes}
    with pytest.raises(PurposeInvalid):
        give_mandate(**told, call=register.call)


def test_nothing_is_permitted_for_an_erased_account_and_what_she_said_is_unreadable(register, ana):
    event = register.choose("grant", "personalization", ana, personal={"said": "yes"}).events[0]
    register.choose("deny", "marketing", ana)
    erase_account(sub=ana, reason="asked", call=register.later(1).call)
    assert register.later(2).ask("personalization", ana).reason is Reason.WITHDRAWN
    assert personal_of(event) is None
    assert [row.action for row in ConsentEvent.objects.filter(party=ana)] == ["grant", "deny", "withdraw"]
