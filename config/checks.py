"""What `manage.py check --deploy` says about an installation, beside Django's own checks."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def check_proxy_is_counted(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Under an https issuer a proxy ends TLS in front of us; uncounted, it would be everybody's address."""
    if not settings.HTTPS or settings.TRUSTED_PROXY_COUNT:
        return []
    return [
        checks.Warning(
            "TRUSTED_PROXY_COUNT is 0, so every client seems to come from the proxy and shares one rate limit.",
            hint="Set it to the number of proxies of yours that a request passes.",
            id="throughline.W001",
        )
    ]
