"""Questions about accounts; they never write."""

from collections.abc import Collection
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet

from accounts import rules
from accounts.errors import AccountUnknown
from accounts.models import Account, Identifier
from accounts.types import AuthenticatorSummary, Kind, Proof, Provenance, Status


def get_account(sub: str) -> Account:
    """The account with this subject, whatever its status; raises AccountUnknown."""
    account = find_account(sub)
    if account is None:
        raise AccountUnknown
    return account


def find_account(sub: str) -> Account | None:
    """The account with this subject, whatever its status, or None."""
    return Account.objects.filter(sub=sub).first()


def find_account_by_email(email: str) -> Account | None:
    """The account whose primary login address this is, or None. Not for a door that a stranger can reach."""
    return Account.objects.with_email(email).first()


def list_unverified(*, before: datetime, among: Collection[str] | None = None, limit: int | None = None) -> list[str]:
    """Subjects of accounts that people began before an instant and never finished, the oldest first.

    `among` looks at these subjects only. An account that an operator or an import made is never one of them, nor one
    that anybody has ever been in.
    """
    rows = _unverified().filter(created_at__lt=before)
    if among is not None:
        rows = rows.filter(sub__in=among)
    return list(rows.order_by("created_at", "pk").values_list("sub", flat=True)[:limit])


def count_unverified(*, limit: int | None = None) -> int:
    """How many accounts wait for their owner to prove an address; with a `limit`, counted no further."""
    return _unverified()[:limit].count()


def _unverified() -> QuerySet[Account]:
    waiting = Account.objects.filter(kind=Kind.CUSTOMER.value, status=Status.ACTIVE.value, last_login=None)
    return waiting.exclude(
        Exists(EmailAddress.objects.filter(user=OuterRef("pk"), verified=True))
        | Exists(Authenticator.objects.filter(user=OuterRef("pk")))
        | Exists(Identifier.objects.filter(account=OuterRef("pk")).exclude(provenance=Provenance.SELF_SERVICE.value))
    )


def list_identifiers(account: Account) -> list[Identifier]:
    """What points at the account now, oldest first."""
    return list(Identifier.objects.live().filter(account=account))


def list_login_addresses(account: Account) -> list[str]:
    """Every login address of the account, verified or not, the primary one first."""
    rows = EmailAddress.objects.filter(user=account).order_by("-primary", "pk")
    return list(rows.values_list("email", flat=True))


def is_proven_by_another(email: str, *, account: Account | None) -> bool:
    """Whether somebody else than `account` has verified this login address."""
    others = EmailAddress.objects.filter(email=email.lower(), verified=True).exclude(user=account)
    return bool(others.exists())


def list_proofs(records: object) -> tuple[Proof, ...]:
    """What allauth's authentication records of one browser session prove, in their order; junk proves nothing."""
    return rules.proofs_from(records)


def list_authenticators(account: Account) -> list[AuthenticatorSummary]:
    """With what the account can prove itself beside its password, oldest first; no secrets."""
    rows = Authenticator.objects.filter(user=account).order_by("created_at", "pk")
    return [
        AuthenticatorSummary(
            method=rules.method_named(row.type), created_at=row.created_at, last_used_at=row.last_used_at
        )
        for row in rows
    ]


def has_second_factor(account: Account) -> bool:
    """Whether the account can prove itself with something beside its password and mailbox."""
    factors = Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return bool(factors.exists())
