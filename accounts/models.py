from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q

from accounts import rules
from accounts.errors import AccountUnknown
from accounts.types import IdentifierLevel, IdentifierType, Kind, Provenance, Role, Status
from kit.ids import new_id


def new_sub() -> str:
    """A fresh subject: opaque, random, never reused."""
    return new_id("acc_")


def new_ref() -> str:
    """A fresh name for an identifier, so that events can speak of it without its value."""
    return new_id("idn_")


class AccountQuerySet(models.QuerySet["Account"]):
    """How Django's authentication and our queries look accounts up."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        """The account whose `sub` it is: what Django's authentication calls the user name."""
        return self.get(sub=username)

    async def aget_by_natural_key(self, username: str | None) -> "Account":
        """The same for Django's asynchronous authentication."""
        return await self.aget(sub=username)

    def lock(self, sub: str) -> "Account":
        """The account, its row locked until the deed commits; raises AccountUnknown.

        The lock leaves the key alone: rows that point at the account can still be written by others meanwhile.
        """
        account = self.select_for_update(no_key=True).filter(sub=sub).first()
        if account is None:
            raise AccountUnknown
        return account

    def with_email(self, email: str) -> "AccountQuerySet":
        """The account with this login address, written in any case; none for an empty one."""
        return self.filter(email=email.lower()).exclude(email="")


class Account(AbstractBaseUser):
    """A customer or an operator.

    `sub` is the subject on the wire and the user name for Django, because it is the one value that is unique and
    never changes: login addresses live in allauth's EmailAddress, may change and go away with an erasure. `email`
    mirrors the primary one of them. `password_stands_alone` remembers of a password, when it was chosen, whether it was
    long enough to be the only factor; that bit is all that is kept of its length.
    """

    USERNAME_FIELD = "sub"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    sub = models.CharField(max_length=40, unique=True, default=new_sub, editable=False)
    email = models.EmailField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(
        max_length=16, choices=[(each.value, each.value) for each in Kind], default=Kind.CUSTOMER.value
    )
    status = models.CharField(
        max_length=16, choices=[(each.value, each.value) for each in Status], default=Status.ACTIVE.value
    )
    password_stands_alone = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="accounts_account_email_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[each.value for each in Kind]), name="accounts_account_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[each.value for each in Status]), name="accounts_account_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.ERASED.value) | Q(email="", name=""), name="accounts_account_erased_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.sub

    def get_full_name(self) -> str:
        """The name the person gave, or the login address, or nothing."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """The same as `get_full_name`: names are not taken apart."""
        return self.get_full_name()

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether this account may sign in and use what hangs on it."""
        return self.status == Status.ACTIVE

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The roles of an operator; a customer has none, whatever the table says."""
        if self.kind != Kind.OPERATOR or self.pk is None:
            return frozenset()
        return frozenset(self.roles.values_list("role", flat=True))

    @property
    def is_staff(self) -> bool:
        """Whether the raw data pages may open at all: an active operator with a role."""
        return self.is_active and bool(self.role_names)

    @property
    def is_superuser(self) -> bool:
        """Whether this is an active operator with the role admin."""
        return self.is_active and Role.ADMIN in self.role_names

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether the roles allow Django's permission `app_label.verb_model`; never for an inactive account."""
        return self.is_active and rules.is_permitted(self.role_names, perm)

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        """Whether every one of the permissions is allowed."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the roles allow anything at all in an app."""
        return self.is_active and rules.may_enter(self.role_names, app_label)

    def get_all_permissions(self, obj: object = None) -> set[str]:
        """The permissions that are written out for the roles; patterns such as `*.view_*` stay patterns."""
        return set(rules.patterns_of(self.role_names)) if self.is_active else set()


class OperatorRole(models.Model):
    """One role of one operator."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Role])

    class Meta:
        ordering = ["account_id", "role"]
        constraints = [
            models.UniqueConstraint(fields=["account", "role"], name="accounts_operatorrole_once"),
            models.CheckConstraint(
                condition=Q(role__in=[each.value for each in Role]), name="accounts_operatorrole_known"
            ),
        ]

    def __str__(self) -> str:
        return self.role


class IdentifierQuerySet(models.QuerySet["Identifier"]):
    """How identifiers are looked up."""

    def live(self) -> "IdentifierQuerySet":
        """Those that still point at their account."""
        return self.filter(removed_at__isnull=True)


class Identifier(models.Model):
    """Something that points at an account: how surely, who said so, since when.

    A removed one stays with its `removed_at` until the account is erased.
    """

    ref = models.CharField(max_length=40, unique=True, default=new_ref, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="identifiers")
    type = models.CharField(max_length=16, choices=[(each.value, each.value) for each in IdentifierType])
    value = models.CharField(max_length=254)
    level = models.PositiveSmallIntegerField(default=IdentifierLevel.SELF_ASSERTED.value)
    provenance = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Provenance])
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = IdentifierQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["account", "type", "value"],
                condition=Q(removed_at__isnull=True),
                name="accounts_identifier_once_per_account",
            ),
            models.UniqueConstraint(
                fields=["value"],
                condition=Q(type=IdentifierType.EMAIL.value, removed_at__isnull=True, verified_at__isnull=False),
                name="accounts_identifier_verified_email_once",
            ),
            models.CheckConstraint(
                condition=Q(type__in=[each.value for each in IdentifierType]), name="accounts_identifier_type_known"
            ),
            models.CheckConstraint(
                condition=Q(provenance__in=[each.value for each in Provenance]),
                name="accounts_identifier_provenance_known",
            ),
            models.CheckConstraint(
                condition=Q(level__in=[each.value for each in IdentifierLevel]), name="accounts_identifier_level_known"
            ),
            models.CheckConstraint(
                condition=Q(level__lt=IdentifierLevel.VERIFIED.value, verified_at__isnull=True)
                | Q(level__gte=IdentifierLevel.VERIFIED.value, verified_at__isnull=False),
                name="accounts_identifier_level_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    """How changes are looked up."""

    def open(self, now: datetime) -> "EmailChangeQuerySet":
        """Those that can still be undone."""
        return self.filter(undone_at__isnull=True, undo_until__gt=now)


class EmailChange(models.Model):
    """One change of an account's login address, and until when the old mailbox can undo it.

    The secret of the mailed link is kept as a digest; both addresses are encrypted.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="email_changes")
    undo_digest = models.CharField(max_length=64, unique=True)
    addresses = models.BinaryField()
    changed_at = models.DateTimeField()
    undo_until = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(undo_until__gt=models.F("changed_at")), name="accounts_emailchange_can_be_undone"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class UpstreamProvider(models.Model):
    """An OpenID Connect provider that people can sign in through.

    Links in allauth's SocialAccount name it by `slug` and the person by the provider's `sub`. One row per issuer, and
    neither slug nor issuer ever changes: so a link means (issuer, sub), for good. Rows are switched off, not deleted.
    """

    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    issuer = models.CharField(max_length=500, unique=True)
    client_id = models.CharField(max_length=191)
    client_secret = models.BinaryField(blank=True)
    scopes = models.CharField(max_length=500)
    channels = models.JSONField(default=list, blank=True)
    enabled = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.slug
