from django.apps import AppConfig


class SessionsHubConfig(AppConfig):
    name = "sessions_hub"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Sessions"
