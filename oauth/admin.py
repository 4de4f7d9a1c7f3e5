"""Clients as raw data: registered and changed through the services, never deleted; secrets are shown once."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from kit.http import call_from
from kit.refusal import Refusal
from oauth.models import Client, ProvisioningToken
from oauth.rules import draft_problem
from oauth.services import (
    change_client,
    disable_client,
    enable_client,
    make_provisioning_token,
    register_client,
    renew_client_secret,
    revoke_provisioning_token,
)
from oauth.types import ClientDraft

_PROVISIONING_LIFETIME = timedelta(days=365)

_FIELDS = (
    "name",
    "channel",
    "client_type",
    "application_type",
    "redirect_uris",
    "post_logout_redirect_uris",
    "grant_types",
    "scopes",
    "default_scopes",
    "resource",
    "resource_servers",
    "skip_authorization",
    "vendor",
    "purpose",
    "backchannel_logout_uri",
)


class ClientForm(forms.ModelForm[Client]):
    """A registration; what contradicts itself is said beside the form."""

    class Meta:
        model = Client
        fields = _FIELDS

    def clean(self) -> dict[str, Any]:
        """The same judgement as every other way of registering."""
        cleaned = super().clean() or {}
        if not self.errors and (problem := draft_problem(self.draft())):
            field, _, reason = problem.partition(": ")
            self.add_error(field if field in self.fields else None, reason)
        return cleaned

    def draft(self) -> ClientDraft:
        """The draft that the form describes."""
        return Client(
            **{name: self.cleaned_data.get(name, getattr(self.instance, name, None)) for name in _FIELDS}
        ).draft

    def _post_clean(self) -> None:
        """The toolkit's own model checks speak of settings that do not apply here; ours stand in `clean`."""


@admin.register(Client)
class ClientAdmin(admin.ModelAdmin[Client]):
    """Registering clients, changing them, switching them off and on, renewing secrets."""

    form = ClientForm
    list_display = ("client_id", "name", "channel", "client_type", "enabled")
    list_filter = ("channel", "enabled", "client_type")
    search_fields = ("client_id", "name")
    actions = ("switch_off", "switch_on", "renew_secret", "make_token_for_scim")

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> tuple[str, ...]:
        """What others point at never changes."""
        return ("client_id", "client_type", "enabled") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Client | None = None) -> tuple[str, ...]:
        """A client that exists also shows its id and whether it is on."""
        return ("client_id", "enabled", *_FIELDS) if obj else _FIELDS

    def has_delete_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        """A client is switched off, never deleted: the journal speaks of it."""
        return False

    def save_model(self, request: HttpRequest, obj: Client, form: ClientForm, change: bool) -> None:
        """The deed that makes the client what the form says; the page goes on with the row it made."""
        if change:
            change_client(client_id=obj.client_id, draft=form.draft(), call=call_from(request))
            return
        client, secret = register_client(draft=form.draft(), call=call_from(request))
        obj.__dict__.update(client.__dict__)
        self._show_secret(request, client.client_id, secret)

    @admin.action(description="Switch off: unknown everywhere, tokens dead", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        """Disable the chosen clients."""
        for client in queryset:
            disable_client(client_id=client.client_id, call=call_from(request))

    @admin.action(description="Switch on again", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        """Enable the chosen clients."""
        for client in queryset:
            enable_client(client_id=client.client_id, call=call_from(request))

    @admin.action(description="Renew the secret: the old one is dead at once", permissions=["change"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        """Show a new secret for each chosen confidential client, once."""
        for client in queryset.filter(client_type=Client.CLIENT_CONFIDENTIAL):
            secret = renew_client_secret(client_id=client.client_id, call=call_from(request))
            self._show_secret(request, client.client_id, secret)

    @admin.action(description="Make a token for SCIM: it counts for a year", permissions=["change"])
    def make_token_for_scim(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        """Show a new token for each chosen client that has the scope, once; older ones go on."""
        for client in queryset:
            try:
                ref, token = make_provisioning_token(
                    client_id=client.client_id, lifetime=_PROVISIONING_LIFETIME, call=call_from(request)
                )
            except Refusal as refusal:
                self.message_user(request, f"{client.client_id}: {refusal.detail}", messages.ERROR)
                continue
            self.message_user(request, f"{ref} of {client.client_id}, shown this once: {token}", messages.WARNING)

    def _show_secret(self, request: HttpRequest, client_id: str, secret: str) -> None:
        if secret:
            self.message_user(request, f"Secret of {client_id}, shown this once: {secret}", messages.WARNING)


@admin.register(ProvisioningToken)
class ProvisioningTokenAdmin(admin.ModelAdmin[ProvisioningToken]):
    """Tokens for SCIM that clients keep: made in the list of clients, revoked here."""

    fields = readonly_fields = list_display = ("ref", "client", "made_at", "expires_at", "revoked_at")
    search_fields = ("ref", "client__client_id")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are made in the list of clients, which shows them once."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ProvisioningToken | None = None) -> bool:
        """The journal speaks of it."""
        return False

    @admin.action(description="Revoke: dead at once, on every node", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ProvisioningToken]) -> None:
        """End the chosen tokens."""
        for row in queryset:
            revoke_provisioning_token(ref=row.ref, call=call_from(request))
