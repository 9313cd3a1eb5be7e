from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "预约挂号"

    def ready(self) -> None:
        from appointments import my_data

        my_data.register_all()
