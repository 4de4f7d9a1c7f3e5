"""Accounts and identifiers among the raw data: to look at, to stop and to let back in. Nothing is edited here."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts import conf, services
from accounts.errors import UpstreamRefused, UpstreamSilent
from accounts.forms.providers import ProviderForm
from accounts.models import Account, Identifier, OperatorRole, UpstreamProvider
from accounts.upstream.metadata import forget_documents, get_metadata
from kit.http import call_from
from kit.refusal import Refusal
from kit.unit_of_work import unit_of_work

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


@admin.register(UpstreamProvider)
class UpstreamProviderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The providers that people can sign in through: written down, changed, switched on and off; never deleted."""

    form = ProviderForm
    list_display = ("slug", "name", "issuer", "enabled", "changed_at")

    @admin.display(description="redirect URI")
    def redirect_uri(self, provider: UpstreamProvider) -> str:
        """What to register at the provider."""
        return conf.absolute(reverse("upstream_callback", args=[provider.slug]))

    @admin.display(description="client secret", boolean=True)
    def has_secret(self, provider: UpstreamProvider) -> bool:
        """Whether a secret is kept."""
        return bool(provider.client_secret)

    def get_fields(self, request: HttpRequest, obj: UpstreamProvider | None = None) -> tuple[str, ...]:
        """One that exists also shows what to register there."""
        shown = ("slug", "name", "issuer", "client_id", "new_secret", "scopes", "offered_on", "enabled")
        return (*shown, "redirect_uri", "has_secret", "created_at", "changed_at") if obj else shown

    def get_readonly_fields(self, request: HttpRequest, obj: UpstreamProvider | None = None) -> tuple[str, ...]:
        """Short name and issuer are what links mean."""
        return ("slug", "issuer", "redirect_uri", "has_secret", "created_at", "changed_at") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: UpstreamProvider | None = None) -> bool:
        """A provider is switched off: links and the journal speak of it."""
        return False

    def save_model(self, request: HttpRequest, obj: UpstreamProvider, form: ProviderForm, change: bool) -> None:
        """The deeds that make the provider what the form says, then a look at whether it answers."""
        call = call_from(request)
        with unit_of_work():
            if change:
                services.change_provider(slug=obj.slug, draft=form.draft, call=call)
            else:
                obj.pk = services.create_provider(slug=obj.slug, issuer=obj.issuer, draft=form.draft, call=call).pk
            (services.enable_provider if obj.enabled else services.disable_provider)(slug=obj.slug, call=call)
        forget_documents()
        try:
            get_metadata(obj.issuer)
        except (UpstreamRefused, UpstreamSilent) as error:
            self.message_user(request, f"Its discovery document cannot be used: {error.fault}", messages.WARNING)
