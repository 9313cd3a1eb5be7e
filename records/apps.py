from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = _("健康档案")

    def ready(self) -> None:
        from records import my_data
        from records.own import held
        from records.services.answering import ServiceQuestions
        from residents import answers

        my_data.register_all()
        held.register_all()
        answers.register_asker(ServiceQuestions())
        self.count_reads()

    def count_reads(self) -> None:
        """Say which tables hold health data, and under which actions the access log holds their reading."""
        from foundation import tally
        from records.logged import DEEDS
        from records.sharing import reads as sharing

        # Marks of changes say nothing of what changed, and no page is let read them.
        persons = (model for model in self.get_models() if hasattr(model, "resident"))
        tally.watch(*(one._meta.db_table for one in persons if one._meta.model_name != "personchange"))
        tally.logged_as(*DEEDS)
        tally.watch("app.taken_pieces(")
        sharing.register_all()
