from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "residents"
    verbose_name = "居民"

    def ready(self) -> None:
        # A portal whose SMS adapter lacks its settings must not start and then swallow codes.
        from residents.messages_port import sms

        sms()
