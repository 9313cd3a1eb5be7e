"""Where a word may stand: the tables of the record, the columns looked through, and what a find shows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from records import stacks
from records.models import (
    Allergy,
    Condition,
    Document,
    Encounter,
    Examination,
    FollowUp,
    Immunization,
    Medication,
    Observation,
    Procedure,
    Report,
)
from records.querysets import RecordQuerySet
from residents.access import Viewer

STATED = ("name", "note", "practitioner_name", "facility_name")
WRITTEN = ("title", "assessment", "guidance", "department_name", "practitioner_name", "facility_name")

# What a form or a document says, as sentences.
SENTENCES = "(SELECT string_agg(concat_ws('：', one->>'{0}', one->>'{1}'), '。') FROM jsonb_array_elements({2}) AS one)"
ANSWERS = SENTENCES.format("label", "value", "answers")
SECTIONS = SENTENCES.format("title", "text", "sections")


@dataclass(frozen=True)
class Place:
    """One kind of thing that can be found.

    `columns` are looked through; `title`, `detail` and the rest are SQL over the table's own columns, shown of a find.
    `stack`: finds with an equal one are one line. `words`: what people call the kind; `coded`: it has names and codes
    of tests. `chosen` are words that mean some rows of it, with the condition for them.
    """

    slug: str
    title: str | Promise
    icon: str
    model: type[Model]
    columns: tuple[str, ...]
    shown: str
    detail: str
    by: str = "practitioner_name"
    at: str = "occurred_at"
    value: str = "''"
    unit: str = "''"
    flag: str = "''"
    key: str = "''"
    stack: str = "id::text"
    words: tuple[str, ...] = ()
    coded: bool = False
    chosen: tuple[tuple[tuple[str, ...], str], ...] = ()
    picked: Callable[[RecordQuerySet[Model]], RecordQuerySet[Model]] = lambda rows: rows

    def rows(self, viewer: Viewer) -> tuple[str, list[Any]]:
        """The statement for what of this kind the viewer may read, and would find in a list; with its values."""
        text, values = _written(self)
        return text, [viewer.resident_id if value == NOBODY.resident_id else value for value in values]


# Written out once for a person who is not there: writing eleven statements costs more than asking them.
NOBODY = Viewer(account_id=UUID(int=0), name="", resident_id=UUID(int=0), address=None, reference="")


@cache
def _written(place: Place) -> tuple[str, list[Any]]:
    rows = place.picked(RecordQuerySet[Model](place.model).visible_to(NOBODY).readable())
    text, values = rows.order_by().values().query.sql_with_params()
    return text, list(values)


def _in_force(rows: RecordQuerySet[Model]) -> RecordQuerySet[Model]:
    return rows.exclude(status__in=[Report.Status.WITHDRAWN, Report.Status.CANCELLED])


REPORT_WORDS = (
    (("化验", "检验", "化验单"), "category = 'laboratory'"),
    (("影像", "拍片", "片子"), "category = 'imaging'"),
    (("心电", "心电图"), "category = 'ecg'"),
    (("病理",), "category = 'pathology'"),
    (("报告", "检查报告", "检查", "结果"), "true"),
)
VISIT_WORDS = (
    (("门诊",), "kind = 'ambulatory'"),
    (("急诊",), "kind = 'emergency'"),
    (("住院", "出院"), "kind = 'inpatient'"),
    (("就诊", "看病"), "true"),
)

PLACES = {
    place.slug: place
    for place in (
        Place(
            "items",
            _("检验项目和测量值"),
            "results",
            Observation,
            ("name", "local_code", "value_text", "specimen", "note", "facility_name"),
            shown="name",
            detail="concat_ws(' ', CASE WHEN length(value_text) > 14 THEN value_text END, specimen, note)",
            by="''",
            value="value_text",
            unit="unit",
            flag="flag",
            key="source_id::text || '|' || identifier",
            stack=stacks.ANALYTE,
            coded=True,
            chosen=((("体征",), "category = 'vital_signs'"),),
        ),
        Place(
            "reports",
            _("检查检验报告"),
            "record",
            Report,
            ("title", "findings", "impression", "note", "specimen", "facility_name", "reporting_name")
            + ("practitioner_name", "report_number"),
            shown="title",
            detail="concat_ws('。', nullif(impression, ''), nullif(findings, ''), nullif(note, ''))",
            at="coalesce(issued_at, occurred_at)",
            chosen=REPORT_WORDS,
            picked=_in_force,
        ),
        Place(
            "medications",
            _("用药"),
            "heart",
            Medication,
            (*STATED, "dosage"),
            shown="name",
            detail="concat_ws(' ', dosage, note)",
            stack=stacks.NAMED,
            words=("用药", "药", "药品", "吃药", "开药", "处方"),
        ),
        Place(
            "conditions",
            _("诊断与慢性病"),
            "heartbeat",
            Condition,
            (*STATED, "code"),
            shown="name",
            detail="note",
            stack=stacks.NAMED,
            words=("诊断", "慢性病", "疾病"),
        ),
        Place(
            "allergies",
            _("过敏史"),
            "warning",
            Allergy,
            (*STATED, "reaction"),
            shown="name",
            detail="concat_ws(' ', reaction, note)",
            stack=stacks.NAMED,
            words=("过敏", "过敏史"),
        ),
        Place(
            "immunizations",
            _("预防接种"),
            "check",
            Immunization,
            (*STATED, "lot_number"),
            shown="name",
            detail="concat_ws(' ', dose, lot_number, note)",
            words=("疫苗", "接种", "预防接种", "打针"),
        ),
        Place(
            "encounters",
            _("就诊"),
            "hospital",
            Encounter,
            ("reason", "department_name", "practitioner_name", "facility_name"),
            shown="CASE WHEN department_name = '' THEN facility_name ELSE department_name END",
            detail="reason",
            chosen=VISIT_WORDS,
        ),
        Place(
            "procedures",
            _("手术操作"),
            "record",
            Procedure,
            STATED,
            shown="name",
            detail="note",
            words=("手术", "操作", "手术操作"),
        ),
        Place(
            "examinations",
            _("健康体检"),
            "check",
            Examination,
            (*WRITTEN, "answers::text"),
            shown="title",
            detail=f"concat_ws('。', nullif(assessment, ''), nullif(guidance, ''), {ANSWERS})",
            words=("体检", "健康体检"),
        ),
        Place(
            "followups",
            _("随访"),
            "phone",
            FollowUp,
            (*WRITTEN, "answers::text"),
            shown="title",
            detail=f"concat_ws('。', nullif(assessment, ''), nullif(guidance, ''), {ANSWERS})",
            words=("随访",),
        ),
        Place(
            "documents",
            _("医疗文书"),
            "record",
            Document,
            ("title", "author", "department_name", "facility_name", "sections::text"),
            shown="title",
            detail=SECTIONS,
            by="author",
            words=("文书", "病历", "出院小结"),
        ),
    )
}
