"""The door to everything about one disease of a person: five statements, however long the record is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, F, Q, QuerySet, Value, Window
from django.db.models.functions import Cast, RowNumber
from django.utils import timezone

from health_education.for_you import Suggestion, for_you
from records.conditions.groups import Group, Measure
from records.models import Condition, Encounter, FollowUp, Medication, Observation
from residents.access import Viewer, record_event

READ_CONDITION = "records.read_condition"
ROWS = 5
READINGS = 3
TEXTS = 300  # of statements, the newest so many are looked through


@dataclass(frozen=True)
class Reading:
    """What is measured for the disease, its newest values first, and what is aimed at."""

    measure: Measure
    rows: Sequence[Observation]


@dataclass(frozen=True)
class About:
    """Everything about one disease."""

    group: Group
    diagnoses: Sequence[Condition]
    readings: Sequence[Reading]
    medicines: Sequence[Medication]
    visits: Sequence[Encounter]
    follow_ups: Sequence[FollowUp]
    articles: Sequence[Suggestion]

    @property
    def is_empty(self) -> bool:
        """Nothing in the record speaks of this disease."""
        return not (self.diagnoses or self.follow_ups or self.visits)

    @property
    def next_due(self) -> FollowUp | None:
        """The follow-up that names the day of the next one."""
        return next((row for row in self.follow_ups if row.next_due), None)


def about(viewer: Viewer, group: Group, *, now: datetime) -> About:
    """What the record holds about a disease, the newest of each kind; the look is written down."""
    record_event(viewer=viewer, action=READ_CONDITION, now=now)
    stated = _stated(viewer, group)
    return About(
        group=group,
        diagnoses=[row for row in stated if isinstance(row, Condition)][:ROWS],
        readings=_readings(viewer, group),
        medicines=[row for row in stated if isinstance(row, Medication)][:ROWS],
        visits=[row for row in stated if isinstance(row, Encounter)][:ROWS],
        follow_ups=_follow_ups(viewer, group),
        articles=for_you([group.slug], now),
    )


_COLUMNS = ("name", "code", "state", "words", "facility_name", "occurred_at", "ended_at")
_Stated = Condition | Medication | Encounter


def _stated(viewer: Viewer, group: Group) -> list[_Stated]:
    """Diagnoses, medicines (one line for each) and visits, newest first; one statement."""
    rows = _conditions(viewer, group).union(_medications(viewer, group), _visits(viewer, group), all=True)
    found: list[_Stated] = []
    seen: set[tuple[str, str]] = set()
    many = Counter[str]()
    for what, name, code, state, words, facility, at, ended in rows.order_by(F("at").desc(nulls_last=True))[:TEXTS]:
        if what != "visit" and (what, name) in seen or (what == "condition" and not group.holds(code, name)):
            continue
        seen.add((what, name))
        many[what] += 1
        if many[what] > ROWS:
            continue
        found.append(_row(what, name, state, words, facility, at, ended))
    return found


def _row(what: str, name: str, state: str, words: str, facility: str, at: datetime, ended: datetime | None) -> _Stated:
    where = {"facility_name": facility, "occurred_at": at}
    if what == "condition":
        return Condition(name=name, state=state, note=words, ended_at=ended, **where)
    if what == "medication":
        return Medication(name=name, state=state, dosage=words, **where)
    return Encounter(kind=state, department_name=name, reason=words, **where)


def _conditions(viewer: Viewer, group: Group) -> QuerySet[Any, tuple[Any, ...]]:
    wanted = Q()
    for code in group.codes:
        wanted |= Q(code__istartswith=code)
    for word in group.words:
        wanted |= Q(name__contains=word)
    rows = Condition.objects.visible_to(viewer).readable().filter(wanted)
    return rows.annotate(what=Value("condition"), at=F("occurred_at")).values_list(
        "what", "name", "code", "state", "note", "facility_name", "at", "ended_at"
    )


def _medications(viewer: Viewer, group: Group) -> QuerySet[Any, tuple[Any, ...]]:
    rows = Medication.objects.visible_to(viewer).readable().filter(_named(group.medicines))
    newest = [F("occurred_at").desc(nulls_last=True), F("id").desc()]
    rows = rows.annotate(turn=Window(RowNumber(), partition_by=[F("name")], order_by=newest)).filter(turn=1)
    ended = Cast(Value(None), DateTimeField())
    return rows.annotate(what=Value("medication"), at=F("occurred_at"), none=ended).values_list(
        "what", "name", "code", "state", "dosage", "facility_name", "at", "none"
    )


def _visits(viewer: Viewer, group: Group) -> QuerySet[Any, tuple[Any, ...]]:
    rows = Encounter.objects.visible_to(viewer).readable().filter(_named(group.words, "reason")).newest_first()[:ROWS]
    return rows.annotate(what=Value("visit"), at=F("occurred_at"), nothing=Value("")).values_list(
        "what", "department_name", "nothing", "kind", "reason", "facility_name", "at", "ended_at"
    )


def _named(words: Sequence[str], name: str = "name") -> Q:
    wanted = Q(pk__in=[])
    for word in words:
        wanted |= Q(**{f"{name}__contains": word})
    return wanted


def _readings(viewer: Viewer, group: Group) -> list[Reading]:
    """The newest values of each measure; one statement."""
    codes = [code for measure in group.measures for code in measure.codes]
    words = [word for measure in group.measures for word in measure.words]
    wanted = Q(code__in=codes) | Q(part__in=codes)
    uncoded = Q()
    for word in words:
        uncoded |= Q(code="", name__contains=word)
    same = [F("code"), F("part"), F("name")]
    newest = [F("occurred_at").desc(nulls_last=True), F("id").desc()]
    rows = Observation.objects.visible_to(viewer).readable().filter(wanted | uncoded)
    rows = rows.annotate(turn=Window(RowNumber(), partition_by=same, order_by=newest)).filter(turn__lte=READINGS)
    found = list(rows.newest_first())
    return [
        Reading(measure, mine[: READINGS * 2])
        for measure in group.measures
        if (mine := [row for row in found if _is_of(row, measure)])
    ]


def _is_of(row: Observation, measure: Measure) -> bool:
    if row.code or row.part:
        return row.code in measure.codes or row.part in measure.codes
    return any(word in row.name for word in measure.words)


def _follow_ups(viewer: Viewer, group: Group) -> list[FollowUp]:
    if not group.programme:
        return []
    rows = FollowUp.objects.visible_to(viewer).readable().filter(programme=group.programme)
    return list(rows.defer("answers").newest_first()[:ROWS])


def is_past(row: FollowUp, now: datetime) -> bool:
    """Whether the day of the next follow-up is over."""
    return row.next_due is not None and row.next_due < timezone.localdate(now)
