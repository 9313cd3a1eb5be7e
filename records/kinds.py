"""The kinds of facts of the health record, each a block of 我的档案 and a page of its own."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
)
from records.provenance import Provenance
from records.querysets import RecordQuerySet

VITAL_SIGNS = Q(category=Observation.Category.VITAL_SIGNS)


@dataclass(frozen=True)
class Kind:
    """One kind: its word in addresses, its title, where its rows lie, and what makes two rows the same thing.

    `groups` are the fields by which the summary shows the newest of equal rows only (one line for a medicine that
    was prescribed thirteen times); empty where each row is an event of its own. `only` picks the rows of the table.
    `opens`: each row has a page of its own.
    """

    slug: str
    title: str | Promise
    icon: str
    model: type[Provenance]
    groups: tuple[str, ...] = ()
    only: Q = Q()
    opens: bool = False

    def rows(self) -> RecordQuerySet[Provenance]:
        """All rows of this kind, of everybody: the caller narrows them to a person."""
        return RecordQuerySet[Provenance](self.model).filter(self.only)


KINDS = {
    kind.slug: kind
    for kind in (
        Kind("allergies", _("过敏史"), "warning", Allergy, ("name",)),
        Kind("conditions", _("诊断与慢性病"), "heartbeat", Condition, ("name",)),
        Kind("medications", _("用药"), "heart", Medication, ("name",)),
        Kind("immunizations", _("预防接种"), "check", Immunization),
        Kind("encounters", _("最近就诊"), "hospital", Encounter),
        Kind("examinations", _("健康体检"), "check", Examination, opens=True),
        Kind("followups", _("随访"), "phone", FollowUp, opens=True),
        Kind("documents", _("医疗文书"), "record", Document, opens=True),
        Kind("procedures", _("手术操作"), "record", Procedure),
        Kind("vitals", _("体征测量"), "results", Observation, ("name", "part"), VITAL_SIGNS),
    )
}
