"""Who may be the same person as whom."""

from collections.abc import Sequence
from dataclasses import replace

from audit import journal
from consent import rules
from consent.events import PARTY_LINKED, PARTY_SPLIT
from consent.models import LinkedParty
from consent.queries.checking import link_of
from consent.services.copying import copy_refusals
from consent.services.writing import under_heads
from consent.types import LONGEST_PARTY, Link, LinkKind
from kit.call import CallContext
from kit.locks import hold_names
from kit.refusal import MalformedInput
from kit.unit_of_work import deed


@deed
def set_links(*, party: str, links: Sequence[Link], call: CallContext) -> bool:
    """Say who else may be the same person as a party, and how surely; False where that was known.

    The links by match are these from now on, devices stay. Both parties know of it. Who had been taken for one person
    and is not any more has been split: see `split_links`. Raises MalformedInput.
    """
    others = {link.other: link for link in links}
    for name in (party, *others):
        _refuse_unfit(name)
    if len(others) != len(links) or party in others or any(link.kind is not LinkKind.MATCH for link in links):
        raise MalformedInput("Each other party stands once among the links.")
    _hold([party, *others])
    before = {row.other: row for row in LinkedParty.objects.filter(party=party, kind=LinkKind.MATCH.value)}
    gone = sorted(set(before) - set(others))
    changed = [
        link
        for link in links
        if (row := before.get(link.other)) is None
        or (row.probability, row.merged_at) != (link.probability, link.merged_at)
    ]
    if not gone and not changed:
        return False
    parted = [row for other, row in before.items() if row.merged_at is not None and not _is_one(others.get(other))]
    for other in gone:
        _unlink(party, other)
    for link in changed:
        _link(party, link, call)
    for row in parted:
        _part(row, call)
    _tell(party, {*gone, *(link.other for link in changed)}, call)
    return True


@deed
def bind_device(*, device: str, account: str, call: CallContext) -> bool:
    """Somebody signed in on a device: what it refuses she refuses, from now on; False when that was known.

    On a device that others signed in on before, only what was refused since then is hers.
    """
    for name in (device, account):
        _refuse_unfit(name)
    bound = LinkedParty.objects.filter(party=account, other=device)
    if bound.exists():  # at nearly every sign-in
        return False
    _hold([device, account])
    if bound.exists():
        return False
    earlier = LinkedParty.objects.filter(party=device, kind=LinkKind.DEVICE.value).order_by("-linked_at").first()
    link = Link(device, 1.0, LinkKind.DEVICE, call.now, earlier.linked_at if earlier else None)
    _link(account, link, call)
    _tell(account, {device}, call)
    return True


@deed
def split_links(*, party: str, other: str, call: CallContext) -> bool:
    """Two who were taken for one person are not: False when they were not linked.

    What either refused since they were linked is copied to the other, unless that one has settled it since; what either
    permitted stays with whoever did.
    """
    _hold([party, other])
    row = LinkedParty.objects.filter(party=party, other=other).first()
    if row is None:
        return False
    _unlink(party, other)
    _part(row, call)
    return True


def _is_one(link: Link | None) -> bool:
    """Whether a link still says that two are one person, and has what either refuses count for the other."""
    return link is not None and link.merged_at is not None and link.denies_travel


def _part(row: LinkedParty, call: CallContext) -> None:
    """Copy what the two of a link refused while it was so; the row may be gone by now, or say less."""
    party, other, link, since = row.party, row.other, link_of(row), row.linked_at
    journal.record(PARTY_SPLIT, call=call, subject=party, payload={"other": other})
    journal.record(PARTY_SPLIT, call=call, subject=other, payload={"other": party})

    def copy() -> None:
        copy_refusals(party, replace(link, other=other), since, call)
        copy_refusals(other, replace(link, other=party), since, call)

    under_heads(f"consent.split {party} {other}", {party, other}, copy)


def _link(party: str, link: Link, call: CallContext) -> None:
    for one, two in ((party, link.other), (link.other, party)):
        LinkedParty.objects.update_or_create(
            party=one,
            other=two,
            defaults={
                "kind": link.kind.value,
                "probability": link.probability,
                "merged_at": link.merged_at,
                "from_at": link.from_at,
            },
            create_defaults={
                "kind": link.kind.value,
                "probability": link.probability,
                "merged_at": link.merged_at,
                "from_at": link.from_at,
                "linked_at": call.now,
            },
        )


def _unlink(party: str, other: str) -> None:
    LinkedParty.objects.filter(party=party, other=other).delete()
    LinkedParty.objects.filter(party=other, other=party).delete()


def _tell(party: str, others: set[str], call: CallContext) -> None:
    """A line for each whose answers may be others now: their heads move, and whoever holds one waits."""
    for name in sorted({party, *others}):
        with_whom = sorted(others) if name == party else [party]
        journal.record(PARTY_LINKED, call=call, subject=name, payload={"others": with_whom})


def _hold(parties: Sequence[str]) -> None:
    hold_names(f"consent links {party}" for party in parties)


def _refuse_unfit(party: str) -> None:
    if not party or len(party) > LONGEST_PARTY or not party.isprintable() or not rules.kind_of(party):
        raise MalformedInput("A party has an id of at most 64 characters.")
