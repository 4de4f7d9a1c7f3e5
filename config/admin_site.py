"""The raw-data admin at /admin/: operators only, signed in with two factors, through our own sign-in page."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from channel_registry.types import meets
from portal.types import OPERATOR_ACR


class GatewayAdminSite(AdminSite):
    """Django's admin behind the gateway's own authentication: one way of signing in for everybody."""

    site_header = "Throughline"
    site_title = "Throughline admin"
    index_title = "Raw data"
    site_url = "/console/"

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Only pages of our rooms: a library's own page would change data past the services and the journal."""
        if admin_class is not None and admin_class.__module__.partition(".")[0] in settings.ROOMS:
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Operators with a role whose session proved two factors; everybody else is sent away."""
        caller = getattr(request, "caller", None)
        is_operator = bool(request.user.is_active and getattr(request.user, "is_staff", False))
        return bool(is_operator and caller and meets(caller.acr or "0", OPERATOR_ACR))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in happens on the gateway's own pages; an operator short of proof is asked for the second factor."""
        if request.user.is_authenticated and not getattr(request.user, "is_staff", False):
            raise Http404
        target = reverse("account_step_up" if request.user.is_authenticated else "account_login")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), login_url=target)

    def password_change(  # type: ignore[override]  # the stubs know Django's own page only
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Passwords change on the gateway's own page: Django's would pass the journal by and end no other session."""
        return redirect("account_change_password")
