"""A run over a file: kept first, read through once for names, then applied.

Patients come before what speaks of them: where the file has another order, it is gone through for them alone first.
"""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from uuid import UUID

from records.exchange import filing
from records.exchange.bundles import Entry
from records.exchange.filing import BadFile, Contents, Handed
from records.exchange.messages import broken
from records.exchange.models import Pull, StoredFile
from records.exchange.ordering import batches
from records.exchange.runs import Clock, Run, Watch, running

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
        if contents.introduces_first:
            _one_pass(run, handed, file, contents, lambda entry: True)
        else:
            _one_pass(run, handed, file, contents, _is_patient)
            _one_pass(run, handed, file, contents, lambda entry: not _is_patient(entry))
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


def _one_pass(run: Run, handed: Handed, file: StoredFile, contents: Contents, chosen: Callable[[Entry], bool]) -> None:
    """Store and apply the chosen entries of the file."""
    with handed.path.open("rb") as stream:
        entries = filing.entries(stream, handed.layout, handed.longest_line)
        whole = islice(entries, contents.entries)
        for batch in batches(filter(chosen, whole), position=stream.tell):
            run.receive(batch, contents.neighbours, file=file, cursor={})


def _is_patient(entry: Entry) -> bool:
    return isinstance(entry.resource, dict) and entry.resource.get("resourceType") == "Patient"


def _hold_the_rest(run: Run, handed: Handed, file: StoredFile, contents: Contents) -> None:
    """What follows the break is one message that nobody can read; the whole file is kept."""
    explanation = BROKEN_OFF.format(number=contents.entries + 1)
    rest = broken(b"", contents.entries, explanation, handed.sha256)
    run.take(rest, file=file)
