"""Report numbers that a laboratory gives out again: no correction, and nobody's result goes because of it.

Old systems number the tubes of each day from 1. A message under the number of somebody else's report of another day is
held for people; of the same day it is taken for what it says, a correction of whose the report is (`moving`). The ids
of a FHIR server and of a PACS are their own, and are never given twice.
"""

from collections.abc import Set
from uuid import UUID

from django.utils import timezone

from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.models import Source
from records.exchange.problems import CannotApply, Reason
from records.exchange.values import Facts, ObservationFacts, ReportFacts
from records.models import Observation, Report
from records.provenance import Provenance
from records.release import Release

_MODELS: dict[type[Facts], type[Provenance]] = {ReportFacts: Report, ObservationFacts: Observation}
PRINTED = frozenset({Source.Kind.HL7V2, Source.Kind.TABLE, Source.Kind.CDA, Source.Kind.SQL_VIEW})
GIVEN_AGAIN = (
    "这个报告编号已经是另一位居民另一天的报告，可能是编号重复使用。没有入档，以前的报告也没有改动。"
    "请机构使用不重复的编号（例如日期加流水号）重新发送；如果确是更正，请先取消以前那份报告，再点“重新处理”。"
)


def check(claimed: Claim, facts: Facts, others: Set[UUID], bench: Bench) -> None:
    """Raise CannotApply where a message has the number of a report that `others` had on another day, and still have.

    What people have recalled, they decide about.
    """
    model = _MODELS.get(type(facts))
    if model is None or not others or facts.occurred_at is None or claimed.recall_id is not None:
        return
    if bench.source.kind not in PRINTED:
        return
    rows = model._default_manager.filter(
        resident_id__in=others, source_id=claimed.key.source_id, identifier=claimed.key.identifier
    )
    current = rows.filter(superseded_at=None, withdrawn_at=None, left_at=None).exclude(release=Release.RECALLED)
    days = {timezone.localdate(at) for at in current.values_list("occurred_at", flat=True) if at is not None}
    if days and timezone.localdate(facts.occurred_at) not in days:
        raise CannotApply(Reason.IDENTITY_CONFLICT, GIVEN_AGAIN)
