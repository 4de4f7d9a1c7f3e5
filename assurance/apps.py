from importlib import import_module

from django.apps import AppConfig


class AssuranceConfig(AppConfig):
    name = "assurance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what is checked at start-up."""
        import_module("assurance.checks")
