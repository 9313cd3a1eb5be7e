"""Report numbers that a laboratory gives out again: no correction, and nobody's result goes because of it.

Old systems number the tubes of each day from 1. A message under the number of somebody else's report of another day is
held for people; of the same day it is taken for what it says, a correction of whose the report is (`moving`). The ids
of a FHIR server and of a PACS are their own, and are never given twice.

Of one person, too, another day's examination is another one: a correction keeps the day of its specimen, unless it says
that it is a correction. What has not been final yet may still get another day, a culture that grows for instance.
"""

from collections.abc import Sequence, Set
from datetime import date
from uuid import UUID

from django.utils import timezone

from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.messages import RANKS
from records.exchange.models import InboundKey, Source
from records.exchange.problems import CannotApply, Reason
from records.exchange.values import Facts, ObservationFacts, ReportFacts
from records.exchange.versions import TAKES_BACK, is_newer
from records.models import Observation, Report
from records.provenance import Provenance
from records.release import Release

_MODELS: dict[type[Facts], type[Provenance]] = {ReportFacts: Report, ObservationFacts: Observation}
PRINTED = frozenset({Source.Kind.HL7V2, Source.Kind.TABLE, Source.Kind.CDA, Source.Kind.SQL_VIEW})
GIVEN_AGAIN = (
    "这个报告编号已经是另一位居民另一天的报告，可能是编号重复使用。没有入档，以前的报告也没有改动。"
    "请机构使用不重复的编号（例如日期加流水号）重新发送；如果确是更正，请先取消以前那份报告，再点“重新处理”。"
)
OWN_NUMBERS = frozenset({Source.Kind.HL7V2, Source.Kind.TABLE, Source.Kind.SQL_VIEW})
FINAL, CORRECTS = RANKS["final"], RANKS["corrected"]
OWN_GIVEN_AGAIN = (
    "这个报告编号已经是同一位居民另一天的报告，可能是编号重复使用。没有入档，以前的报告也没有改动。"
    "请机构使用不重复的编号（例如日期加流水号）重新发送；如果确是更正，请写明状态是“更正”（HL7 为 C）再发送。"
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


def check_own(claimed: Claim, facts: Facts, resident_id: UUID, earlier: Sequence[InboundKey], bench: Bench) -> None:
    """Raise CannotApply where a message has the number of the same person's final report of another day.

    What has been replaced since, by a correction or by the final report, may have another day, and come late.
    """
    key, model, day = claimed.key, _MODELS.get(type(facts)), _examined(facts, bench.source)
    if model is None or not earlier or day is None or key.rank == CORRECTS or claimed.recall_id is not None:
        return
    rows = model._default_manager.filter(
        resident_id=resident_id, source_id=key.source_id, identifier=key.identifier, superseded_at=None
    )
    lines = {line.version: line for line in earlier}
    for row in rows.filter(withdrawn_at=None, left_at=None).exclude(release=Release.RECALLED)[:1]:
        before, line = _examined(row, bench.source), lines.get(row.version)
        if line is None or not FINAL <= line.rank < TAKES_BACK:
            return
        if is_newer(line, key) and (line.rank == CORRECTS or key.rank < FINAL):
            return
        if before is not None and before != day:
            raise CannotApply(Reason.IDENTITY_CONFLICT, OWN_GIVEN_AGAIN)


def _examined(said: Facts | Provenance, source: Source) -> date | None:
    """The day of an examination; None where only the time of its report is known, which a correction changes."""
    if source.kind not in OWN_NUMBERS or (source.kind != Source.Kind.HL7V2 and not _says_when_sampled(source)):
        return None
    if said.occurred_at is None or said.occurred_at == getattr(said, "issued_at", None):
        return None
    return timezone.localdate(said.occurred_at)


def _says_when_sampled(source: Source) -> bool:
    mapping = source.options.get("columns")
    columns = mapping.get("columns") if isinstance(mapping, dict) else None
    return isinstance(columns, dict) and "sampled_at" in columns
