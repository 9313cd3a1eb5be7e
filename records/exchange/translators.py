"""Which translator reads which layout, and what a stored document says in FHIR."""

import time
from collections.abc import Iterator
from dataclasses import replace

from records.exchange import cda, fhir_versions, filing, hl7v2, tables
from records.exchange.bundles import Entry
from records.exchange.limits import Limits
from records.exchange.models import Source, StoredFile
from records.exchange.pacs import translating as pacs
from records.exchange.references import remember
from records.exchange.translating import Setup, Tick, Translator, Untranslatable, untimed
from records.exchange.values import Neighbours

TRANSLATORS: dict[str, Translator] = {
    StoredFile.Layout.HL7V2: hl7v2.translate,
    StoredFile.Layout.TABLE: tables.translate,
    StoredFile.Layout.CDA: cda.translate,
    StoredFile.Layout.DICOM: pacs.translate,
    **fhir_versions.TRANSLATORS,
}


TOO_MANY = "这份文件读出的内容超过 {most} 条，没有入档。请机构拆成几份发送，或由管理员在“参数设置”里调大这个上限。"
TOO_SLOW = "这份文件在 {most:g} 秒内没有读完，没有入档。请机构拆成几份发送，或由管理员在“参数设置”里调大这个上限。"


def entries_of(file: StoredFile, limits: Limits | None = None) -> list[Entry]:
    """What a stored document says, patients first, each entry numbered by its place; raises Untranslatable.

    `limits` are for what has not been read yet: what was within them once is read again whatever they are by then.
    """
    with filing.stored_stream(file) as stream:
        if file.layout in TRANSLATORS:
            setup = replace(setup_of(file.source), tick=_tick(limits) if limits else untimed)
            found = TRANSLATORS[file.layout](stream.read(), setup)
        else:
            found = filing.entries(stream, file.layout)
        if limits:
            found = _within(found, limits)
        try:
            numbered = [replace(entry, number=number) for number, entry in enumerate(found)]
        except filing.BreaksOff:
            raise Untranslatable("这份 Bundle 的 JSON 不完整或有错误。请机构重新发送。") from None
    return sorted(numbered, key=lambda entry: kind_of(entry) != "Patient")


def _within(found: Iterator[Entry], limits: Limits) -> Iterator[Entry]:
    tick = _tick(limits)
    for number, entry in enumerate(found):
        if number >= limits.document_entries:
            raise Untranslatable(TOO_MANY.format(most=limits.document_entries))
        tick()
        yield entry


def _tick(limits: Limits) -> Tick:
    """What raises Untranslatable once a document has taken too long, from now on."""
    end = time.monotonic() + limits.document_seconds

    def tick() -> None:
        if time.monotonic() > end:
            raise Untranslatable(TOO_SLOW.format(most=limits.document_seconds))

    return tick


def kind_of(entry: Entry) -> str:
    """What kind of resource an entry holds; nothing where it holds none."""
    return str(entry.resource.get("resourceType", "")) if isinstance(entry.resource, dict) else ""


def neighbours_of(entries: list[Entry]) -> Neighbours:
    """What came in the same document, for references that lead there."""
    neighbours = Neighbours()
    for entry in _with_resource(entries):
        remember(neighbours, entry.resource, entry.address)
    return neighbours


def _with_resource(entries: list[Entry]) -> Iterator[Entry]:
    return (entry for entry in entries if isinstance(entry.resource, dict))


def setup_of(source: Source) -> Setup:
    """What a translator may know of a source: who sends, and its settings today."""
    return Setup(
        facility_code=source.facility.code,
        facility_name=source.facility.name,
        charset=str(source.options.get("charset", "")),
        columns=source.options.get("columns", {}),
    )
