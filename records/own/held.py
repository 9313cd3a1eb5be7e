"""What a person wrote down, for "everything held about me": struck out or not, and by whom."""

from django.utils.translation import gettext_lazy as _

from records.models import OwnEntry, OwnReport
from residents.my_data.parts import register

WRITTEN = ("entered_name", "entered_at", "struck_at")
MEASURED = (
    *("measured_at", "kind", "systolic", "diastolic", "pulse", "arm", "position", "glucose", "meal", "weight", "waist"),
    *("device", "note", *WRITTEN),
)
PHOTOGRAPHED = ("title", "place", "done_on", "note", *WRITTEN)


def register_all() -> None:
    """Called once, when Django has loaded the models."""
    register(
        "own_entries",
        _("自己测的数值"),
        OwnEntry,
        lambda viewer: OwnEntry.objects.visible_to(viewer).order_by("-measured_at"),
        MEASURED,
    )
    register(
        "own_reports",
        _("自行上传的报告照片"),
        OwnReport,
        lambda viewer: OwnReport.objects.visible_to(viewer).order_by("-entered_at"),
        PHOTOGRAPHED,
    )
