"""Questions about accounts; they never write."""

import struct
from collections.abc import Collection
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from allauth.socialaccount.models import SocialAccount
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from fido2.webauthn import UserVerificationRequirement

from accounts import conf, rules
from accounts.errors import AccountUnknown, ProofWrong, ProviderUnavailable
from accounts.models import Account, Identifier, UpstreamProvider
from accounts.types import (
    AuthenticatorSummary,
    Doors,
    Holdings,
    IdentifierLevel,
    IdentifierType,
    Kind,
    LinkSummary,
    Method,
    Profile,
    Proof,
    Provenance,
    ProviderSummary,
    Statement,
    Status,
)
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy
from channel_registry.types import DEFAULT_POLICY, ChannelPolicy
from kit.prepared import Question

_JUNK = (TypeError, ValueError, KeyError, AttributeError, IndexError, struct.error)


def get_account(sub: str) -> Account:
    """The account with this subject, whatever its status; raises AccountUnknown."""
    account = find_account(sub)
    if account is None:
        raise AccountUnknown
    return account


def find_account(sub: str) -> Account | None:
    """The account with this subject, whatever its status, or None."""
    return _account.first(sub)


def get_profile(sub: str) -> Profile:
    """What others may be told about the account with this subject; raises AccountUnknown. One statement."""
    account = _account_and_proof.first(sub)
    if account is None:
        raise AccountUnknown
    return Profile(name=account.name, email=account.email, email_verified=bool(account.has_proven_email))  # type: ignore[attr-defined]  # annotated


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


_SAID_BY_OTHERS = (Provenance.OPERATOR.value, Provenance.IMPORT.value)


def _unverified() -> QuerySet[Account]:
    waiting = Account.objects.filter(kind=Kind.CUSTOMER.value, status=Status.ACTIVE.value, last_login=None)
    return waiting.exclude(
        Exists(EmailAddress.objects.filter(user=OuterRef("pk"), verified=True))
        | Exists(Authenticator.objects.filter(user=OuterRef("pk")))
        | Exists(Identifier.objects.filter(account=OuterRef("pk"), provenance__in=_SAID_BY_OTHERS))
    )


def list_identifiers(account: Account) -> list[Identifier]:
    """What points at the account now, oldest first."""
    return list(Identifier.objects.live().filter(account=account))


def list_statements(subjects: Collection[str]) -> dict[str, list[Statement]]:
    """What customers stated or verified here, by subject: name, primary address, best number of each kind.

    Two statements, however many subjects; an account that is unknown or erased states nothing.
    """
    accounts = {row.pk: row for row in Account.objects.filter(sub__in=subjects).exclude(status=Status.ERASED.value)}
    found = {row.sub: [] if not row.name else [_named(row)] for row in accounts.values()}
    best: dict[tuple[int, str], Identifier] = {}
    for row in Identifier.objects.live().filter(account__in=accounts).order_by("level", "created_at", "pk"):
        if row.type != IdentifierType.EMAIL or row.value == accounts[row.account_id].email:
            best[row.account_id, _ATTRIBUTES[row.type]] = row
    for (account, attribute), row in sorted(best.items()):
        level, at = IdentifierLevel(row.level), row.verified_at or row.created_at
        found[accounts[account].sub].append(Statement(attribute, row.value, level, at))
    return found


_ATTRIBUTES = {
    IdentifierType.EMAIL.value: "email",
    IdentifierType.PHONE.value: "phone",
    IdentifierType.LOYALTY_NUMBER.value: "loyalty_number",
}


def _named(account: Account) -> Statement:
    return Statement("name", account.name, IdentifierLevel.SELF_ASSERTED, account.created_at)


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


def get_holdings(*, subject: str) -> Holdings:
    """What an account holds to be known and proved by: verified identifiers and methods. One statement.

    Empty for an account that is unknown or not active.
    """
    rows: list[Any] = _holdings.all(subject)
    if not rows:
        return Holdings()
    held = {row.held: Authenticator(type=row.held_type, data=row.held_data) for row in rows if row.held}
    methods = {_method_of(each) for each in held.values()}
    if rows[0].has_usable_password():
        methods.add(Method.PASSWORD)
    identifiers = {row.kind_verified: row.at for row in rows if row.at is not None}  # the earliest of a kind is last
    if IdentifierType.EMAIL.value in identifiers:
        methods.add(Method.EMAIL_CODE)
    best_acr = rules.best_acr(
        password=Method.PASSWORD in methods,
        second_factor=bool(methods & _SECOND_FACTORS),
        verifying_passkey=Method.PASSKEY_UV in methods,
    )
    return Holdings(identifiers=identifiers, methods=tuple(sorted(methods)), best_acr=best_acr)


_SECOND_FACTORS = {Method.TOTP, Method.PASSKEY, Method.PASSKEY_UV}


# One row for each pair of a verified identifier and an authenticator: a handful.
_holdings = Question(
    lambda subject: (
        Account.objects.filter(sub=subject, status=Status.ACTIVE.value)
        .annotate(
            verified=FilteredRelation(
                "identifiers", condition=Q(identifiers__removed_at=None, identifiers__verified_at__isnull=False)
            )
        )
        .annotate(
            kind_verified=F("verified__type"),
            at=F("verified__verified_at"),
            held=F("authenticator"),
            held_type=F("authenticator__type"),
            held_data=F("authenticator__data"),
        )
        .order_by("-at")
    )
)


def _method_of(row: Authenticator) -> Method:
    if row.type == Authenticator.Type.WEBAUTHN and row.wrap().authenticator_data.is_user_verified():
        return Method.PASSKEY_UV
    return rules.method_named(row.type)


def get_shortest_password(account: Account | None) -> int:
    """How long a password must be that this account, or somebody who has none yet, chooses now."""
    policy = _policy()
    if account is not None and account.pk and has_second_factor(account):
        return policy.password_beside_second_factor
    return policy.password_alone


def stands_alone(password: str | None) -> bool:
    """Whether a password is long enough to be the only factor."""
    return password is not None and len(password) >= _policy().password_alone


def list_doors(account: Account) -> Doors:
    """With what an account can prove itself, as far as it matters for which pages are offered."""
    types = list(Authenticator.objects.filter(user=account).values_list("type", flat=True))
    return Doors(
        password=account.has_usable_password(),
        passkeys=types.count(Authenticator.Type.WEBAUTHN),
        app=Authenticator.Type.TOTP in types,
    )


def get_best_acr(account: Account) -> str:
    """The highest level this account can reach now. A passkey counts as it showed itself when it was added."""
    return rules.best_acr(
        password=account.has_usable_password() or any(link.enabled for link in list_links(account)),
        second_factor=has_second_factor(account),
        verifying_passkey=has_verifying_passkey(account),
    )


def has_verifying_passkey(account: Account) -> bool:
    """Whether a passkey of the account asks for PIN, finger or face, as it did when it was added."""
    rows = Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN)
    return any(row.wrap().authenticator_data.is_user_verified() for row in rows)


def may_remove(account: Account, *, type: str) -> bool:
    """Whether one authenticator of this type can go without leaving too little: see `Account.password_stands_alone`.

    The last second factor stays until there is a password that is good enough alone.
    """
    doors = list_doors(account)
    left = doors.passkeys + doors.app - (1 if type != Authenticator.Type.RECOVERY_CODES else 0)
    return left > 0 or (doors.password and account.password_stands_alone)


def _policy() -> ChannelPolicy:
    try:
        return get_policy(conf.channel())
    except ChannelUnavailable:
        return DEFAULT_POLICY


def find_second_factor_since(account: Account) -> datetime | None:
    """Since when the account has had the oldest of its second factors; None when it has none."""
    factors = Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES)
    since: datetime | None = factors.order_by("created_at").values_list("created_at", flat=True).first()
    return since


def has_recovery_codes(account: Account) -> bool:
    """Whether the account has a sheet of recovery codes."""
    return bool(Authenticator.objects.filter(user=account, type=Authenticator.Type.RECOVERY_CODES).exists())


def has_second_factor(account: Account) -> bool:
    """Whether the account can prove itself with something beside its password and mailbox."""
    factors = Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return bool(factors.exists())


def make_passkey_challenge(account: Account) -> tuple[dict[str, Any], dict[str, Any]]:
    """Request options for one of an account's passkeys, and the state that the one answer to them is judged by."""
    options, state = auth.get_server().authenticate_begin(
        credentials=auth.get_credentials(account), user_verification=UserVerificationRequirement.PREFERRED
    )
    return dict(options), dict(state)


def read_passkey_answer(shape: Any, credential: object) -> Any:
    """An answer of an authenticator, from a page of the configured origin; raises ProofWrong for anything else."""
    if not isinstance(credential, dict):
        raise ProofWrong
    try:
        answer = shape.from_dict(credential)
        client_data = answer.response.client_data
        is_ours = client_data.origin == conf.issuer_origin() and not client_data.cross_origin
    except _JUNK as error:
        raise ProofWrong from error
    if not is_ours:
        raise ProofWrong
    return answer


def read_code(typed: str) -> str:
    """A mailed code as it is compared, whatever case and dashes it was typed with."""
    return str(normalize_user_code(typed))


# --- Providers upstream ------------------------------------------------------------------------------------------


def get_provider(slug: str) -> UpstreamProvider:
    """The provider as it is configured now, its secret still wrapped; raises ProviderUnavailable when it is off."""
    row = UpstreamProvider.objects.filter(slug=slug, enabled=True).first()
    if row is None:
        raise ProviderUnavailable
    return row


def list_offered_providers(*, channel: str) -> list[ProviderSummary]:
    """The providers that people on a channel are offered, by name."""
    rows = UpstreamProvider.objects.filter(enabled=True)
    return [ProviderSummary(row.slug, row.name) for row in rows if not row.channels or channel in row.channels]


def find_linked_account(*, provider: str, subject: str) -> Account | None:
    """The account that this person at a provider opens, whatever its status, or None."""
    link = SocialAccount.objects.filter(provider=provider, uid=subject).select_related("user").first()
    return link.user if link else None


def find_account_by_proven_email(email: str) -> Account | None:
    """The account whose owner has verified this login address, or None. Not for a door that a stranger can reach."""
    row = EmailAddress.objects.filter(email=email.lower(), verified=True).select_related("user").first()
    return row.user if row else None


def list_links(account: Account) -> list[LinkSummary]:
    """The providers that open the account, oldest link first."""
    rows = list(SocialAccount.objects.filter(user=account).order_by("date_joined", "pk"))
    providers = {each.slug: each for each in UpstreamProvider.objects.filter(slug__in=[row.provider for row in rows])}
    return [
        LinkSummary(
            slug=row.provider,
            name=providers[row.provider].name,
            linked_at=row.date_joined,
            used_at=row.last_login,
            enabled=providers[row.provider].enabled,
        )
        for row in rows
    ]


def can_lose_link(account: Account, *, provider: str) -> bool:
    """Whether something still opens the account without this link; a code needs an address that was proved."""
    if account.has_usable_password() or EmailAddress.objects.filter(user=account, verified=True).exists():
        return True
    if Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN).exists():
        return True
    return any(link.enabled and link.slug != provider for link in list_links(account))


_account = Question(lambda sub: Account.objects.filter(sub=sub))
_proof_of_email = Identifier.objects.live().filter(
    account=OuterRef("pk"), value=OuterRef("email"), verified_at__isnull=False
)
_account_and_proof = Question(
    lambda sub: Account.objects.filter(sub=sub).annotate(has_proven_email=Exists(_proof_of_email))
)
