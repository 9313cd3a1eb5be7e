from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = "系统"
    default_auto_field = "django.db.models.BigAutoField"
