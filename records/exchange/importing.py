"""A run over a file: kept first, read through once for names, then applied, patients before everything else."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from uuid import UUID

from records.exchange import filing
from records.exchange.bundles import Entry
from records.exchange.filing import BadFile, Contents, Handed
from records.exchange.messages import broken
from records.exchange.models import Pull, StoredFile
from records.exchange.runs import Clock, Run, Watch, running

BATCH = 100
BROKEN_OFF = "文件的 JSON 从第 {number} 条起不完整或有错误，这之前的内容已经入档。请机构重新导出文件。"


def import_file(path: Path, source_id: UUID, *, clock: Clock, watch: Watch = lambda progress: None) -> Pull:
    """Bring a file's messages into the ledger and the records; returns the finished run.

    Raises BadFile for a file that cannot be taken, AlreadyRunning while the source is busy. A second import of the
    same file adds nothing, and finishes what an interrupted one left.
    """
    now = clock()
    handed = filing.hand_over(path, now)
    contents = _surveyed(handed)
    with running(source_id, clock, watch) as run:
        run.progress.total = contents.entries + contents.breaks_off
        file = filing.keep(handed, run.source, now)
        for patients in (True, False):
            _one_pass(run, handed, file, contents, patients=patients)
        if contents.breaks_off:
            _hold_the_rest(run, handed, file, contents)
        return run.close(Pull.Outcome.SUCCEEDED)


def _surveyed(handed: Handed) -> Contents:
    with handed.path.open("rb") as stream:
        contents = filing.survey(stream, handed.layout, handed.longest_line)
    if not contents.entries:
        raise BadFile(
            f"文件 {handed.path.name} 里没有找到 FHIR 资源。请提供 FHIR R4 Bundle 文件，或每行一条资源的 NDJSON 文件。"
        )
    return contents


def _one_pass(run: Run, handed: Handed, file: StoredFile, contents: Contents, *, patients: bool) -> None:
    """Store and apply either the patients of the file or all the rest."""
    with handed.path.open("rb") as stream:
        entries = filing.entries(stream, handed.layout, handed.longest_line)
        whole = islice(entries, contents.entries)
        chosen = (entry for entry in whole if _is_patient(entry) == patients)
        for batch in batches(chosen):
            run.receive(batch, contents.neighbours, file=file, cursor={})


def _is_patient(entry: Entry) -> bool:
    return isinstance(entry.resource, dict) and entry.resource.get("resourceType") == "Patient"


def batches(entries: Iterator[Entry], size: int = BATCH) -> Iterator[list[Entry]]:
    """Some entries at a time."""
    while batch := list(islice(entries, size)):
        yield batch


def _hold_the_rest(run: Run, handed: Handed, file: StoredFile, contents: Contents) -> None:
    """What follows the break is one message that nobody can read; the whole file is kept."""
    explanation = BROKEN_OFF.format(number=contents.entries + 1)
    rest = broken(b"", contents.entries, explanation, handed.sha256)
    run.take([rest], contents.neighbours, file=file, cursor={})
