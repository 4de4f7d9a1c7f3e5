"""The journal in the raw-data admin: to read and to search, never to change."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.models import Event, Seal
from kit.admin import ReadOnlyAdmin

_RECENT = 5000  # the types to choose from are those of the newest events: a whole journal is too long to ask


class TypeFilter(admin.SimpleListFilter):
    """By type of event."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        recent = Event.objects.order_by("-id").values_list("type", flat=True)[:_RECENT]
        return [(type, type) for type in sorted(set(recent))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Facts, newest first. The search takes a whole subject, session, trace id or event id."""

    list_display = ("recorded_at", "type", "subject", "seq", "actor", "client", "channel", "session", "seal")
    list_filter = (TypeFilter,)
    search_fields = ("subject__exact", "session__exact", "trace_id__exact", "event_id__exact")
    search_help_text = "A whole subject, session, trace id or event id"
    ordering = ("-id",)
    show_full_result_count = False
    exclude = ("personal",)  # ciphertext; the console shows what a role may read


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    """Links of the signed chain, newest first."""

    list_display = ("number", "events", "sealed_at", "digest", "public_key")
    ordering = ("-number",)
    show_full_result_count = False
    exclude = ("fingerprints",)
