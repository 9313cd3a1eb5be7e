from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    name = "records.exchange"
    label = "exchange"
    verbose_name = _("数据接入")

    def ready(self) -> None:
        # Who settles whose a message is, or calls about a result, reads of a person: counted, and held against the log.
        from foundation import tally
        from records.exchange import critical, identities, sheets

        tally.watch("app.read_identity", "app.read_critical", "app.take_error_sheet")
        tally.logged_as(identities.READ, critical.READ, sheets.READ)
