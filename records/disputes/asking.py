"""异议: contesting an entry, objecting to the answer, and which entries carry the badge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from foundation.dated import register, setting
from records.models import Dispute, Observation, Report
from records.presenters import facts
from records.provenance import Provenance
from records.querysets import RecordQuerySet
from records.release import Release
from residents.access import Viewer, record_event

ASKED = "records.disputed_entry"
OBJECTED = "records.objected_to_answer"
LISTED = "records.list_disputes"
SHOWN_ENTRY = "records.read_contested"
READS = (ASKED, OBJECTED, LISTED, SHOWN_ENTRY)
ANSWER_DAYS = register("records.dispute_days", 15, "档案异议应在多少天内答复")
MOST_OPEN = register("records.most_open_disputes", 10, "每人同时最多有多少个待答复的档案异议")
SHOWN = 50
REPORT = "report"

Entry = tuple[UUID, str]


class TooMany(Exception):
    """The person has as many disputes waiting as the county lets them have."""


@dataclass(frozen=True)
class Contested:
    """An entry of the record as whoever contests it sees it."""

    row: Provenance
    kind: str
    title: str

    @property
    def category(self) -> str:
        """Under which consent and delegation the entry is read."""
        return "results" if self.kind == REPORT else "records"


def show(viewer: Viewer, subject: Provenance | Dispute, *, now: datetime) -> None:
    """Write down that an entry, or what was said about it, was put on a page."""
    record_event(viewer=viewer, action=SHOWN_ENTRY, now=now, subject=subject, facility_id=subject.facility_id)


def own_word(viewer: Viewer) -> None:
    """Raise PermissionDenied for staff who have the person open: a dispute is the person's own word."""
    if viewer.opening_id is not None:
        raise PermissionDenied(_("异议由居民本人或家人在自己的账号里提出。"))


def kind_of(row: Provenance) -> str:
    """The word for the row's table in addresses and disputes."""
    return str(row._meta.model_name)


def models_by_kind() -> Mapping[str, type[Provenance]]:
    """Every kind of entry that may be contested."""
    from records.kinds import KINDS

    kinds = {kind.model for kind in KINDS.values()} | {Report}
    return {str(model._meta.model_name): model for model in kinds}


def entry_for(viewer: Viewer, kind: str, entry_id: UUID) -> Contested:
    """An entry the viewer may read, to be contested; 404 for anybody else's, a withheld one, or an unknown kind.

    Of a report that is handed out at the facility its person sees that there is one: so much of it may be contested.
    """
    own_word(viewer)
    model = models_by_kind().get(kind)
    if model is None:
        raise Http404
    row = get_object_or_404(_contestable(model, viewer), pk=_key(model, viewer, entry_id))
    if isinstance(row, Report):
        if row.release == Release.WITHHELD:
            return Contested(row, kind, _("在机构领取的一份报告"))
        return Contested(row, kind, row.title or row.get_category_display())
    if isinstance(row, Observation) and row.category != Observation.Category.VITAL_SIGNS:
        raise Http404  # Results are contested as the report that names them.
    return Contested(row, kind, facts.fact(row).title)


def _contestable(model: type[Provenance], viewer: Viewer) -> RecordQuerySet[Provenance]:
    mine = RecordQuerySet[Provenance](model).visible_to(viewer)
    if model is not Report:
        return mine.readable()
    return mine.listable().filter(withdrawn_at=None, release__in=[Release.RELEASED, Release.WITHHELD])


def _key(model: type[Provenance], viewer: Viewer, entry_id: UUID) -> object:
    return (viewer.resident_id, entry_id) if model is Observation else entry_id


def open_about(contested: Contested) -> Dispute | None:
    """The newest dispute about the entry, whatever version of it there was."""
    row = contested.row
    same = Dispute.objects.filter(resident_id=row.resident_id, source_id=row.source_id, identifier=row.identifier)
    return same.filter(kind=contested.kind).order_by("-asked_at").first()


def ask(*, viewer: Viewer, contested: Contested, reason: str, words: str, now: datetime) -> Dispute:
    """Contest an entry; asking again while an answer is owed gives the same dispute.

    Raises TooMany, and PermissionDenied for staff who have the person open: it is the person's own word.
    """
    own_word(viewer)
    known = open_about(contested)
    if known is not None and known.is_open:
        show(viewer, known, now=now)
        return known
    waiting = Dispute.objects.filter(resident_id=viewer.resident_id, answered_at=None).count()
    if waiting >= setting(MOST_OPEN, now):
        raise TooMany
    dispute = _dispute(viewer, contested, reason, words, now)
    try:
        with transaction.atomic():
            dispute.save(force_insert=True)
    except IntegrityError:  # a double tap: the other one was first
        found = open_about(contested)
        if found is None:
            raise
        show(viewer, found, now=now)
        return found
    record_event(viewer=viewer, action=ASKED, now=now, subject=dispute, facility_id=dispute.facility_id)
    return dispute


def _dispute(viewer: Viewer, contested: Contested, reason: str, words: str, now: datetime) -> Dispute:
    return Dispute(
        resident_id=viewer.resident_id,
        category=contested.category,
        kind=contested.kind,
        subject_id=contested.row.id,
        title=contested.title[:300],
        source_id=contested.row.source_id,
        identifier=contested.row.identifier,
        facility_id=contested.row.facility_id,
        facility_name=contested.row.facility_name,
        occurred_at=contested.row.occurred_at,
        reason=reason,
        words=words,
        asked_at=now,
        asked_by=viewer.account_id,
        due_at=now + timedelta(days=setting(ANSWER_DAYS, now)),
    )


def object_to(*, viewer: Viewer, dispute: Dispute, words: str, now: datetime) -> bool:
    """Ask the county to look at an answer; False where somebody already did, or there is nothing to object to."""
    own_word(viewer)
    waiting = Dispute.objects.filter(pk=dispute.pk, verdict=Dispute.Verdict.KEPT, objected_at=None)
    if not waiting.update(objection=words, objected_at=now):
        show(viewer, dispute, now=now)
        return False
    record_event(viewer=viewer, action=OBJECTED, now=now, subject=dispute, facility_id=dispute.facility_id)
    return True


def dispute_for(viewer: Viewer, dispute_id: UUID) -> Dispute:
    """One of the person's disputes; 404 for anybody else's."""
    own_word(viewer)
    return get_object_or_404(Dispute, pk=dispute_id, resident_id=viewer.resident_id)


def disputes_of(viewer: Viewer, *, now: datetime) -> Sequence[Dispute]:
    """The person's disputes, the newest first, bounded; one line in the access log."""
    own_word(viewer)
    found = list(Dispute.objects.filter(resident_id=viewer.resident_id).order_by("-asked_at")[:SHOWN])
    record_event(viewer=viewer, action=LISTED, now=now)
    return found


def about(row: Provenance) -> Dispute | None:
    """The newest dispute about one entry; one statement."""
    return contested_among([row]).get((row.source_id, row.identifier))


def contested_among(rows: Iterable[Provenance]) -> Mapping[Entry, Dispute]:
    """The newest dispute of each of these entries of one person, by source and identifier; one statement or none."""
    found = asked_of(rows)
    return {} if found is None else by_entry(found)


def asked_of(rows: Iterable[Provenance]) -> QuerySet[Dispute] | None:
    """The disputes of these entries of one person, the newest last; None without entries."""
    rows = list(rows)
    if not rows:
        return None
    about = Dispute.objects.filter(
        resident_id=rows[0].resident_id,
        source_id__in={row.source_id for row in rows},
        identifier__in={row.identifier for row in rows},
        kind__in={kind_of(row) for row in rows},
    )
    return about.order_by("asked_at")


def by_entry(found: Iterable[Dispute]) -> Mapping[Entry, Dispute]:
    """Disputes in their order by source and identifier; of several the last."""
    return {(dispute.source_id, dispute.identifier): dispute for dispute in found}
