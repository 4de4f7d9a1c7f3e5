"""Every address of the gateway; `contract.md` fixes the ones others rely on."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

import oauth.urls
from config import openapi
from config.health import livez, readyz
from config.library_doors import make_whole
from config.metrics import metrics
from portal.urls import api_sessions

urlpatterns: list[URLPattern | URLResolver] = [
    # The first three are answered before hosts and cookies are looked at: see config.middleware.ProbesMiddleware.
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("accounts/upstream/", include("accounts.upstream.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("api/handoff/", include("sessions_hub.urls")),
    path("api/sessions/", include((api_sessions, "api_sessions"))),
    path("api/", include("delegation.urls")),
    path("api/approvals/", include((oauth.urls.approvals, "approvals"))),
    path("api/schema/", openapi.schema, name="api-schema"),
    path("api/docs/", openapi.docs, name="api-docs"),
    path("", include("assurance.urls")),
    path("", include("consent.urls")),
    path("", include("sync.urls")),
    re_path(r"^(?:api/(?:.*/)?|access/.*)$", openapi.nothing_here),
    path("", include("oauth.urls")),
    path("", include("portal.urls")),
]
make_whole(urlpatterns)
