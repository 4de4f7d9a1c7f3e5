"""Raw data of the judge for operators: read-only, and one deed: a risk somebody has looked into is cleared."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.types import Role
from assurance import services
from assurance.models import Ceiling, FeedPoisoning, FeedState, Label, Population, RiskFlag, SubjectProfile, Weight
from kit.admin import ReadOnlyAdmin
from kit.call import ANONYMOUS, Caller
from kit.http import call_from

_MAY_CLEAR = frozenset({Role.ADMIN.value, Role.STEWARD.value, Role.SUPPORT.value})


@admin.register(RiskFlag)
class RiskFlagAdmin(ReadOnlyAdmin):
    """Standing risks and those that were cleared. The search takes a whole subject or id."""

    list_display = ("flag_id", "profile_id", "kind", "source", "raised_at", "cleared_at", "cleared_by")
    list_filter = ("kind", ("cleared_at", admin.EmptyFieldListFilter))
    search_fields = ("=flag_id", "=profile__subject")
    ordering = ("-pk",)
    actions = ("clear_these_risks",)

    @admin.action(description="Clear these risks: somebody has looked into them", permissions=["clear"])
    def clear_these_risks(self, request: HttpRequest, queryset: QuerySet[RiskFlag]) -> None:
        """Take the chosen risks off their subjects, each in its own deed."""
        call = call_from(request)
        ids = list(queryset.values_list("flag_id", flat=True))
        cleared = [services.clear_risk(flag_id=flag_id, call=call) for flag_id in ids]
        self.message_user(request, f"Cleared: {sum(cleared)} of {len(ids)}.", messages.SUCCESS)

    def has_clear_permission(self, request: HttpRequest) -> bool:
        """Whether the operator's roles allow the deed."""
        caller: Caller = getattr(request, "caller", ANONYMOUS)
        return bool(_MAY_CLEAR & caller.roles)


@admin.register(SubjectProfile)
class SubjectProfileAdmin(ReadOnlyAdmin):
    """How customers usually come, in codes."""

    list_display = ("subject", "sessions", "updated_at")
    search_fields = ("=subject",)


@admin.register(Population)
class PopulationAdmin(ReadOnlyAdmin):
    """Snapshots of how everybody comes, newest first."""

    list_display = ("version", "sessions", "made_at")


@admin.register(Weight)
class WeightAdmin(ReadOnlyAdmin):
    """What signals weigh by estimates; what is not listed weighs its default."""

    list_display = ("signal", "value_class", "bits", "m", "u", "labels", "model", "estimated_at")
    list_filter = ("signal",)


@admin.register(Ceiling)
class CeilingAdmin(ReadOnlyAdmin):
    """The most that may be reported, where outcomes said so."""

    list_display = ("name", "ceiling", "labels", "errors", "estimated_at")


@admin.register(FeedState)
class FeedStateAdmin(ReadOnlyAdmin):
    """The fuses of inbound feeds."""

    list_display = ("feed", "health", "reason", "fresh_at", "changed_at")
    list_filter = ("health",)


@admin.register(FeedPoisoning)
class FeedPoisoningAdmin(ReadOnlyAdmin):
    """When inbound feeds brought wrong data: decisions of then that rest on them are flagged."""

    list_display = ("feed", "good_until", "found_at", "reason")
    list_filter = ("feed",)
    ordering = ("-pk",)


@admin.register(Label)
class LabelAdmin(ReadOnlyAdmin):
    """What channels reported of decisions. The search takes a whole decision or subject."""

    list_display = ("decision_id", "outcome", "client_id", "confidence", "reported_at")
    list_filter = ("outcome",)
    search_fields = ("=decision_id", "=subject")
