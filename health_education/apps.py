from django.apps import AppConfig


class HealthEducationConfig(AppConfig):
    name = "health_education"
    verbose_name = "健康宣教"
