from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("预约挂号")

    def ready(self) -> None:
        from appointments import my_data
        from appointments.replies import Appeals, Offers, Visits
        from residents import answers

        my_data.register_all()
        answers.register_asker(Visits())
        answers.register_asker(Offers())
        answers.register_asker(Appeals())
