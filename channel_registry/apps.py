from django.apps import AppConfig


class ChannelRegistryConfig(AppConfig):
    name = "channel_registry"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Channels"
