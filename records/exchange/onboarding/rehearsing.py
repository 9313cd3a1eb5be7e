"""A rehearsal: today's mapping and matching on the last messages, in a transaction that is always taken back.

What is left is a report of counts: nothing of any person, no value, and nobody's number.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from records.exchange import matching
from records.exchange.bench import Bench
from records.exchange.limits import Limits
from records.exchange.mapping import MAPPINGS, patient
from records.exchange.messages import Message, understand
from records.exchange.mistakes import MISTAKES
from records.exchange.models import Source, SourcePatient
from records.exchange.onboarding.samples import Sample, sample_of
from records.exchange.onboarding.trials import Found
from records.exchange.problems import CannotApply, Reason
from records.exchange.transactions import alias
from records.exchange.values import Facts, Mapped, Neighbours, ObservationFacts
from residents.models import Resident

MOST_CODES, MOST_REASONS = 50, 20
NOTHING = "没有可以试运行的消息。{why}"
NOT_ASKED = "请先让机构发来一些，再试一次。"
EMPTY = "机构的接口里还没有数据。"


@dataclass
class Tally:
    """What became of the messages; every one of them is in exactly one count."""

    residents: list[UUID] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    skipped: int = 0
    repeated: int = 0

    def hold(self, reason: str, explanation: str) -> None:
        """One message that would wait for a person, or for its patient."""
        self.held[reason] += 1
        self.reasons[reason, explanation] += 1

    def note(self, rows: tuple[Facts, ...]) -> None:
        """The local codes for which no standard one is known."""
        for row in rows:
            if isinstance(row, ObservationFacts) and row.local_code and not row.code:
                self.unmapped[row.local_code[:60], row.name[:60]] += 1

    def facts(self) -> dict[str, Any]:
        """The report: looked = matched + new + unknown + held + unreadable + skipped + repeated."""
        known = set(Resident.objects.filter(pk__in=set(self.residents)).values_list("pk", flat=True))
        matched = sum(resident in known for resident in self.residents)
        held = dict(self.held)
        counts = {
            "matched": matched,
            "new": len(self.residents) - matched,
            "unknown": held.pop(Reason.UNKNOWN_SUBJECT.value, 0),
            "unreadable": held.pop(Reason.UNREADABLE.value, 0),
            "skipped": self.skipped,
            "repeated": self.repeated,
        }
        return {
            **counts,
            "looked": sum(counts.values()) + sum(held.values()),
            "held": held,
            "reasons": [[*key, count] for key, count in self.reasons.most_common(MOST_REASONS)],
            "unmapped": [[*key, count] for key, count in self.unmapped.most_common(MOST_CODES)],
            "unmapped_codes": len(self.unmapped),
            "kinds": dict(self.kinds.most_common()),
        }


def rehearse(source: Source, now: datetime) -> Found:
    """Try the last messages of a source; raises PullFailed where they cannot be had."""
    sample = sample_of(source, now)
    tally = Tally()
    for explanation in sample.unreadable:
        tally.hold(Reason.UNREADABLE, explanation)
    with transaction.atomic(using=alias()):
        try:
            _Rehearsal(source, now, sample.neighbours, tally).through(sample)
        finally:
            transaction.set_rollback(True, using=alias())
    # Only after everything has been taken back is it plain who was there before.
    return _judged(tally.facts(), source)


class _Rehearsal:
    """Messages tried one by one, patients first."""

    def __init__(self, source: Source, now: datetime, neighbours: Neighbours, tally: Tally) -> None:
        self._bench = Bench.of(source, now, Limits.at(now))
        self._frame = self._bench.frame(neighbours)
        self._tally = tally
        self._seen: set[tuple[str, str, bytes]] = set()

    def through(self, sample: Sample) -> None:
        for entry in sample.patients:
            self._known(understand(entry, self._bench.now))
        messages = [understand(entry, self._bench.now) for entry in sample.entries]
        for message in sorted(messages, key=lambda one: one.kind != "Patient"):
            self._tally.kinds[message.kind] += 1
            self._tried(message)

    def _known(self, message: Message) -> None:
        """A patient who is not among the messages, and only says whose some of them are."""
        self._attempt(lambda: self._link(message), lambda reason, explanation: None)

    def _tried(self, message: Message) -> None:
        name = (message.kind, message.identifier, message.content)
        if message.problem is not None:
            self._tally.hold(message.problem.reason, message.problem.explanation)
        elif not message.wanted:
            self._tally.skipped += 1
        elif name in self._seen:
            self._tally.repeated += 1
        else:
            self._seen.add(name)
            found = self._attempt(lambda: self._whose(message), self._tally.hold)
            self._tally.residents += [found] if found else []

    def _attempt(self, deed: Callable[[], UUID], otherwise: Callable[[str, str], None]) -> UUID | None:
        """What `deed` finds; what it cannot do is told to `otherwise`, and half-done work taken back."""
        try:
            with transaction.atomic(using=alias()):
                return deed()
        except CannotApply as problem:
            otherwise(problem.reason, problem.explanation)
        except MISTAKES:
            otherwise(Reason.REPEATED_FAILURE, "门户处理这类消息时出错，请联系门户的维护人员。")
        return None

    def _whose(self, message: Message) -> UUID:
        if message.kind == "Patient":
            return self._link(message)
        mapped: Mapped = MAPPINGS[message.kind](message.resource or {}, self._frame)
        self._tally.note(mapped.rows)
        number = mapped.subject.identifier
        links = SourcePatient.objects.filter(source=self._bench.source, identifier=number, unlinked_at=None)
        linked = links.values_list("resident_id", flat=True).first() if number else None
        return matching.resident_of(mapped.subject, linked, self._bench.now)

    def _link(self, message: Message) -> UUID:
        person = patient(message.resource or {}, self._frame)
        return matching.link(person, self._bench.source.pk, message.identifier, self._bench.now)


def _judged(facts: dict[str, Any], source: Source) -> Found:
    """Whether it is fit to go live: something would be filed, and most of it can be read."""
    looked, filed = facts["looked"], facts["matched"] + facts["new"]
    broken = facts["unreadable"] + facts["held"].get(Reason.REPEATED_FAILURE.value, 0)
    if not looked:
        asked = source.kind in (Source.Kind.FHIR_R4, Source.Kind.DICOMWEB, Source.Kind.SQL_VIEW)
        return Found(False, NOTHING.format(why=EMPTY if asked else NOT_ASKED), facts)
    if not filed:
        return Found(False, f"看了 {looked} 条，没有一条能够入档。请按下面的原因处理，再试一次。", facts)
    if broken * 2 > looked:
        return Found(False, f"看了 {looked} 条，一半以上不能读取。请按下面的原因处理，再试一次。", facts)
    waiting = looked - filed - facts["skipped"] - facts["repeated"]
    rest = f"，{waiting} 条要等处理" if waiting else ""
    return Found(True, f"看了 {looked} 条，{filed} 条可以入档{rest}。没有写入任何档案。", facts)
