"""What this room holds about a person, for "everything held about me". What a facility keeps back is not in it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from records.models import (
    Allergy,
    Awaited,
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
    Look,
    Medication,
    Observation,
    Parcel,
    ParcelLink,
    Procedure,
    Report,
    ServiceQuestion,
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

# What the portal itself wrote down about a person: how it is ordered, and what of it is told.
KEPT: tuple[tuple[str, Any, type[Any], str, tuple[str, ...]], ...] = (
    (
        "disputes",
        _("档案异议"),
        Dispute,
        "asked_at",
        ("asked_at", "title", "facility_name", "reason", "words", "verdict", "answer", "objection", "final_answer"),
    ),
    (
        "shares",
        _("互认凭证和健康链接"),
        ShareLink,
        "-created_at",
        ("kind", "created_at", "expires_at", "uses", "used_at", "failures", "revoked_at"),
    ),
    ("shared_files", _("健康链接的文件"), SharedFile, "-made_at", ("made_at", "size")),
    ("share_openings", _("互认凭证和健康链接的使用"), ShareOpening, "-opened_at", ("opened_at", "reader", "closes_at")),
    ("follow_through", _("异常结果随访"), FollowThrough, "-day", ("day", "state", "due_on", "reason")),
    (
        "awaited",
        _("等医生说明的结果"),
        Awaited,
        "-held_at",
        ("category", "held_at", "until", "ended_at", "how", "comment", "commented_name"),
    ),
    (
        "service_questions",
        _("服务核实"),
        ServiceQuestion,
        "-asked_at",
        ("day", "kind", "facility_name", "asked_at", "answer", "via", "answered_at"),
    ),
    ("copies", _("出具过的报告副本"), IssuedCopy, "-issued_at", ("issued_at", "kind")),
    ("stored_copies", _("加密保存的报告副本"), StoredCopy, "-stored_at", ("stored_at",)),
    (
        "parcels",
        _("生成过的健康档案册"),
        Parcel,
        "-asked_at",
        ("asked_at", "kind", "state", "starts_on", "ends_on", "reports", "pages", "ready_at", "expires_at"),
    ),
    (
        "parcel_links",
        _("“用浏览器打开”的链接"),
        ParcelLink,
        "-made_at",
        ("made_at", "expires_at", "used_at", "revoked_at"),
    ),
)


def register_all() -> None:
    """Called once, when Django has loaded the models."""
    for key, title, model, fields in KINDS:
        register(key, title, model, _rows_of(model), fields)
    for key, title, kept, order, told in KEPT:
        register(key, title, kept, _kept_of(kept, order), told)
    register(
        "looks",
        _("上次查看档案的时间"),
        Look,
        lambda viewer: Look.objects.filter(resident_id=viewer.resident_id, account_id=viewer.account_id),
        ("seen_at", "since_at"),
    )


def _rows_of(model: type[Any]) -> Any:
    rows = RecordQuerySet[Any](model)
    return lambda viewer: rows.all().visible_to(viewer).readable().select_related("facility").newest_first()


def _kept_of(model: type[Any], order: str) -> Any:
    return lambda viewer: model.objects.filter(resident_id=viewer.resident_id).order_by(order)
