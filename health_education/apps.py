from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HealthEducationConfig(AppConfig):
    name = "health_education"
    verbose_name = _("健康宣教")

    def ready(self) -> None:
        from health_education import my_data
        from health_education.media import needs

        my_data.register_all()
        needs.register_all()
