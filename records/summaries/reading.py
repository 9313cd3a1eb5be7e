"""What a session reads of a person's summary: the kept one while it holds, else worked out on the spot."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, Func, JSONField, OuterRef, QuerySet, Subquery
from django.db.models.fields import BooleanField
from django.http import Http404

from foundation.prepared import Question
from records.models import Summary, SummaryDue
from records.summaries.building import Content, work_out
from residents.models import Resident


@dataclass(frozen=True)
class Read:
    """A person and what the first page shows; `results` is None where this session may not see results."""

    person: Resident
    records: Content
    results: Content | None


class _Open(Func):
    """Whether the session may see results of the row's person."""

    template = "(%(expressions)s = ANY ((SELECT app.residents_for('results'))::uuid[]))"
    output_field = BooleanField()


def read(resident_id: UUID) -> Read:
    """The person and the summary, in one statement; more, but a constant number, where a change has just come."""
    person = _PERSON.first(resident_id)
    if person is None:
        raise Http404
    kept_records, kept_results = person.kept_records, person.kept_results
    missing = kept_records is None or (person.results_open and kept_results is None)
    if person.due or missing:
        made = work_out([resident_id])[resident_id]
        kept_records, kept_results = made.records, made.results
    return Read(person, kept_records, kept_results if person.results_open else None)


def _content(rows: QuerySet[Summary]) -> Subquery:
    return Subquery(rows.values("content")[:1], output_field=JSONField())


def _person(resident_id: UUID) -> QuerySet[Resident]:
    parts = Summary.objects.filter(resident_id=OuterRef("pk"))
    people = Resident.objects.select_related("facility").annotate(
        due=Exists(SummaryDue.objects.filter(resident_id=OuterRef("pk"))),
        kept_records=_content(parts.filter(part=Summary.Part.RECORDS)),
        kept_results=_content(parts.filter(part=Summary.Part.RESULTS)),
        results_open=_Open("pk"),
    )
    return people.filter(pk=resident_id)


_PERSON = Question(_person)  # asked at each look at a record
