"""Keeping identifiers in step with allauth's login addresses, which are the truth.

Every `record_email_*` looks at what allauth's table says now and makes ours agree, so a signal that arrives twice,
late or out of order does no harm. The value itself goes into the journal only under the subject's own key.
"""

from allauth.account.models import EmailAddress

from accounts import events
from accounts.models import Account, Identifier
from accounts.services.authenticators import wipe_unproven_credentials
from accounts.types import IdentifierLevel, IdentifierType, Provenance, Status
from audit import journal
from audit.types import EventType
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def record_email_added(*, account: Account, email: str, call: CallContext) -> None:
    """The person named a login address; it counts as claimed until it is verified."""
    keep_in_step(account=account, email=email, provenance=Provenance.SELF_SERVICE, call=call)


@deed
def record_email_verified(*, account: Account, email: str, call: CallContext, owner_only: bool = False) -> None:
    """The person showed that she reads the mail of a login address.

    `owner_only` says that she showed nothing else: then whoever signed up may have been somebody else, waiting for
    her, and the password chosen at that sign-up goes.
    """
    if owner_only:
        wipe_unproven_credentials(account=account, call=call)
    keep_in_step(account=account, email=email, provenance=Provenance.SELF_SERVICE, call=call)


@deed
def record_email_removed(*, account: Account, email: str, call: CallContext) -> None:
    """A login address was taken off the account."""
    keep_in_step(account=account, email=email, provenance=Provenance.SELF_SERVICE, call=call)


@deed
def record_email_changed(*, account: Account, call: CallContext) -> None:
    """The primary login address is another one now; allauth drops the ones before it without a word.

    Journals `profile.changed` when an address went away, so the first verification at sign-up is no change.
    """
    known = set(EmailAddress.objects.filter(user=account).values_list("email", flat=True))
    gone = set(_live_emails(account)) - known

    for email in sorted(known | gone):
        keep_in_step(account=account, email=email, provenance=Provenance.SELF_SERVICE, call=call)
    if gone:
        journal.record(events.PROFILE_CHANGED, call=call, subject=account.sub, payload={"fields": ["email"]})


@deed
def release_unverified_claims(*, account: Account, email: str, call: CallContext) -> None:
    """Take an address from every other account that only claimed it, because `account` is about to prove it.

    Whoever signed up with somebody else's address neither keeps it nor blocks its owner; left without any address,
    the account loses the password that was chosen for it.
    """
    claims = EmailAddress.objects.filter(email=email.lower(), verified=False).exclude(user=account)
    # All of them at once and in one order: two people who prove each other's claims must not wait in a circle.
    concerned = [account.pk, *claims.values_list("user_id", flat=True)]
    list(Account.objects.filter(pk__in=concerned).select_for_update(no_key=True).order_by("pk"))

    for claim in list(claims.select_related("user").order_by("pk")):
        claimant: Account = claim.user
        claim.delete()
        Account.objects.filter(pk=claimant.pk, email=email.lower()).update(email="")
        keep_in_step(account=claimant, email=email, provenance=Provenance.SELF_SERVICE, call=call)
        if not EmailAddress.objects.filter(user=claimant).exists():
            wipe_unproven_credentials(account=claimant, call=call)


@deed
def keep_in_step(*, account: Account, email: str, provenance: Provenance, call: CallContext) -> None:
    """Make the identifier for one address agree with allauth's row; `provenance` is for one that is new."""
    email = email.lower()
    if Account.objects.lock(account.sub).status == Status.ERASED:  # a request that was under way during the erasure
        EmailAddress.objects.filter(user=account).delete()
    row = EmailAddress.objects.filter(user=account, email=email).first()
    known = Identifier.objects.live().filter(account=account, type=IdentifierType.EMAIL, value=email).first()

    if row is None:
        if known is not None:
            _remove(known, account, call)
        return
    if known is None:
        known = _add(account, email, provenance, call)
    if row.verified and known.level < IdentifierLevel.VERIFIED:
        _verify(known, account, call)


def _add(account: Account, email: str, provenance: Provenance, call: CallContext) -> Identifier:
    identifier = Identifier.objects.create(
        account=account, type=IdentifierType.EMAIL, value=email, provenance=provenance, created_at=call.now
    )
    _tell(events.IDENTIFIER_ADDED, identifier, account, call)
    return identifier


def _verify(identifier: Identifier, account: Account, call: CallContext) -> None:
    identifier.level, identifier.verified_at = IdentifierLevel.VERIFIED, call.now
    identifier.save(update_fields=["level", "verified_at"])
    _tell(events.IDENTIFIER_VERIFIED, identifier, account, call)


def _remove(identifier: Identifier, account: Account, call: CallContext) -> None:
    identifier.removed_at = call.now
    identifier.save(update_fields=["removed_at"])
    _tell(events.IDENTIFIER_REMOVED, identifier, account, call)


def _tell(type: EventType, identifier: Identifier, account: Account, call: CallContext) -> None:
    journal.record(
        type,
        call=call,
        subject=account.sub,
        payload={
            "identifier": identifier.ref,
            "type": identifier.type,
            "level": identifier.level,
            "provenance": identifier.provenance,
        },
        personal={"value": identifier.value},
    )


def _live_emails(account: Account) -> list[str]:
    rows = Identifier.objects.live().filter(account=account, type=IdentifierType.EMAIL)
    return list(rows.values_list("value", flat=True))
