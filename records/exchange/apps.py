from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "records.exchange"
    label = "exchange"
    verbose_name = "数据接入"

    def ready(self) -> None:
        # Who reads both sides of a question of identity reads of a person: counted, and compared with the access log.
        from foundation import tally
        from records.exchange import identities

        tally.watch("app.read_identity")
        tally.logged_as(identities.READ)
