"""Who is told of a recalled report, and when: calm words, nothing of what it says. Each line is kept for the incident.

Staff are told by the database when the recall is started (`app.tell_staff_of_recall`); residents here.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connections, transaction

from records.exchange.models import Recall, RecallPerson, RecallRow, RecallTold
from records.exchange.transactions import alias
from records.models import Report
from residents.messages import notify
from residents.models import Notice, Resident

State, Part, Whom, Kind = Recall.State, RecallPerson.Part, RecallTold.Whom, Notice.Kind


def tell(recall: Recall, now: datetime) -> None:
    """Tell whoever is concerned by the state a recall is in; of each thing once."""
    persons = RecallPerson.objects.filter(recall=recall).select_related("resident")
    shown = persons.filter(part=Part.SHOWN)
    if recall.state in {State.OPEN, State.PROPOSED}:
        _tell(recall, shown.filter(knew=True, told_of=""), Whom.SHOWN, Kind.RESULT_CHECKED, now)
        undone = persons.filter(part=Part.RIGHT, ended_at__isnull=False, told_of=Kind.RESULT_RETURNED)
        _tell(recall, undone, Whom.RIGHT, Kind.RESULT_CHECKED, now)
    elif recall.state == State.UNFOUNDED:
        missed = shown.filter(told_of__in=[Kind.RESULT_CHECKED, Kind.RESULT_TAKEN_BACK])
        _tell(recall, missed, Whom.SHOWN, Kind.RESULT_SHOWN_AGAIN, now)
        _announce_again(recall, now)
    else:
        _tell(recall, shown.exclude(told_of=Kind.RESULT_TAKEN_BACK), Whom.SHOWN, Kind.RESULT_TAKEN_BACK, now)
        _tell_helpers(recall, now)


def tell_of_returns(now: datetime) -> None:
    """Tell people whose report has arrived in their own record that it had been in somebody else's."""
    rights = RecallPerson.objects.filter(part=Part.RIGHT, ended_at=None, recall__state=State.MOVED)
    for waiting in rights.exclude(told_of=Kind.RESULT_RETURNED).filter(recall__carried_out_at__isnull=False):
        with transaction.atomic(using=alias()):
            recall = Recall.objects.select_for_update().get(pk=waiting.recall_id)
            mine = rights.filter(pk=waiting.pk).exclude(told_of=Kind.RESULT_RETURNED).select_related("resident")
            if _is_there(recall, waiting.resident_id):
                _tell(recall, mine, Whom.RIGHT, Kind.RESULT_RETURNED, now)


def _is_there(recall: Recall, resident_id: UUID) -> bool:
    """Whether what was recalled stands in the person's record now."""
    if recall.kind != "DiagnosticReport":
        return True
    rows = Report.objects.filter(source_id=recall.source_id, identifier=recall.identifier, resident_id=resident_id)
    return rows.filter(superseded_at=None).exists()


def _tell(recall: Recall, persons: Iterable[RecallPerson], whom: str, kind: str, now: datetime) -> None:
    for person in persons:
        notify(resident_id=person.resident_id, kind=kind, subject_id=recall.pk, now=now)
        RecallPerson.objects.filter(pk=person.pk).update(told_of=kind)
        _write_down(recall, whom, person.resident, kind, now)


def _tell_helpers(recall: Recall, now: datetime) -> None:
    """Family who opened it for the person; one to whom it was shown as their own hears of it anyway."""
    with connections[alias()].cursor() as cursor:
        cursor.execute("SELECT resident_id FROM app.recall_helpers(%s)", [recall.pk])
        saw = {row[0] for row in cursor.fetchall()}
    told = Notice.objects.filter(kind=Kind.SEEN_TAKEN_BACK, subject_id=recall.pk).values_list("resident_id", flat=True)
    shown = RecallPerson.objects.filter(recall=recall).values_list("resident_id", flat=True)
    for helper in Resident.objects.filter(pk__in=saw - {*told, *shown}):
        notify(resident_id=helper.pk, kind=Kind.SEEN_TAKEN_BACK, subject_id=recall.pk, now=now)
        _write_down(recall, Whom.HELPER, helper, Kind.SEEN_TAKEN_BACK, now)


def _announce_again(recall: Recall, now: datetime) -> None:
    """The notice of a new report that was taken back comes again, if nobody has opened the report since."""
    if not recall.notices:
        return
    known = RecallRow.objects.filter(recall=recall, model="report", taken_back_at=None).values("row_id")
    unseen = Report.objects.filter(pk__in=known, superseded_at=None, first_seen_at=None)
    for report in unseen.filter(release="released", folded_into=None):
        notify(resident_id=report.resident_id, kind=Kind.REPORT_READY, subject_id=report.pk, now=now)


def _write_down(recall: Recall, whom: str, resident: Resident, kind: str, now: datetime) -> None:
    RecallTold.objects.create(
        recall=recall,
        facility_id=recall.facility_id,
        whom=whom,
        name=masked(resident.name),
        what=kind,
        told_at=now,
    )


def masked(name: str) -> str:
    """The family name, the rest as stars."""
    return name[:1] + "*" * max(len(name) - 1, 1)
