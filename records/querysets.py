"""The verbs that pick and order record rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar
from uuid import UUID

from django.db.models import (
    BooleanField,
    CharField,
    Count,
    Exists,
    F,
    Func,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Window,
)
from django.db.models.functions import RowNumber

from records.release import SPECIAL, Release

if TYPE_CHECKING:
    from records.models import Observation, Report
    from residents.access import Viewer

# What makes two results comparable or not (`records.comparing`).
SORT = ("code", "name", "code_system", "part", "source_id", "local_code", "unit_code", "unit", "specimen", "method")
Row = TypeVar("Row", bound=Model, covariant=True)


class RecordQuerySet(QuerySet[Row]):
    """Rows with provenance, of any kind."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Rows of the person the viewer looks at; row-level security draws the same line."""
        return self.filter(resident_id=viewer.resident_id)

    def current(self) -> Self:
        """The newest version of each row, withdrawn or not."""
        return self.filter(superseded_at__isnull=True)

    def ordinary(self) -> Self:
        """Rows below the level that is never shown without a further proof."""
        return self.filter(sensitivity__lt=SPECIAL)

    def listable(self) -> Self:
        """What a list may name: current, ordinary, no repetition; perhaps withdrawn or kept at the facility."""
        return self.current().ordinary().filter(folded_into=None).exclude(release=Release.RECALLED)

    def readable(self) -> Self:
        """Rows whose content a resident may read here: listable, released and not withdrawn."""
        return self.listable().filter(withdrawn_at__isnull=True, release=Release.RELEASED)

    def newest_first(self) -> Self:
        """By the time it happened; undated rows last."""
        return self.order_by(F("occurred_at").desc(nulls_last=True), "-id")

    def latest_of_each(self, *fields: str) -> Self:
        """The newest row of each group with equal `fields`, annotated with `times`, how many the group holds."""
        newest = [F("occurred_at").desc(nulls_last=True), F("id").desc()]
        return self.annotate(
            times=Window(Count("id"), partition_by=[F(name) for name in fields]),
            turn=Window(RowNumber(), partition_by=[F(name) for name in fields], order_by=newest),
        ).filter(turn=1)


class ReportQuerySet(RecordQuerySet["Report"]):
    """Reports: picked as residents ask for them."""

    def newest_first(self) -> Self:
        """By the time the report was issued, the order in which residents expect them."""
        return self.order_by(F("issued_at").desc(nulls_last=True), "-received_at", "-id")

    def in_force(self) -> Self:
        """Neither withdrawn nor cancelled: there is, or will be, something to read."""
        gone = [self.model.Status.WITHDRAWN, self.model.Status.CANCELLED]
        return self.filter(withdrawn_at__isnull=True).exclude(status__in=gone)

    def unseen(self, since: datetime) -> Self:
        """Reports issued from `since` on that nobody has opened yet; what is older is history, not news."""
        return self.filter(first_seen_at__isnull=True, issued_at__gte=since)

    def kept_back(self) -> Self:
        """Reports in their newest version that a resident may not read here."""
        return self.current().filter(Q(sensitivity__gte=SPECIAL) | Q(release=Release.WITHHELD))

    def cancelled(self, wanted: bool) -> Self:
        """Either what was called off, which is history, or all that was not."""
        called_off = Q(status=self.model.Status.CANCELLED)
        return self.filter(called_off if wanted else ~called_off)

    def beside(self, report: Report) -> Self:
        """Its older versions, and the same report as other senders sent it (in their newest version)."""
        older = Q(source_id=report.source_id, identifier=report.identifier, superseded_at__isnull=False)
        root = report.folded_into or report.pk
        repeated = Q(superseded_at__isnull=True) & (Q(pk=root) | Q(folded_into=root))
        return self.filter(older | repeated, resident_id=report.resident_id).exclude(pk=report.pk)

    def versions_of(self, report: Report) -> Self:
        """Every version of the same report, this one included."""
        return self.filter(resident_id=report.resident_id, source_id=report.source_id, identifier=report.identifier)

    def with_abnormal(self, observations: QuerySet[Observation]) -> Self:
        """Released reports in force that hold one of `observations` (abnormal ones, of the same person)."""
        item = Func(
            F("identifier"),
            OuterRef("item_identifiers"),
            template="(%(expressions)s))",
            arg_joiner=" = ANY (",
            output_field=BooleanField(),
        )
        mine = observations.filter(item, resident_id=OuterRef("resident_id"), source_id=OuterRef("source_id"))
        return self.in_force().filter(Exists(mine), release=Release.RELEASED)


class ObservationQuerySet(RecordQuerySet["Observation"]):
    """Measured items."""

    def of_report(self, report: Report) -> Self:
        """The report's items in all their versions, whatever order they came in."""
        return self.called(report, report.item_identifiers)

    def called(self, report: Report, names: Collection[str]) -> Self:
        """Items by what the report's source calls them, of its person, in all versions."""
        return self.filter(resident_id=report.resident_id, source_id=report.source_id, identifier__in=names)

    def abnormal(self) -> Self:
        """Items the laboratory flagged."""
        return self.exclude(flag__in=[self.model.Flag.NONE, self.model.Flag.NORMAL])

    def items_of(self, reports: Sequence[Report]) -> Self:
        """Items that any of these reports names."""
        sources: set[UUID] = {report.source_id for report in reports}
        names = {name for report in reports for name in report.item_identifiers}
        return self.filter(source_id__in=sources, identifier__in=names)

    def not_items_of(self, reports: ReportQuerySet) -> Self:
        """Without the items that any of these reports, of the same person and source, names.

        The names are gathered once, not for each row: a person has thousands of those.
        """
        names = Func(F("item_identifiers"), function="unnest", output_field=CharField())
        named = Subquery(reports.order_by().values_list("resident_id", "source_id", names))
        item = Func(F("resident_id"), F("source_id"), F("identifier"), template="(%(expressions)s)")
        is_named = Func(item, named, template="(%(expressions)s)", arg_joiner=" IN ", output_field=BooleanField())
        return self.exclude(is_named)

    def newest_like(self, items: Sequence[Observation]) -> Self:
        """Of these rows the newest of each sort that may be put beside one of `items` (`comparing.comparable`).

        A sort is all that makes two results comparable or not: its newest row stands for all of it.
        """
        alike = Q(code__in={item.code for item in items if item.code})
        for item in items:
            if not item.code:
                alike |= Q(code="", source_id=item.source_id, local_code=item.local_code, name=item.name)
        # Ten columns are compared as one: to sort thousands of rows by each of them took twenty times as long.
        names = (F(name) for name in SORT)
        sort = Func(*names, template="md5(ROW(%(expressions)s)::text)", output_field=CharField())
        return self.filter(alike).annotate(sort=sort).order_by("sort", "-occurred_at").distinct("sort")
