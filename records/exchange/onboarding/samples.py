"""The last messages of a feed, for a rehearsal: asked for anew, or, of a feed that sends by itself, as they are stored.

Nothing is kept of what is asked for, and no cursor moves.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from foundation.dated import register, setting
from records.exchange import tables, translators
from records.exchange.bundles import Entry, read_bundle
from records.exchange.connectors.capability import Capability
from records.exchange.connectors.fhir import FhirConnector
from records.exchange.http import Asker
from records.exchange.models import Source, StoredFile
from records.exchange.onboarding.connections import limits_of
from records.exchange.pacs import translating as pacs
from records.exchange.pacs.asking import CURSOR, DICOM_JSON, FIELDS, check
from records.exchange.problems import CannotApply, PullFailed
from records.exchange.reading import Resource
from records.exchange.references import own_id, remember, target_id, unprivate
from records.exchange.sqlviews import plan
from records.exchange.sqlviews.fetching import MOST_ROWS_OF_PAGE, found_columns, plain
from records.exchange.sqlviews.rows import document
from records.exchange.sqlviews.sessions import Session, TooMuch
from records.exchange.sqlviews.statements import Asking, Values
from records.exchange.translating import Setup, Untranslatable
from records.exchange.translators import kind_of
from records.exchange.values import Frame, Neighbours

MOST = register("exchange.rehearsal_messages", 100, "试运行最多看最近多少条消息")
SPANS = (timedelta(days=1), timedelta(days=7), timedelta(days=30), timedelta(days=365))
# A file of half a gigabyte says no more to a rehearsal than one of some megabytes.
LARGEST_FILE = 20 * 1024 * 1024
Kind = Source.Kind


@dataclass
class Sample:
    """The messages to be tried; patients who only say whose these are; and what is wrong with whole documents."""

    entries: list[Entry] = field(default_factory=list)
    patients: list[Entry] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    neighbours: Neighbours = field(default_factory=Neighbours)

    def take(self, entries: Sequence[Entry], most: int) -> None:
        """As many of these as there is room for; of the rest the patients are kept to know people by."""
        room = max(most - len(self.entries), 0)
        self.entries += entries[:room]
        self.patients += [entry for entry in entries[room:] if kind_of(entry) == "Patient"]
        for entry in entries:
            if isinstance(entry.resource, dict):
                remember(self.neighbours, entry.resource, entry.address)


def sample_of(source: Source, now: datetime) -> Sample:
    """The last messages of a source; raises PullFailed in plain words."""
    most = setting(MOST, now)
    return SAMPLES.get(Kind(source.kind), _stored)(source, now, most)


def _fhir(source: Source, now: datetime, most: int) -> Sample:
    limits, sample = limits_of(now), Sample()
    with Asker(source, limits) as asker:
        connector = FhirConnector(source.address, asker, limits)
        can = connector.capability()
        each = -(-most // max(len(can.asked), 1))
        for kind in can.asked:
            sample.take(_entries(connector.newest(kind, each), can)[:each], most)
        sample.patients += _asked_for(_strangers(sample, source.address), connector, can)
    return sample


def _asked_for(strangers: Sequence[str], connector: FhirConnector, can: Capability) -> list[Entry]:
    """These patients. An ID card number is never asked for in an address; who takes nothing else is let be."""
    private = [number for number in strangers if unprivate(number) != number]
    others = [number for number in strangers if unprivate(number) == number]
    found = _entries(connector.patients(others), can) if others else []
    with suppress(PullFailed):
        found += _entries(connector.private_patients(private), can) if private else []
    return found


def _entries(raw: bytes, can: Capability) -> list[Entry]:
    if can.layout is None:
        return read_bundle(raw).entries
    try:
        return list(translators.TRANSLATORS[can.layout](raw, Setup()))
    except Untranslatable as problem:
        raise PullFailed(problem.explanation) from None


def _strangers(sample: Sample, base: str) -> list[str]:
    """The numbers, as the facility has them, of patients of whom the messages speak, and who are not among them."""
    frame = Frame(datetime.min, base, neighbours=sample.neighbours)
    known = {own_id(entry.resource, entry.address) for entry in sample.entries if kind_of(entry) == "Patient"}
    named = dict(_subject(entry.resource, frame) for entry in sample.entries if isinstance(entry.resource, dict))
    return sorted({named[number] for number in named.keys() - known if number and "," not in number})


def _subject(resource: Resource, frame: Frame) -> tuple[str, str]:
    """A patient's number as we keep it, and as the facility has it."""
    reference = resource.get("subject") or resource.get("patient")
    try:
        number = target_id(reference, frame) if isinstance(reference, dict) else ""
    except CannotApply:
        return "", ""
    theirs = str((reference or {}).get("reference", "")).rsplit("/", 1)[-1]
    return number, theirs if unprivate(theirs) == number else number


def _dicomweb(source: Source, now: datetime, most: int) -> Sample:
    today, raw = timezone.localdate(now), b"[]"
    with Asker(source, limits_of(now)) as asker:
        for span in SPANS:
            days = f"{today - span:%Y%m%d}-{today:%Y%m%d}"
            asked = {CURSOR: days, "includefield": ",".join(FIELDS), "limit": str(most)}
            answer = asker.get(f"{source.address.rstrip('/')}/studies?{urlencode(asked, safe=',')}", accept=DICOM_JSON)
            if answer.status != 204:
                check(answer)
                raw = answer.body
            if raw.strip() != b"[]":
                break
    return _translated(lambda: pacs.translate(raw, _setup(source)), most)


class _Latest(Asking):
    """The same statements, from the other end."""

    def latest(self, limit: int) -> tuple[str, Values]:
        order = ", ".join(f"{name} DESC" for name in [self._watermark, *self._key])
        return self._select(self._columns, "WHERE", f"{self._watermark} IS NOT NULL", "ORDER BY", order), [limit]


def _sql_view(source: Source, now: datetime, most: int) -> Sample:
    limits = limits_of(now)
    view = plan.view_of(source.options, limits.page_size)
    with Session(plan.target_of(source), limits) as session:
        raw = _latest_rows(session, view, min(most, plan.MOST_PAGE_ROWS))
    return _translated(lambda: tables.translate(raw, _setup(source)), most)


def _latest_rows(session: Session, view: plan.View, most: int) -> bytes:
    """The reports that changed last, whole, as a pull would keep them."""
    columns = found_columns(session, view)
    watermark, *key = (columns.names[place] for place in (columns.watermark, *columns.key))
    asking = _Latest(session.quote, view.name, watermark, key, columns.names)
    with session.snapshot():
        _names, rows = session.ask(*asking.latest(most), most=most)
        groups = list(dict.fromkeys(tuple(plain(row[place]) for place in columns.group) for row in rows))
        names = [columns.names[place] for place in columns.group]
        try:
            whole = session.ask(*asking.of_groups(names, groups, MOST_ROWS_OF_PAGE), most=MOST_ROWS_OF_PAGE)[1]
        except TooMuch:
            raise PullFailed("最近的报告内容太大，不能试运行。请核对列对照里的“报告编号”列。") from None
    return document(columns.names, whole, view.columns.separator or ",")


def _stored(source: Source, now: datetime, most: int) -> Sample:
    """What the feed sent last, as it is stored."""
    sample = Sample()
    files = StoredFile.objects.filter(source=source, size__lte=LARGEST_FILE).select_related("source__facility")
    for file in files.order_by("-received_at", "-pk")[:most]:
        if len(sample.entries) >= most:
            break
        try:
            sample.take(translators.entries_of(file), most)
        except Untranslatable as problem:
            sample.unreadable.append(problem.explanation)
    return sample


def _translated(translate: Callable[[], Iterator[Entry]], most: int) -> Sample:
    sample = Sample()
    try:
        sample.take(list(translate()), most)
    except Untranslatable as problem:
        sample.unreadable.append(problem.explanation)
    return sample


def _setup(source: Source) -> Setup:
    return Setup(
        facility_code=source.facility.code,
        facility_name=source.facility.name,
        charset=str(source.options.get("charset", "")),
        columns=source.options.get("columns", {}),
    )


SAMPLES: dict[Kind, Callable[[Source, datetime, int], Sample]] = {
    Kind.FHIR_R4: _fhir,
    Kind.DICOMWEB: _dicomweb,
    Kind.SQL_VIEW: _sql_view,
}
