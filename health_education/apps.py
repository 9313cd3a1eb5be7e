from django.apps import AppConfig


class HealthEducationConfig(AppConfig):
    name = "health_education"
    verbose_name = "健康宣教"

    def ready(self) -> None:
        from health_education import my_data

        my_data.register_all()
