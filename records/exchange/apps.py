from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "records.exchange"
    label = "exchange"
    verbose_name = "数据接入"
