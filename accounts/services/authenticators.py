"""With what a person proves to be the one. allauth keeps the secrets; here it is written down that they changed."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt

from accounts import events, rules
from accounts.errors import AccountErased, SecretInvalid
from accounts.models import Account
from accounts.types import Method, Status
from audit import journal
from audit.types import EventType
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def enroll_totp(*, sub: str, secret: str, call: CallContext) -> None:
    """Give an account a TOTP secret that its owner already holds, in place of any other; the same one is kept.

    `secret` is base32 of at least 128 bits. Raises SecretInvalid, AccountUnknown, AccountErased.
    """
    account = Account.objects.lock(sub)
    if account.status == Status.ERASED:
        raise AccountErased
    if not rules.is_totp_secret(secret):
        raise SecretInvalid
    present = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    if present is not None and decrypt(present.data["secret"]) == secret:
        return

    if present is not None:
        present.delete()
    TOTP.activate(account, secret)

    _tell(events.AUTHENTICATOR_REPLACED if present else events.AUTHENTICATOR_ADDED, account, Method.TOTP, call)


@deed
def record_authenticator_added(*, account: Account, method: str, call: CallContext) -> None:
    """The account has one more way to prove itself: a `Method`, or allauth's name of a kind of authenticator."""
    _tell(events.AUTHENTICATOR_ADDED, account, method, call)


@deed
def record_authenticator_removed(*, account: Account, method: str, call: CallContext) -> None:
    """The account has one way less to prove itself; `another_left` says whether it keeps one of the same kind."""
    left = Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN)
    of_several = rules.method_named(method) is Method.PASSKEY and left.exists()
    _tell(events.AUTHENTICATOR_REMOVED, account, method, call, another_left=of_several)


@deed
def record_authenticator_replaced(*, account: Account, method: str, call: CallContext) -> None:
    """New secrets stand in the place of the old ones, as when recovery codes are made afresh."""
    _tell(events.AUTHENTICATOR_REPLACED, account, method, call)


@deed
def record_failed_proof(*, subject: str, call: CallContext) -> None:
    """Somebody gave a wrong answer in a subject's name; the subject is empty where the name is nobody's."""
    journal.record(events.AUTHENTICATOR_FAILED, call=call, subject=subject)


@deed
def record_password_changed(*, account: Account, call: CallContext) -> None:
    """The signed-in person chose another password, or a first one."""
    journal.record(events.PASSWORD_CHANGED, call=call, subject=account.sub)


@deed
def record_password_reset(*, account: Account, call: CallContext) -> None:
    """A forgotten password was replaced by way of the mailbox."""
    journal.record(events.PASSWORD_RESET, call=call, subject=account.sub)


@deed
def wipe_unproven_credentials(*, account: Account, call: CallContext) -> None:
    """Take the password off an account whose address was proved by somebody who did not have to know it.

    Anybody can sign up with a stranger's address and wait for its owner: the password is the first one's, the address
    the second one's. Authenticators cannot have been added before the address was verified.
    """
    locked = Account.objects.lock(account.sub)
    if not locked.has_usable_password():
        return
    locked.set_unusable_password()
    locked.password_stands_alone = False
    locked.save(update_fields=["password", "password_stands_alone"])
    account.password, account.password_stands_alone = locked.password, False
    journal.record(events.CREDENTIALS_WIPED, call=call, subject=account.sub)


def _tell(type: EventType, account: Account, method: str, call: CallContext, **facts: bool) -> None:
    payload = {"method": rules.method_named(method), **facts}
    journal.record(type, call=call, subject=account.sub, payload=payload)
