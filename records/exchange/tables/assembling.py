"""Rows put together: patients and reports, whatever the order of the rows; rows that contradict each other are bad."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from records.exchange.tables.grids import Table
from records.exchange.tables.lines import Line, Reader, Result
from records.exchange.tables.plan import Plan
from records.exchange.tables.problems import BadRow
from records.exchange.translating import Tick, untimed
from residents.documents import from_legacy

PERSONAL = ("document_number", "name", "sex", "birth_date")
Key = TypeVar("Key", bound=Hashable)
_LEGACY = 15
_TWO_PEOPLE = "同一患者编号在表中有不同的姓名、性别、出生日期或证件号码，不能确定是谁。"
_TWO_PATIENTS = "同一报告编号出现在不同患者名下，不能确定是谁的报告。"
_TWO_RESULTS = "同一份报告里同一项目有两个不同的结果，不能确定哪一个是对的。"


@dataclass
class Report:
    """The rows of one report; `torn` where a row of it cannot be taken, so that it is not the whole report."""

    number: str
    lines: list[Line]
    torn: bool = False

    def values(self, name: str) -> list[str]:
        """The different things its newest rows say of one field, in an order that does not depend on theirs."""
        saying = [line for line in self.lines if line.get(name)]
        newest = max((line.get("updated_at") for line in saying), default="")
        return sorted({line.get(name) for line in saying if line.get("updated_at") == newest})

    def results(self) -> list[Result]:
        """Its results, each once, as they are printed where the table has an order."""
        found = newest_of(result for line in self.lines for result in line.results)
        return sorted(found, key=lambda one: (_place(one.order), one.code, one.name, one.sampled, repr(one)))


@dataclass
class Assembled:
    """A table put together: who, what, and which rows are bad (by number, with the reason)."""

    patients: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    bad: dict[int, str] = field(default_factory=dict)


def assemble(table: Table, plan: Plan, tick: Tick = untimed) -> Assembled:
    """Everything the table says; never raises for a row. What `tick` raises, when time is up, goes through."""
    reader = Reader(plan, table.places(), len(table.header))
    bad: dict[int, str] = {}
    lines: list[Line] = []
    for number, row in table.rows:
        tick()
        try:
            lines.append(reader.line(number, row))
        except BadRow as problem:
            bad[number] = problem.sentence
    torn = _unread_reports(table, reader, bad)
    for rule in (_one_patient_each, _one_person_each, _one_result_each):
        tick()
        lines, contradicted = rule(lines, bad)
        torn |= contradicted
    return Assembled(_patients(lines), _reports(lines, torn), bad)


def _unread_reports(table: Table, reader: Reader, bad: dict[int, str]) -> set[str]:
    """The reports of which a row could not be read, as far as the row still says which."""
    torn: set[str] = set()
    for number, row in table.rows:
        if number in bad:
            number_of_report = reader.report_number(row)
            torn |= {number_of_report} if number_of_report else set()
    return torn


def _one_patient_each(lines: list[Line], bad: dict[int, str]) -> tuple[list[Line], set[str]]:
    by_report = _grouped(lines, lambda line: line.report)
    wrong = {report for report, some in by_report.items() if len({line.patient for line in some}) > 1}
    return _without(lines, bad, lambda line: line.report in wrong, _TWO_PATIENTS), wrong


def _one_person_each(lines: list[Line], bad: dict[int, str]) -> tuple[list[Line], set[str]]:
    by_patient = _grouped(lines, lambda line: line.patient)
    wrong = {patient for patient, some in by_patient.items() if _differ(some)}
    torn = {line.report for line in lines if line.patient in wrong}
    return _without(lines, bad, lambda line: line.patient in wrong, _TWO_PEOPLE), torn


def _differ(lines: Iterable[Line]) -> bool:
    said: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        for name, value in line.person:
            said[name].add(_comparable(name, value))
    return any(len(values) > 1 for values in said.values())


def _comparable(name: str, value: str) -> str:
    if name == "document_number" and len(value) == _LEGACY and value.isascii() and value.isdigit():
        return from_legacy(value)
    return "".join(value.split())


def _one_result_each(lines: list[Line], bad: dict[int, str]) -> tuple[list[Line], set[str]]:
    wrong: set[tuple[str, Result]] = set()
    for report, some in _grouped(lines, lambda line: line.report).items():
        found = newest_of(result for line in some for result in line.results)
        wrong |= {(report, result) for result, key in keyed(found).items() if key is None}
    torn = {report for report, _ in wrong}
    return _without(
        lines, bad, lambda line: any((line.report, result) in wrong for result in line.results), _TWO_RESULTS
    ), torn


def newest_of(results: Iterable[Result]) -> set[Result]:
    """Each result once; of one that was changed, the version that was written last."""
    groups = _grouped(set(results), lambda one: (one.code, one.name, one.sampled))
    found: set[Result] = set()
    for some in groups.values():
        newest = max(_written(one) for one in some)
        found |= {one for one in some if _written(one) == newest}
    return found


def _written(result: Result) -> tuple[str, str]:
    return result.updated, result.reported


def keyed(results: Iterable[Result]) -> dict[Result, tuple[str, ...] | None]:
    """By what each result of a report is told from the others; None for two that cannot be told apart.

    Its code (or name) alone where that is enough, so that a corrected value keeps its key; else its name and time.
    """
    made: dict[Result, tuple[str, ...] | None] = {}
    ways: Sequence[Callable[[Result], tuple[str, ...]]] = (
        lambda one: (one.code or one.name,),
        lambda one: (one.code or one.name, one.name),
        lambda one: (one.code or one.name, one.name, one.sampled),
    )
    left = set(results)
    for way in ways:
        groups = _grouped(left, way)
        made |= {some[0]: key for key, some in groups.items() if len(some) == 1}
        left = {one for some in groups.values() if len(some) > 1 for one in some}
    return made | dict.fromkeys(left)


def _without(lines: list[Line], bad: dict[int, str], is_wrong: Callable[[Line], bool], sentence: str) -> list[Line]:
    bad |= {line.number: sentence for line in lines if is_wrong(line)}
    return [line for line in lines if not is_wrong(line)]


def _patients(lines: list[Line]) -> dict[tuple[str, ...], dict[str, str]]:
    """What is said of each patient: by all rows together, the longer of two forms of one number."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for line in lines:
        person = found.setdefault(line.patient, {})
        for name, value in line.person:
            person[name] = max(person.get(name, ""), value, key=lambda one: (len(one), one))
    return dict(sorted(found.items()))


def _reports(lines: list[Line], torn: set[str]) -> list[Report]:
    grouped = _grouped(lines, lambda line: line.report)
    # A row that repeats another one says nothing more; an export that went wrong repeats one a hundred thousand times.
    return [Report(number, list(dict.fromkeys(grouped[number])), number in torn) for number in sorted(grouped)]


Thing = TypeVar("Thing")


def _grouped(things: Iterable[Thing], key: Callable[[Thing], Key]) -> dict[Key, list[Thing]]:
    groups: dict[Key, list[Thing]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return groups


def _place(order: str) -> tuple[bool, int]:
    return not order.isdecimal(), int(order) if order.isdecimal() else 0
