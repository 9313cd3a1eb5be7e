"""Undoing a link that was decided by mistake: the number is unlinked, what came through it is taken back and waits.

Nothing is deleted: rows end where they stand, marked as taken back, and the ledger's lines wait to be applied again.
Nobody who signs in sees them any more: whoever they stood with was perhaps never the one (`left_at`, see `moving`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, Left

from foundation.keys import uuid7
from records.exchange import folding, numbers
from records.exchange.bench import Bench
from records.exchange.mapping import KINDS, MAPPINGS, patient
from records.exchange.mistakes import MISTAKES
from records.exchange.models import Held, IdentityCase, InboundKey, Source, SourcePatient
from records.exchange.numbers import Number
from records.exchange.problems import CannotApply
from records.exchange.recording import MODELS, SHARING, record_identifier
from records.exchange.reopening import Reopener, reopen
from records.exchange.values import Person
from records.provenance import Provenance

State = InboundKey.State
BATCH = 200
AT_ONCE = 1000
# A sender's version has at most 64 characters (FHIR id); the column has room for the mark.
VERSION = 64


def part(case: IdentityCase, held: QuerySet[Held], bench: Bench) -> list[UUID]:
    """Take back all that a decided link brought to the resident; returns the lines that wait again.

    A link that is older than the question brought nothing by it but what came since it was asked.
    """
    resident_id, ended = _unlink(case, bench.now)
    since = max((link.linked_at for link in ended[:1]), default=case.opened_at)
    since = max(since, case.opened_at) if ended else since
    keys = list(InboundKey.objects.filter(pk__in=held.values("key_id"), state__in=[State.APPLIED, State.WAITING]))
    woken = _wait_again(keys, resident_id, case.source_id, since, bench.now)
    for link in ended:
        own = bench if link.source_id == case.source_id else bench_of(link.source_id, bench)
        woken += take_back(Number(link.source_id, link.identifier), link.resident_id, since, own)
    return woken


def _unlink(case: IdentityCase, now: datetime) -> tuple[UUID | None, list[SourcePatient]]:
    """End the link that stands with what follows it; returns to whom it led (a case may name nobody)."""
    known = case.facts.resident_id
    link = numbers.standing(case.source_id, case.patient) if case.patient else None
    if link is None or known not in {None, link.resident_id}:
        return known, []
    return link.resident_id, numbers.unlink(case.source_id, case.patient, now)


def take_back(number: Number, resident_id: UUID, since: datetime, bench: Bench) -> list[UUID]:
    """Take back what came to a resident under a patient number since then; returns the lines that wait again.

    `bench` is that of the number's source.
    """
    keys = _came_by(number, resident_id, since, bench)
    return _wait_again(keys, resident_id, number.source_id, since, bench.now)


def bench_of(source_id: UUID, bench: Bench) -> Bench:
    """The bench of another source at the same time."""
    source = Source.objects.select_related("facility").get(pk=source_id)
    return Bench.of(source, bench.now, bench.limits)


def _wait_again(
    keys: Sequence[InboundKey], resident_id: UUID | None, source_id: UUID, since: datetime, now: datetime
) -> list[UUID]:
    versions = [(record_identifier(key), key.version) for key in keys]
    whose = [resident_id] if resident_id is not None else []
    for model in MODELS.values():
        mine = model._default_manager.filter(resident_id__in=whose, source_id=source_id)
        for start in range(0, len(versions), AT_ONCE):
            _take_back(mine, set(versions[start : start + AT_ONCE]), since, now)
    # What another feed said, too, and was listed under one of these rows, stands for itself again.
    folding.due(whose)
    woken = [key.pk for key in keys]
    InboundKey.objects.filter(pk__in=woken).update(state=State.WAITING, attempts=0, resident_id=None)
    return woken


def _came_by(number: Number, resident_id: UUID, since: datetime, bench: Bench) -> list[InboundKey]:
    """The applied messages behind rows written since then that name this patient number."""
    written: set[str] = set()
    for model in MODELS.values():
        rows = model._default_manager.filter(resident_id=resident_id, source_id=number.source_id)
        written.update(rows.filter(id__gte=_first_id(since)).values_list("identifier", flat=True))
    names = {name.removeprefix(f"{kind}/") for name in written for kind in ("", *SHARING)}
    lines = InboundKey.objects.filter(
        source_id=number.source_id, kind__in=KINDS, identifier__in=names, resident_id=resident_id
    )
    # In the order of their arrival: so a file is gone through once, and not begun again for each batch.
    found = list(lines.filter(state=State.APPLIED).exclude(kind="Patient").order_by("id"))
    reopener = Reopener()
    return [
        key
        for start in range(0, len(found), BATCH)
        for key in _naming(number.identifier, found[start : start + BATCH], bench, reopener)
    ]


def person_of(key: InboundKey, bench: Bench) -> Person | None:
    """Whom a stored Patient describes; None where it cannot be opened or understood."""
    content = reopen([key]).get(key.pk)
    try:
        return patient(content.resource, bench.frame(content.neighbours)) if content else None
    except (CannotApply, *MISTAKES):
        return None


def _naming(patient_number: str, keys: Sequence[InboundKey], bench: Bench, reopener: Reopener) -> list[InboundKey]:
    """Those whose message speaks of the patient number; what cannot be opened is taken for one of them."""
    opened = reopener.open(keys)
    found = []
    for key in keys:
        content = opened.get(key.pk)
        try:
            frame = bench.frame(content.neighbours) if content else None
            named = (
                MAPPINGS[key.kind](content.resource, frame).subject.identifier if content and frame else patient_number
            )
        except (CannotApply, *MISTAKES):
            named = patient_number
        if named == patient_number:
            found.append(key)
    return found


def _take_back(
    mine: QuerySet[Provenance], versions: Collection[tuple[str, str]], since: datetime, now: datetime
) -> None:
    """End the rows of these message versions; what they had replaced is current again."""
    mark = Value(f"~u{uuid7().hex[-14:]}")
    first = _first_id(since)
    came = mine.filter(identifier__in={name for name, _version in versions}, id__gte=first)
    taken = {
        row_id: identifier
        for row_id, identifier, version in came.values_list("id", "identifier", "version")
        if (identifier, version) in versions
    }
    if not taken:
        return
    mine.filter(id__in=list(taken)).update(
        superseded_at=Coalesce(F("superseded_at"), Value(now)),
        withdrawn_at=Coalesce(F("withdrawn_at"), Value(now)),
        left_at=Coalesce(F("left_at"), Value(now)),
        version=Concat(Left("version", VERSION), mark),
    )
    names = set(taken.values())
    still = mine.filter(identifier__in=names, superseded_at=None).values_list("identifier", flat=True)
    before = mine.filter(identifier__in=names - set(still), id__lt=first, superseded_at__gte=since)
    for identifier in before.values_list("identifier", flat=True).distinct():
        _restore(mine.filter(identifier=identifier, id__lt=first), since)


def _restore(rows: QuerySet[Provenance], since: datetime) -> None:
    """The version that was current when the link began is current again, where the link replaced it."""
    last = rows.filter(superseded_at__gte=since).order_by("-superseded_at").first()
    if last is not None:
        rows.filter(version=last.version, superseded_at=last.superseded_at).update(superseded_at=None)


def _first_id(moment: datetime) -> UUID:
    """The smallest key (uuid7) that a row made at that moment could have."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
