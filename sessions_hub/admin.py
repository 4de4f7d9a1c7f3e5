"""Raw data of sessions for operators: read-only, and one deed."""

from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.types import Role
from kit import clock
from kit.admin import ReadOnlyAdmin
from kit.http import call_from
from sessions_hub import services
from sessions_hub.browser import BrowserRequest
from sessions_hub.models import Device, Handoff, Session
from sessions_hub.queries import state_of
from sessions_hub.types import EndReason

_MAY_END = frozenset({Role.ADMIN.value, Role.SUPPORT.value})


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """All sessions, also those that have ended."""

    list_display = (
        "sid",
        "subject",
        "channel",
        "via",
        "level_now",
        "started_at",
        "last_seen_at",
        "expires_at",
        "revoked_reason",
    )
    list_filter = ("channel", "via", "subject_type", "revoked_reason")
    search_fields = ("=sid", "=root", "=subject", "=device__id")
    actions = ("end_these_sessions",)
    date_hierarchy = "started_at"

    @admin.display(description="Level now")
    def level_now(self, row: Session) -> str:
        """The acr that the session's evidence carries at this moment."""
        return state_of(row, now=clock.now()).level.acr

    @admin.action(description="End these sessions", permissions=["end"])
    def end_these_sessions(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """End the chosen sessions and those that came out of them."""
        call = call_from(request)
        sids = list(queryset.values_list("sid", flat=True))
        ended = [services.revoke_session(sid=sid, reason=EndReason.ENDED_BY_OPERATOR, call=call) for sid in sids]
        self.message_user(request, f"Ended: {sum(ended)} of {len(sids)}.", messages.SUCCESS)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Whether the operator's roles allow the deed."""
        return bool(_MAY_END & cast(BrowserRequest, request).caller.roles)


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    """Devices that came back with their secret."""

    list_display = ("id", "user_agent", "created_at", "last_seen_at")
    search_fields = ("=id",)
    exclude = ("secret_digest",)


@admin.register(Handoff)
class HandoffAdmin(ReadOnlyAdmin):
    """Tickets of the last day: who offered whose session to whom, and what became of it."""

    list_display = (
        "id",
        "subject",
        "via",
        "channel",
        "client_id",
        "offered_at",
        "redeemed_at",
        "refusals",
        "alerted_at",
    )
    list_filter = ("via", "channel")
    list_select_related = ("session",)
    search_fields = ("=session__sid", "=session__subject", "=child_sid")
    exclude = ("digest",)

    @admin.display(description="Subject")
    def subject(self, row: Handoff) -> str:
        """Whose session it carries."""
        return row.session.subject
