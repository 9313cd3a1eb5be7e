from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResidentsConfig(AppConfig):
    name = "residents"
    verbose_name = _("居民")

    def ready(self) -> None:
        # Its task is known to the worker, and its setting to whoever looks at the settings.
        import_module("residents.housekeeping")

        # A portal whose adapters lack their settings must not start and then swallow codes.
        from residents import messages_port

        messages_port.check()

        from foundation import tally
        from residents import reconciliation

        tally.written_by(reconciliation.keep)
        tally.logged_as("residents.exported_data")  # taking.TOOK, whose printing machine the worker need not load

        from residents.my_data import own_parts

        own_parts.register_all()
