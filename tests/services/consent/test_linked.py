"""Two parties who may be one person: what travels, what settles it, what stays after a split."""

import pytest

from audit.queries import list_events
from consent.models import ConsentEvent, LinkedParty
from consent.services import bind_device, set_links, split_links
from consent.types import Link, Reason
from kit.refusal import MalformedInput
from tests.services.consent.conftest import ANA, BEN

pytestmark = [pytest.mark.django_db]
PHONE = "dev_phone"


def link(register, probability=1.0, *, merged=True):
    found = Link(BEN, probability, merged_at=register.call.now if merged else None)
    set_links(party=ANA, links=[found], call=register.call)


def test_a_refusal_on_a_device_is_hers_from_her_first_sign_in_there(register):
    register.choose("grant", "personalization")
    register.later(1).choose("deny", "personalization", PHONE)
    assert register.later(2).ask("personalization").permits
    bind_device(device=PHONE, account=ANA, call=register.later(2).call)
    answer = register.later(3).ask("personalization")
    assert (answer.reason, answer.rule, answer.party) == (Reason.DENIED, 7, PHONE)
    register.later(4).choose("grant", "personalization")
    assert register.later(5).ask("personalization").permits


def test_what_a_device_permits_is_nobodys(register):
    register.choose("grant", "personalization", PHONE)
    bind_device(device=PHONE, account=ANA, call=register.call)
    assert register.ask("personalization").reason is Reason.UNKNOWN


def test_what_was_refused_before_the_last_person_signed_in_is_not_the_next_ones(register):
    register.choose("deny", "personalization", PHONE)
    bind_device(device=PHONE, account=ANA, call=register.later(1).call)
    bind_device(device=PHONE, account=BEN, call=register.later(3).call)
    late = register.later(4)
    late.choose("grant", "personalization", BEN)
    assert late.ask("personalization", BEN).permits
    register.later(5).choose("deny", "personalization", PHONE)
    assert not register.later(6).ask("personalization", BEN).permits


def test_a_device_is_bound_once(register):
    assert bind_device(device=PHONE, account=ANA, call=register.call)
    assert not bind_device(device=PHONE, account=ANA, call=register.later().call)
    assert LinkedParty.objects.count() == 2


def test_both_know_of_a_link_and_their_heads_move(register):
    link(register)
    for party in (ANA, BEN):
        assert [line.type for line in list_events(subject=party)] == ["party.linked"]
    assert not set_links(party=ANA, links=[Link(BEN, 1.0, merged_at=register.call.now)], call=register.call)
    assert set_links(party=ANA, links=[], call=register.call)
    assert not LinkedParty.objects.exists()


@pytest.mark.parametrize("links", [[Link(ANA, 1.0)], [Link(BEN, 1.0), Link(BEN, 0.5)], [Link("a\0", 1.0)]])
def test_links_to_oneself_twice_or_to_nobody_are_refused(register, links):
    with pytest.raises(MalformedInput):
        set_links(party=ANA, links=links, call=register.call)


def test_a_split_copies_what_was_refused_meanwhile_and_leaves_what_was_permitted(register):
    register.choose("grant", "personalization")
    register.choose("grant", "ai.assistance", BEN)
    link(register.later(1))
    register.later(2).choose("withdraw", "personalization", BEN)
    register.later(2).choose("grant", "marketing.email")
    assert split_links(party=ANA, other=BEN, call=register.later(3).call)

    after = register.later(4)
    assert not after.ask("personalization").permits
    assert not after.ask("personalization", BEN).permits
    assert after.ask("marketing.email").permits
    assert not after.ask("marketing.email", BEN).permits
    assert after.ask("ai.assistance", BEN).permits
    assert not after.ask("ai.assistance").permits
    (copy,) = ConsentEvent.objects.exclude(copied_from="")
    assert (copy.party, copy.source, copy.action) == (ANA, "split", "withdraw")
    assert list_events(subject=ANA)[0].payload["copied_from"] == copy.copied_from


def test_what_was_refused_before_the_merge_is_not_copied(register):
    register.choose("withdraw", "personalization", BEN)
    link(register.later(1))
    split_links(party=BEN, other=ANA, call=register.later(2).call)
    assert not ConsentEvent.objects.exclude(copied_from="").exists()


def test_what_she_settled_since_is_not_copied_to_her(register):
    link(register)
    register.later(1).choose("withdraw", "personalization", BEN)
    register.later(2).choose("grant", "personalization")
    split_links(party=ANA, other=BEN, call=register.later(3).call)
    assert register.later(4).ask("personalization").permits
    assert not register.later(4).ask("personalization", BEN).permits


def test_a_split_of_strangers_is_none_and_a_second_one_copies_nothing_twice(register):
    assert not split_links(party=ANA, other=BEN, call=register.call)
    for _ in range(2):
        link(register)
        register.later(1).choose("withdraw", "personalization", BEN)
        split_links(party=ANA, other=BEN, call=register.later(2).call)
    assert ConsentEvent.objects.filter(party=ANA).count() == 2


def test_merging_and_splitting_where_nothing_happened_between_changes_nothing(register):
    register.choose("grant", "personalization")
    register.choose("withdraw", "personalization", BEN)
    before = [register.ask("personalization", party) for party in (ANA, BEN)]
    link(register.later(1))
    assert not register.later(2).ask("personalization").permits
    split_links(party=ANA, other=BEN, call=register.later(3).call)
    assert [register.ask("personalization", party) for party in (ANA, BEN)] == before


@pytest.mark.parametrize(
    "left",
    [[], [Link(BEN, 0.3)], [Link(BEN, 0.7)]],
    ids=["no link", "less likely than not", "suspected"],
)
def test_who_is_taken_for_one_person_no_longer_has_been_split(register, left):
    """However the resolver says it: what was refused meanwhile stays refused on both sides, exactly once."""
    register.choose("grant", "personalization")
    link(register.later(1))
    register.later(2).choose("withdraw", "personalization", BEN)
    assert set_links(party=ANA, links=left, call=register.later(3).call)
    assert set_links(party=ANA, links=[], call=register.later(4).call) is bool(left)
    after = register.later(5)
    assert not after.ask("personalization").permits
    (copy,) = ConsentEvent.objects.exclude(copied_from="")
    assert (copy.party, copy.source) == (ANA, "split")


def test_a_mere_suspicion_that_fades_leaves_nothing_behind(register):
    register.choose("grant", "personalization")
    link(register.later(1), 0.7, merged=False)
    register.later(2).choose("withdraw", "personalization", BEN)
    assert not register.later(2).ask("personalization").permits
    set_links(party=ANA, links=[], call=register.later(3).call)
    assert register.later(4).ask("personalization").permits
    assert not ConsentEvent.objects.exclude(copied_from="").exists()


def test_a_link_that_gets_a_little_less_sure_is_no_split(register):
    link(register)
    register.later(1).choose("withdraw", "personalization", BEN)
    set_links(party=ANA, links=[Link(BEN, 0.95, merged_at=register.call.now)], call=register.later(2).call)
    assert not ConsentEvent.objects.exclude(copied_from="").exists()
    assert not register.later(3).ask("personalization").permits
