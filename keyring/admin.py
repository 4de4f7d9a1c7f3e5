"""The key ring as operators see it: a list to read, and one action. The private halves are shown nowhere."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from keyring import services
from keyring.models import SigningKey
from kit.http import call_from
from kit.refusal import Refusal

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[SigningKey]
else:
    _ModelAdmin = admin.ModelAdmin  # takes a type argument in the stubs only


@admin.register(SigningKey)
class SigningKeyAdmin(_ModelAdmin):
    """Read only: keys change by rotation."""

    list_display = ("kid", "alg", "status", "created_at", "activated_at", "retired_at", "removed_at")
    fields = ("kid", "alg", "status", "public_jwk", "created_at", "activated_at", "retired_at", "removed_at")
    readonly_fields = fields
    actions = ("rotate",)

    @admin.display(description="status")
    def status(self, key: SigningKey) -> str:
        """Where the key stands."""
        return key.status.value

    @admin.action(description="Rotate: retire the active key and activate the next one", permissions=["rotate"])
    def rotate(self, request: HttpRequest, selected: QuerySet[SigningKey]) -> None:
        """Rotate the whole ring once, whichever keys were selected."""
        try:
            key = services.rotate_signing_key(call=call_from(request))
        except Refusal as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
        else:
            self.message_user(request, f"Key {key.kid} signs from now on.", messages.SUCCESS)

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Whoever may change keys may rotate them."""
        return request.user.has_perm("keyring.change_signingkey")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Keys are made by rotation."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: SigningKey | None = None) -> bool:
        """Keys are never edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SigningKey | None = None) -> bool:
        """A removed key stays as a row, without its private half."""
        return False
