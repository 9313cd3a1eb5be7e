from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = _("健康档案")

    def ready(self) -> None:
        from records import my_data

        my_data.register_all()
        self.count_reads()

    def count_reads(self) -> None:
        """Say which tables hold health data, and under which actions the access log holds their reading."""
        from foundation import tally
        from records import access, history, imaging, suggesting
        from records.conditions import finding
        from records.disputes import asking
        from records.growth import reading as growing
        from records.lists import reading as lists
        from records.programmes import reading as programmes
        from records.search import finding as searching
        from records.sharing import reads as sharing
        from records.trends import reading
        from records.vaccination import reading as vaccinating

        tally.watch(*(model._meta.db_table for model in self.get_models() if hasattr(model, "resident")))
        tally.logged_as(
            access.READ_SUMMARY,
            lists.READ_SECTION,
            lists.READ_THING,
            lists.LIST_REPORTS,
            lists.LIST_ITEMS,
            searching.SEARCHED,
            access.READ_REPORT,
            access.DOWNLOAD_REPORT,
            history.READ_EARLIER,
            history.DOWNLOAD_ORIGINAL,
            imaging.VIEW_PICTURE,
            imaging.OPEN_VIEWER,
            suggesting.SUGGESTED,
            *asking.READS,
            finding.READ_CONDITION,
            reading.READ_TREND,
            programmes.LIST_FOLLOW_UPS,
            programmes.READ_CHECK_UP,
            programmes.READ_FOLLOW_UP,
            programmes.READ_DOCUMENT,
            growing.READ_GROWTH,
            vaccinating.READ_VACCINATIONS,
        )
        sharing.register_all()
