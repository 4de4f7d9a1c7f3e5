"""Wires the top of the house together when Django starts."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps

# Imported so that every process, not only the worker, sends its tasks to our broker.
from config.celery import app as celery_app

__all__ = ["ConfigConfig", "GatewayAdminConfig", "celery_app"]


class ConfigConfig(AppConfig):
    """The wiring: settings, addresses, reactions, commands."""

    name = "config"
    default = True

    def ready(self) -> None:
        """Connect what library signals mean here; it needs every room's models, so it waits for this moment."""
        import_module("config.reactions")
        import_module("config.checks")


class GatewayAdminConfig(admin_apps.AdminConfig):
    """Makes `GatewayAdminSite` the default site, so that rooms register with `admin.site` as usual."""

    default_site = "config.admin_site.GatewayAdminSite"
    default = False
