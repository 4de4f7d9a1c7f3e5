"""Accounts and identifiers among the raw data: to look at, to stop and to let back in. Nothing is edited here."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import services
from accounts.models import Account, Identifier, OperatorRole
from kit.http import call_from
from kit.refusal import Refusal

_REASON = "operator_decision"
# The pages below take a type argument in the stubs only, hence their `type: ignore`.


class _Looking:
    """Shared by pages that only show: rows come, change and go through services."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RoleInline(_Looking, admin.TabularInline):  # type: ignore[type-arg]
    """The roles of an operator."""

    model = OperatorRole
    fields = ("role",)
    extra = 0


class IdentifierInline(_Looking, admin.TabularInline):  # type: ignore[type-arg]
    """What points at an account, removed ones too."""

    model = Identifier
    fields = ("type", "value", "level", "provenance", "created_at", "verified_at", "removed_at")
    extra = 0


@admin.register(Account)
class AccountAdmin(_Looking, admin.ModelAdmin):  # type: ignore[type-arg]
    """Every account; whoever may suspend can stop one and let it back in."""

    list_display = ("sub", "email", "name", "kind", "status", "created_at", "last_login")
    list_filter = ("kind", "status")
    search_fields = ("=sub", "email")
    ordering = ("-created_at",)
    fields = ("sub", "email", "name", "kind", "status", "created_at", "last_login")
    inlines: ClassVar[list[Any]] = [RoleInline, IdentifierInline]
    actions = ("suspend", "reactivate")

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        """Whether the operator's roles allow stopping accounts."""
        return request.user.has_perm("accounts.suspend_account")

    @admin.action(description="Suspend the selected accounts", permissions=["suspend"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Stop accounts, each in its own deed."""
        self._each(request, queryset, services.suspend_account, "suspended")

    @admin.action(description="Reactivate the selected accounts", permissions=["suspend"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Let suspended accounts sign in again, each in its own deed."""
        self._each(request, queryset, services.reactivate_account, "active again")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Account], deed: Callable[..., Account], outcome: str
    ) -> None:
        call = call_from(request)
        for sub in queryset.values_list("sub", flat=True):
            try:
                deed(sub=sub, reason=_REASON, call=call)
            except Refusal as refusal:
                self.message_user(request, f"{sub}: {refusal.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{sub} is {outcome}.", messages.SUCCESS)


@admin.register(Identifier)
class IdentifierAdmin(_Looking, admin.ModelAdmin):  # type: ignore[type-arg]
    """Every identifier: how surely it points at its account, and who said so."""

    list_display = ("ref", "type", "value", "level", "provenance", "account", "verified_at", "removed_at")
    list_filter = ("type", "level", "provenance")
    search_fields = ("=ref", "=value", "=account__sub")
    list_select_related = ("account",)
