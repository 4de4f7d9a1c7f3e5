"""The ends of an account's life: suspended, closed, erased."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount

from accounts import events, rules
from accounts.errors import AccountErased, StatusConflict
from accounts.models import Account, EmailChange, Identifier, OperatorRole
from accounts.queries import list_login_addresses
from accounts.services.profile import refuse_to_lose_the_last_admin
from accounts.types import Kind, Role, Status
from audit import journal
from audit.services import erase_subject_key
from audit.types import EventType
from kit.call import CallContext
from kit.refusal import MalformedInput, NotAllowed
from kit.unit_of_work import deed
from notifications.services import forget_recipient


@deed
def hold_account(*, sub: str, call: CallContext) -> Account:  # noqa: ARG001  every deed takes its call
    """The account, locked: its status and roles stay what they are until the open deed commits.

    Raises AccountUnknown.
    """
    return Account.objects.lock(sub)


@deed
def suspend_account(*, sub: str, reason: str, call: CallContext) -> Account:
    """Stop an account: it cannot sign in, and what hangs on it ends. Nobody can stop their own.

    Only an admin stops an operator, and nobody the last admin. `reason` is a short code. Raises NotAllowed, LastAdmin,
    StatusConflict, AccountErased, MalformedInput. Stopping a stopped account changes nothing.
    """
    if call.caller.subject == sub:
        raise NotAllowed("You cannot stop your own account.")
    return _move(sub, Status.SUSPENDED, events.ACCOUNT_SUSPENDED, reason, call)


@deed
def reactivate_account(*, sub: str, reason: str, call: CallContext) -> Account:
    """Let a suspended account sign in again. A closed or erased one stays what it is: StatusConflict."""
    return _move(sub, Status.ACTIVE, events.ACCOUNT_REACTIVATED, reason, call)


@deed
def close_account(*, sub: str, reason: str, call: CallContext) -> Account:
    """End an account while its data stays, until it is erased. Raises as `suspend_account` does."""
    return _move(sub, Status.CLOSED, events.ACCOUNT_CLOSED, reason, call)


@deed
def erase_account(*, sub: str, reason: str, call: CallContext) -> Account:
    """Remove everything personal: addresses, authenticators, name, password, queued mail, and the subject's key.

    The row with its subject stays, so that nobody else ever becomes this subject. There is no way back; erasing
    twice changes nothing. Raises AccountUnknown, MalformedInput.
    """
    account = Account.objects.lock(sub)
    _refuse_reason(reason)
    if account.status == Status.ERASED:
        return account
    refuse_to_lose_the_last_admin(account)

    for address in list_login_addresses(account):
        forget_recipient(to=address, call=call)
    for value in Identifier.objects.filter(account=account).values_list("value", flat=True):
        forget_recipient(to=value, call=call)
    for table in (EmailChange, Identifier, OperatorRole):
        table.objects.filter(account=account).delete()
    for table in (EmailAddress, Authenticator, SocialAccount):
        table.objects.filter(user=account).delete()
    account.email, account.name, account.status, account.last_login = "", "", Status.ERASED, None
    account.set_unusable_password()
    account.save()

    erase_subject_key(subject=sub, call=call)
    journal.record(events.ACCOUNT_ERASED, call=call, subject=sub, payload={"reason": reason})
    return account


def _move(sub: str, wanted: Status, event: EventType, reason: str, call: CallContext) -> Account:
    account = Account.objects.lock(sub)
    _refuse_reason(reason)
    if account.status == wanted:
        return account
    if account.status == Status.ERASED:
        raise AccountErased
    if not rules.may_become(account.status, wanted):
        raise StatusConflict
    if account.kind == Kind.OPERATOR and call.caller.subject and Role.ADMIN not in call.caller.roles:
        raise NotAllowed("Only an admin stops an operator or lets one back in.")
    if wanted != Status.ACTIVE:
        refuse_to_lose_the_last_admin(account)

    account.status = wanted
    account.save(update_fields=["status"])
    journal.record(event, call=call, subject=sub, payload={"reason": reason})
    return account


def _refuse_reason(reason: str) -> None:
    if not rules.is_reason_code(reason):
        raise MalformedInput("A reason is a short code of small letters, digits and underscores.")
