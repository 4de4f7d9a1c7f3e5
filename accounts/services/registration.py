"""How accounts come into being: people sign up, operators and imports are registered."""

from collections.abc import Collection

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts import events, rules
from accounts.errors import EmailTaken, ProfileInvalid
from accounts.models import Account
from accounts.queries import stands_alone
from accounts.services.identifiers import keep_in_step
from accounts.services.profile import give_roles
from accounts.types import Kind, Provenance, Role
from audit import journal
from audit import queries as audit_queries
from kit.call import CallContext, CallerKind
from kit.unit_of_work import deed


@deed
def record_sign_up(*, account: Account, call: CallContext) -> None:
    """A person signed up through allauth: journal it once and take over her login addresses."""
    if audit_queries.list_events(subject=account.sub, types=[events.ACCOUNT_CREATED], limit=1):
        return

    journal.record(events.ACCOUNT_CREATED, call=call, subject=account.sub, payload={"kind": account.kind})
    for email in EmailAddress.objects.filter(user=account).values_list("email", flat=True):
        keep_in_step(account=account, email=email, provenance=Provenance.SIGN_UP, call=call)


@deed
def register_account(
    *, email: str, password: str | None, name: str, kind: Kind, email_verified: bool, call: CallContext
) -> Account:
    """Make an account for somebody else: an import, a demo, an operator.

    `password` None makes one that can only be set by way of the mailbox; its strength is judged at the door.
    Raises EmailTaken and ProfileInvalid.
    """
    email, name = email.strip().lower(), rules.tidy_name(name)
    _refuse_profile(email, name)
    if EmailAddress.objects.filter(email=email).exists() or Account.objects.with_email(email).exists():
        raise EmailTaken

    account = Account(email=email, name=name, kind=kind, created_at=call.now)
    account.set_password(password)
    account.password_stands_alone = stands_alone(password)
    account.save()
    EmailAddress.objects.create(user=account, email=email, primary=True, verified=email_verified)

    journal.record(events.ACCOUNT_CREATED, call=call, subject=account.sub, payload={"kind": account.kind})
    keep_in_step(account=account, email=email, provenance=_provenance(call), call=call)
    return account


@deed
def register_operator(
    *, email: str, password: str | None, name: str, roles: Collection[Role], call: CallContext
) -> Account:
    """Make an account for somebody who runs the gateway, its address taken as verified.

    Raises EmailTaken, ProfileInvalid and RolesInvalid.
    """
    account = register_account(
        email=email, password=password, name=name, kind=Kind.OPERATOR, email_verified=True, call=call
    )
    give_roles(account=account, roles=roles, call=call)
    return account


def _refuse_profile(email: str, name: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise ProfileInvalid("The address is not a valid e-mail address.") from error
    if not rules.is_plain_address(email):
        raise ProfileInvalid("The address is not a valid e-mail address.")
    if fault := rules.fault_in_name(name):
        raise ProfileInvalid(fault)


def _provenance(call: CallContext) -> Provenance:
    return Provenance.IMPORT if call.caller.kind is CallerKind.SYSTEM else Provenance.OPERATOR
