"""What this room holds about a person, for "everything held about me". What a facility keeps back is not in it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from records.models import (
    Allergy,
    Condition,
    Dispute,
    Document,
    Encounter,
    Examination,
    FollowThrough,
    FollowUp,
    ImagingStudy,
    Immunization,
    IssuedCopy,
    Medication,
    Observation,
    Procedure,
    Report,
    SharedFile,
    ShareLink,
    ShareOpening,
    StoredCopy,
)
from records.querysets import RecordQuerySet
from residents.my_data.parts import register

MEASURED = ("occurred_at", "name", "value_text", "unit", "range_text", "flag", "facility_name", "received_at")
STATED = ("occurred_at", "name", "state", "note", "practitioner_name", "facility_name", "received_at")
PICTURED = ("occurred_at", "title", "modality", "accession", "images", "facility_name", "received_at")
KINDS: tuple[tuple[str, Any, type[Any], tuple[str, ...]], ...] = (
    ("encounters", _("就诊"), Encounter, ()),
    ("conditions", _("诊断与慢性病"), Condition, STATED),
    ("medications", _("用药"), Medication, STATED),
    ("allergies", _("过敏史"), Allergy, STATED),
    ("immunizations", _("预防接种"), Immunization, STATED),
    ("procedures", _("手术操作"), Procedure, STATED),
    ("examinations", _("健康体检"), Examination, ()),
    ("followups", _("随访"), FollowUp, ()),
    ("documents", _("医疗文书"), Document, ()),
    ("reports", _("检查检验报告"), Report, ()),
    ("imaging_studies", _("影像检查"), ImagingStudy, PICTURED),
    ("observations", _("检验项目和测量值"), Observation, MEASURED),
)


def register_all() -> None:
    """Called once, when Django has loaded the models."""
    for key, title, model, fields in KINDS:
        register(key, title, model, _rows_of(model), fields)
    register(
        "disputes",
        _("档案异议"),
        Dispute,
        lambda viewer: Dispute.objects.filter(resident_id=viewer.resident_id).order_by("asked_at"),
        ("asked_at", "title", "facility_name", "reason", "words", "verdict", "answer", "objection", "final_answer"),
    )
    register(
        "shares",
        _("互认凭证和健康链接"),
        ShareLink,
        lambda viewer: ShareLink.objects.filter(resident_id=viewer.resident_id).order_by("-created_at"),
        ("kind", "created_at", "expires_at", "uses", "used_at", "failures", "revoked_at"),
    )
    register(
        "shared_files",
        _("健康链接的文件"),
        SharedFile,
        lambda viewer: SharedFile.objects.filter(resident_id=viewer.resident_id).order_by("-made_at"),
        ("made_at", "size"),
    )
    register(
        "share_openings",
        _("互认凭证和健康链接的使用"),
        ShareOpening,
        lambda viewer: ShareOpening.objects.filter(resident_id=viewer.resident_id).order_by("-opened_at"),
        ("opened_at", "reader", "closes_at"),
    )
    register(
        "follow_through",
        _("异常结果随访"),
        FollowThrough,
        lambda viewer: FollowThrough.objects.filter(resident_id=viewer.resident_id).order_by("-day"),
        ("day", "state", "due_on", "reason"),
    )
    register(
        "copies",
        _("出具过的报告副本"),
        IssuedCopy,
        lambda viewer: IssuedCopy.objects.filter(resident_id=viewer.resident_id).order_by("-issued_at"),
        ("issued_at", "kind"),
    )
    register(
        "stored_copies",
        _("加密保存的报告副本"),
        StoredCopy,
        lambda viewer: StoredCopy.objects.filter(resident_id=viewer.resident_id).order_by("-stored_at"),
        ("stored_at", "language"),
    )


def _rows_of(model: type[Any]) -> Any:
    rows = RecordQuerySet[Any](model)
    return lambda viewer: rows.all().visible_to(viewer).readable().select_related("facility").newest_first()
