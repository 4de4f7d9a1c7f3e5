"""The journey of a login address from one mailbox to another, and back.

    asked -> changed          the person stepped up, and typed the code mailed to the new address (allauth's part)
    changed -> undone         the old mailbox posted its link within `conf.undo_days()`
    changed -> kept           the days went by, or an older change was undone and took this one along

Waiting is an EmailChange row and a mailed link. Undoing rests on the old mailbox alone, so it gives nobody a session:
it puts the old address back, ends everything that is signed in, takes away the password and whatever authenticators
were added since, and leaves the person at the door, where she asks for a code and chooses a new password. Second
factors that were there before the change stay and are asked for.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount

from accounts import conf, events
from accounts.errors import UndoGone
from accounts.models import Account, EmailChange, Identifier
from accounts.queries import is_proven_by_another
from accounts.services import (
    record_authenticator_removed,
    record_email_changed,
    release_unverified_claims,
    remove_link,
)
from accounts.types import IdentifierType, Status
from audit import journal
from kit import crypto
from kit.call import CallContext
from kit.ids import digest, new_secret
from kit.unit_of_work import deed

TRANSITIONS = {
    "asked": ("changed",),
    "changed": ("undone", "kept"),
    "undone": (),
    "kept": (),
}


@dataclass(frozen=True, slots=True)
class Undoable:
    """What the page of an undo link shows before anything is done."""

    old: str
    new: str


@deed
def note_change(*, account: Account, old: str, new: str, call: CallContext) -> str | None:
    """Write down that the login address has changed; the secret for the old mailbox, shown this once.

    None when the old address was never proved to be the account's: whoever reads it has no claim, and hears nothing.
    """
    proved = Identifier.objects.filter(
        account=account, type=IdentifierType.EMAIL, value=old.lower(), verified_at__isnull=False
    )
    if not proved.exists():
        return None
    secret = new_secret()
    EmailChange.objects.create(
        account=account,
        undo_digest=digest(secret),
        addresses=crypto.wrap(
            json.dumps({"old": old.lower(), "new": new.lower()}).encode(), context=conf.EMAIL_CHANGE_CONTEXT
        ),
        changed_at=call.now,
        undo_until=call.now + timedelta(days=conf.undo_days()),
    )
    return secret


@deed
def look_at_change(*, secret: str, call: CallContext) -> Undoable:
    """What a link would undo; looking consumes nothing. Raises UndoGone."""
    change = EmailChange.objects.open(call.now).filter(undo_digest=digest(secret)).first()
    if change is None:
        raise UndoGone
    return _read(change)


@deed
def undo_change(*, secret: str, call: CallContext) -> Undoable:
    """Put the old address back, once, and say what was undone.

    Raises UndoGone when the link was used, is too old, or cannot be met any more.
    """
    change = EmailChange.objects.open(call.now).filter(undo_digest=digest(secret)).first()
    if change is None:
        raise UndoGone
    account = Account.objects.lock(change.account.sub)
    change = EmailChange.objects.open(call.now).filter(pk=change.pk).first()  # as it is under the lock
    if change is None or account.status == Status.ERASED:
        raise UndoGone
    undoable = _read(change)
    old = undoable.old
    if is_proven_by_another(old, account=account):
        raise UndoGone

    release_unverified_claims(account=account, email=old, call=call)
    _put_back(account, old)
    EmailChange.objects.filter(account=account, changed_at__gte=change.changed_at, undone_at__isnull=True).update(
        undone_at=call.now
    )
    _drop_what_was_added(account, change, call)
    record_email_changed(account=account, call=call)

    journal.record(events.EMAIL_CHANGE_UNDONE, call=call, subject=account.sub, payload={"change": change.pk})
    return undoable


def _put_back(account: Account, old: str) -> None:
    EmailAddress.objects.filter(user=account).delete()
    EmailAddress.objects.create(user=account, email=old, primary=True, verified=True)
    account.email, account.password_stands_alone = old, False
    account.set_unusable_password()
    account.save(update_fields=["email", "password", "password_stands_alone"])


def _drop_what_was_added(account: Account, change: EmailChange, call: CallContext) -> None:
    """Whoever changed the address may have left a key behind; what was there before is the owner's, and stays."""
    added = Authenticator.objects.filter(user=account, created_at__gte=change.changed_at)
    types = list(added.values_list("type", flat=True))
    added.delete()
    for type in types:
        record_authenticator_removed(account=account, method=type, call=call)
    links = SocialAccount.objects.filter(user=account, date_joined__gte=change.changed_at)
    for provider in list(links.values_list("provider", flat=True)):
        remove_link(account=account, provider=provider, call=call)


def _read(change: EmailChange) -> Undoable:
    addresses = json.loads(crypto.unwrap(bytes(change.addresses), context=conf.EMAIL_CHANGE_CONTEXT))
    return Undoable(old=addresses["old"], new=addresses["new"])
