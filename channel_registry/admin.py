"""Channels and their policies as raw data: changed through the services, versions read only, nothing deleted."""

from typing import TYPE_CHECKING, Any

import yaml
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from channel_registry import services
from channel_registry.forms import ChannelForm, PolicyForm
from channel_registry.models import Channel, PolicyVersion
from channel_registry.queries import find_live_version
from kit.http import call_from

if TYPE_CHECKING:
    _ChannelPage = admin.ModelAdmin[Channel]
    _PolicyPage = admin.ModelAdmin[PolicyVersion]
else:
    _ChannelPage = _PolicyPage = admin.ModelAdmin  # takes a type argument in the stubs only


@admin.register(Channel)
class ChannelAdmin(_ChannelPage):
    """Opening a channel, naming it, shutting it out and letting it in."""

    form = ChannelForm
    list_display = ("slug", "name", "enabled", "policy_in_force")
    list_select_related = ("live__version",)

    @admin.display(description="policy in force")
    def policy_in_force(self, channel: Channel) -> str:
        """The version's number, with the way to the next one."""
        live = getattr(channel, "live", None)
        return format_html(
            '{} · <a href="{}?channel={}">publish another</a>',
            f"version {live.version.number}" if live else "the default policy",
            reverse("admin:channel_registry_policyversion_add"),
            channel.slug,
        )

    def get_fields(self, request: HttpRequest, obj: Channel | None = None) -> tuple[str, ...]:
        """A channel that exists also shows its policy."""
        return ("slug", "name", "enabled", *(("policy_in_force", "created_at") if obj else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> tuple[str, ...]:
        """The short name is what clients and sessions point at: it never changes."""
        return ("slug", "policy_in_force", "created_at") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """A channel is disabled, never deleted: the journal speaks of it."""
        return False

    def save_model(self, request: HttpRequest, obj: Channel, form: forms.Form, change: bool) -> None:
        """The deeds that make the channel what the form says."""
        call = call_from(request)
        if change:
            services.rename_channel(channel=obj.slug, name=obj.name, call=call)
        else:
            obj.created_at = services.create_channel(slug=obj.slug, name=obj.name, call=call).created_at
        (services.enable_channel if obj.enabled else services.disable_channel)(channel=obj.slug, call=call)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(_PolicyPage):
    """Every version of every policy; adding one publishes it."""

    form = PolicyForm
    list_display = ("channel", "number", "is_live", "author", "created_at")
    list_filter = ("channel",)
    list_select_related = ("channel__live",)

    @admin.display(description="in force", boolean=True)
    def is_live(self, version: PolicyVersion) -> bool:
        """Whether this version is the one in force."""
        live = getattr(version.channel, "live", None)
        return bool(live and live.version_id == version.pk)

    @admin.display(description="policy")
    def policy(self, version: PolicyVersion) -> str:
        """The body as it is read best."""
        return format_html("<pre>{}</pre>", _as_text(version.body))

    def get_fields(self, request: HttpRequest, obj: PolicyVersion | None = None) -> tuple[str, ...]:
        """Two fields to publish a version, everything to read one."""
        if obj is None:
            return ("channel", "body")
        return ("channel", "number", "is_live", "policy", "digest", "author", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: PolicyVersion | None = None) -> tuple[str, ...]:
        """A version is never changed."""
        return tuple(self.get_fields(request, obj)) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version starts from the one in force on the channel that the address names."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        live = find_live_version(str(initial.get("channel", "")))
        return {**initial, "body": _as_text(live.body)} if live else initial

    def has_change_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        """Versions are read only, in the database too."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        """Versions stay, in the database too."""
        return False

    def save_model(self, request: HttpRequest, obj: PolicyVersion, form: forms.Form, change: bool) -> None:
        """Publish; what the page then shows is the row that the deed answered."""
        before = find_live_version(obj.channel_id)
        body = form.cleaned_data["body"]
        version = services.publish_policy(channel=obj.channel_id, body=body, call=call_from(request))
        if before is not None and before.pk == version.pk:
            self.message_user(
                request, "The policy in force says the same already: nothing was published.", messages.INFO
            )
        for field in PolicyVersion._meta.concrete_fields:
            setattr(obj, field.attname, getattr(version, field.attname))


def _as_text(body: object) -> str:
    return yaml.safe_dump(body, sort_keys=False)
