"""Channels and their policies as raw data: changed through the services, versions read only, nothing deleted."""

from typing import TYPE_CHECKING

import yaml
from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from channel_registry import services
from channel_registry.forms import ChannelForm
from channel_registry.models import Channel, PolicyDraft, PolicyVersion
from kit.http import call_from

if TYPE_CHECKING:
    _ChannelPage = admin.ModelAdmin[Channel]
    _PolicyPage = admin.ModelAdmin[PolicyVersion]
    _DraftPage = admin.ModelAdmin[PolicyDraft]
else:
    _ChannelPage = _PolicyPage = _DraftPage = admin.ModelAdmin  # takes a type argument in the stubs only


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
            '{} · <a href="{}">govern it in the console</a>',
            f"version {live.version.number}" if live else "the default policy",
            reverse("portal:console_channel", args=[channel.slug]),
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
    """Every version of every policy, read only: a change is written, proposed and approved in the console."""

    fields = ("channel", "number", "is_live", "policy", "note", "digest", "author", "approver", "created_at")
    readonly_fields = fields
    list_display = ("channel", "number", "is_live", "author", "approver", "created_at")
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody publishes alone: a second person approves what the first one wrote."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        """Versions are read only, in the database too."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PolicyVersion | None = None) -> bool:
        """Versions stay, in the database too."""
        return False


@admin.register(PolicyDraft)
class PolicyDraftAdmin(_DraftPage):
    """Every change on its way, read only: the console is where it is written and decided."""

    fields = ("channel", "state", "policy", "note", "author", "created_at", "decided_by", "decided_at", "reason")
    readonly_fields = fields
    list_display = ("id", "channel", "state", "author", "created_at", "decided_by")
    list_filter = ("channel", "state")

    @admin.display(description="policy")
    def policy(self, draft: PolicyDraft) -> str:
        """The body as it is read best."""
        return format_html("<pre>{}</pre>", _as_text(draft.body))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Changes are written in the console."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PolicyDraft | None = None) -> bool:
        """Changes are decided in the console."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PolicyDraft | None = None) -> bool:
        """What was decided stays."""
        return False


def _as_text(body: object) -> str:
    return yaml.safe_dump(body, sort_keys=False)
