"""What a source delivers becomes versions of its records: newer ones count, older ones are kept beside them."""

from collections.abc import Iterable, Sequence

import accounts.services
from accounts.errors import AccountUnknown
from accounts.queries import find_account, find_account_by_proven_email
from accounts.types import Kind, Status
from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed
from resolution import events
from resolution.models import SourceRecord, Version
from resolution.queries import digest_of, list_golden_by_use
from resolution.services.ruling import tell_differences
from resolution.types import Basis, Entry, Landed, Landing, Stated


@deed
def land_records(*, source: str, entries: Sequence[Entry], batch: str, call: CallContext) -> tuple[Landed, ...]:
    """Write down what a source says, and answer what became of each entry, in their order.

    Attribute by attribute the highest sequence counts, in whatever order deliveries come: an older one never overwrites
    a newer one. The records of an erased person stay empty. An entry that names another account than its record belongs
    to, or none that there is, changes nothing.
    """
    accounts_named = _hold_accounts(source, entries, call)
    rows = _lock_records(source, entries, call)
    subjects = {row.subject for row in rows.values() if row.subject} | set(accounts_named.values())
    before = list_golden_by_use(subjects)

    ledger = _Ledger(rows.values(), batch, call)
    landed = tuple(_land(rows[each.external_id], each, accounts_named, ledger, call) for each in entries)
    ledger.write()

    tell_differences(before=before, source=source, batch=batch, call=call)
    return landed


def _hold_accounts(source: str, entries: Sequence[Entry], call: CallContext) -> dict[tuple[Basis, str], str]:
    """The subjects of the accounts that entries name: for records that belong to nobody yet, and of addresses also for
    those that belong to somebody, who may be another by now.

    The first are locked, before any record is, in the order in which an erasure takes the same locks.
    """
    digests = {digest_of(source, each.external_id): each for each in entries if each.account}
    linked = set(SourceRecord.objects.filter(digest__in=digests).exclude(subject="").values_list("digest", flat=True))
    new = {_named_by(each) for key, each in digests.items() if key not in linked}
    held = {_named_by(each) for key, each in digests.items() if key in linked and each.basis is Basis.EMAIL}
    named = {key: sub for key in new | held if (sub := _find_subject(*key))}
    live = {sub for sub in sorted({named[key] for key in new if key in named}) if _is_there(sub, call)}
    return {key: sub for key, sub in named.items() if key not in new or sub in live}


def _named_by(entry: Entry) -> tuple[Basis, str]:
    return entry.basis or Basis.SUB, entry.account


def _find_subject(basis: Basis, account: str) -> str:
    found = find_account(account) if basis is Basis.SUB else find_account_by_proven_email(account)
    return found.sub if found is not None and found.kind == Kind.CUSTOMER else ""


def _is_there(sub: str, call: CallContext) -> bool:
    try:
        account = accounts.services.hold_account(sub=sub, call=call)
    except AccountUnknown:
        return False
    return account.status in (Status.ACTIVE, Status.SUSPENDED)


def _lock_records(source: str, entries: Sequence[Entry], call: CallContext) -> dict[str, SourceRecord]:
    """The record of each entry, made where there was none; in one order for all, so that nobody waits in a circle."""
    names = {digest_of(source, each.external_id): each.external_id for each in entries}
    fresh = [
        SourceRecord(source=source, digest=key, external_id=names[key], created_at=call.now, received_at=call.now)
        for key in sorted(names)
    ]
    SourceRecord.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = SourceRecord.objects.select_for_update(no_key=True).filter(digest__in=names).order_by("pk")
    return {names[row.digest]: row for row in rows}


def _land(
    row: SourceRecord, entry: Entry, accounts_named: dict[tuple[Basis, str], str], ledger: "_Ledger", call: CallContext
) -> Landed:
    if row.erased_at is not None:
        return Landed(entry.external_id, Landing.ERASED)
    refused = _link(row, entry, accounts_named, ledger.batch, call) if entry.account else None
    if refused:
        return Landed(entry.external_id, refused)
    changed, outdated = [], 0
    for name, stated in entry.attributes.items():
        landing = ledger.enter(row, name, stated, entry.sequence)
        changed += [name] if landing is Landing.APPLIED else []
        outdated += landing is Landing.OUTDATED
    landing = Landing.APPLIED if changed else Landing.UNCHANGED
    if outdated and outdated == len(entry.attributes):
        landing = Landing.OUTDATED
    return Landed(entry.external_id, landing, row.ref, row.subject, tuple(changed))


def _link(
    row: SourceRecord, entry: Entry, accounts_named: dict[tuple[Basis, str], str], batch: str, call: CallContext
) -> Landing | None:
    """Let a record belong to the account that its source names; why it cannot, or None."""
    basis = entry.basis or Basis.SUB
    subject = accounts_named.get((basis, entry.account))
    if row.subject:  # set once: what is written under one account never moves to another by a feed's word
        named = entry.account if basis is Basis.SUB else subject or row.subject  # an address that is nobody's is news
        return Landing.LINKED_ELSEWHERE if named != row.subject else None
    if subject is None:
        return Landing.UNKNOWN_ACCOUNT if basis is Basis.SUB else None
    row.subject, row.basis, row.linked_at, row.linked_in, row.unlinked_from = subject, basis.value, call.now, batch, ""
    row.save(update_fields=["subject", "basis", "linked_at", "linked_in", "unlinked_from"])
    payload = {"record": row.ref, "source": row.source, "basis": basis.value}
    journal.record(events.RECORD_LINKED, call=call, subject=subject, payload=payload)
    return None


class _Ledger:
    """The versions that one delivery adds to some records, whose rows are locked."""

    def __init__(self, rows: Iterable[SourceRecord], batch: str, call: CallContext) -> None:
        self.batch, self._call = batch, call
        current = Version.objects.current().filter(record__in=list(rows))
        self._current = {(row.record_id, row.attribute): row for row in current}
        self._retired: list[int] = []
        self._new: list[Version] = []

    def enter(self, row: SourceRecord, attribute: str, stated: Stated, sequence: int) -> Landing:
        """Note what an entry says of one attribute."""
        before = self._current.get((row.pk, attribute))
        if before is not None and sequence == before.sequence:
            return Landing.UNCHANGED
        is_newer = before is None or sequence > before.sequence
        version = self._version(row, attribute, stated, sequence, is_current=is_newer)
        self._new.append(version)
        if not is_newer:
            return Landing.OUTDATED
        self._current[row.pk, attribute] = version
        said = (before.value, before.level) if before else (None, stated.level.value)
        if before is not None:
            before.is_current = False
            self._retired += [before.pk] if before.pk else []
        return Landing.APPLIED if said != (stated.value, stated.level.value) else Landing.UNCHANGED

    def write(self) -> None:
        """Write everything; an older version that is there already is not written twice."""
        Version.objects.filter(pk__in=self._retired).update(is_current=False)
        Version.objects.bulk_create(self._new, ignore_conflicts=True)
        touched = {version.record_id for version in self._new}
        SourceRecord.objects.filter(pk__in=touched).update(received_at=self._call.now)

    def _version(
        self, row: SourceRecord, attribute: str, stated: Stated, sequence: int, *, is_current: bool
    ) -> Version:
        return Version(
            record=row,
            attribute=attribute,
            value=stated.value,
            level=stated.level.value,
            occurred_at=stated.occurred_at,
            received_at=self._call.now,
            sequence=sequence,
            batch=self.batch,
            is_current=is_current,
        )
