"""One row of a table understood: whose it is, of which report, and the results it carries."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from records.exchange.tables import cells
from records.exchange.tables.cells import Cell
from records.exchange.tables.fields import FIELDS, LONG, WORDS_OF
from records.exchange.tables.plan import Item, Plan, folded
from records.exchange.tables.problems import BadRow
from residents import documents

_NAMING = ("patient_number", "report_number", "patient_authority")
_LEGACY = 15
_DOCUMENT = 18


@dataclass(frozen=True)
class Result:
    """One result as the table has it."""

    code: str
    name: str
    value: str
    loinc: str = ""
    order: str = ""
    unit: str = ""
    range: str = ""
    low: str = ""
    high: str = ""
    flag: str = ""
    specimen: str = ""
    method: str = ""
    sampled: str = ""
    reported: str = ""
    updated: str = ""
    status: str = "final"


@dataclass(frozen=True)
class Line:
    """One row: `patient` and `report` are the keys by which rows belong together."""

    number: int = field(compare=False)
    patient: tuple[str, ...]
    report: str
    person: tuple[tuple[str, str], ...]
    said: tuple[tuple[str, str], ...]
    results: tuple[Result, ...]

    def get(self, name: str) -> str:
        """What the row says of the report as a whole."""
        return dict(self.said).get(name, "")


@dataclass
class Reader:
    """Reads the rows of one table by its mapping."""

    plan: Plan
    places: Mapping[str, int]
    width: int
    _columns: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        named = {*self.plan.columns, *self.plan.constants}
        columns = self.plan.columns
        self._columns = {
            name: [self.places[folded(column)] for column in columns.get(name, ())] for name in FIELDS if name in named
        }

    def line(self, number: int, row: Sequence[Cell]) -> Line:
        """The row understood; raises BadRow with a sentence for whoever exported it."""
        if any(cells.text(cell) for cell in row[self.width :]):
            raise BadRow("这一行比表头多出内容，可能是引号或分隔符错位。")
        said = {name: value for name in self._columns if (value := self._value(name, row))}
        _one_of(said, ("patient_number", "document_number"), "没有患者编号，也没有身份证号，不知道是谁的结果。")
        _one_of(said, ("report_number",), "没有报告编号。")
        results = self._long(said) if self.plan.layout == LONG else self._wide(row, said)
        if not results and not said.get("findings") and not said.get("impression"):
            raise BadRow("这一行没有结果，也没有所见或意见。")
        report = said["report_number"]
        person = tuple((name, said[name]) for name in ("document_number", "name", "sex", "birth_date") if name in said)
        kept = tuple((name, said[name]) for name in _OF_REPORT if name in said)
        return Line(number, _patient(said, report), report, self._born(person), kept, results)

    def report_number(self, row: Sequence[Cell]) -> str:
        """Of which report a row is that cannot be taken; nothing where it does not even say that."""
        try:
            return self._value("report_number", row)
        except BadRow:
            return ""

    def item(self, row: Sequence[Cell]) -> str:
        """Which item a row of a long table is about, by its code or else its name; nothing where it does not say."""
        for name in ("item_code", "item_name"):
            with suppress(BadRow):
                if said := self._value(name, row) if name in self._columns else "":
                    return said
        return ""

    def _value(self, name: str, row: Sequence[Cell]) -> str:
        """What the columns of a field say: dates as FHIR writes them, words by the source's own list."""
        label = FIELDS[name].label
        found = [row[place] for place in self._columns[name] if place < len(row)]
        found = [cell for cell in found if cells.text(cell) not in self.plan.blanks]
        if not found:
            return self._word(name, self.plan.constants.get(name, ""))
        if FIELDS[name].is_time:
            return cells.moment_of(_joined(found), label, self.plan.date_formats)
        if name == "document_number":
            return cells.document_of(found[0], label)
        if name in _NAMING:
            return "-".join(cells.number_of(cell, label) for cell in found)
        return self._word(name, " ".join(cells.checked(cell, label) for cell in found))

    def _word(self, name: str, said: str) -> str:
        """A word with a meaning; one that nobody has given a meaning is a bad row, but for a flag that is shown."""
        own, usual = self.plan.values.get(name, {}), WORDS_OF.get(name)
        if not said or (not own and usual is None):
            return said
        meaning = own.get(folded(said)) or (usual or {}).get(said.strip().casefold())
        if meaning is None and name in ("sex", "report_status"):
            raise BadRow(f"“{FIELDS[name].label}”的写法门户不认识，请在列对照的 values 里写明它的意思。")
        return meaning or said

    def _born(self, person: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """The birth date from the ID number, where the source's mapping says so and the row has none."""
        said = dict(person)
        number = said.get("document_number", "")
        if not self.plan.birth_date_from_document or "birth_date" in said or not number[:-1].isdigit():
            return person
        longer = documents.from_legacy(number) if len(number) == _LEGACY else number
        if len(longer) != _DOCUMENT:
            return person
        day = f"{longer[6:10]}-{longer[10:12]}-{longer[12:14]}"
        return (*person, ("birth_date", day))

    def _long(self, said: dict[str, str]) -> tuple[Result, ...]:
        code, name, value = (said.get(key, "") for key in ("item_code", "item_name", "result"))
        if not code and not name:
            if value:
                raise BadRow("有结果，但没有项目名称和项目编码。")
            return ()
        if not value and said.get("report_status") not in ("cancelled", "entered-in-error"):
            raise BadRow("有项目，但没有结果。")
        return (
            Result(
                code=code,
                name=name or code,
                value=value,
                loinc=said.get("item_loinc", ""),
                order=said.get("item_order", ""),
                range=said.get("range", ""),
                low=said.get("range_low", ""),
                high=said.get("range_high", ""),
                flag=said.get("flag", ""),
                unit=said.get("unit", ""),
                **_of_row(said),
            ),
        )

    def _wide(self, row: Sequence[Cell], said: dict[str, str]) -> tuple[Result, ...]:
        found = (self._item(item, place, row, said) for place, item in enumerate(self.plan.items))
        return tuple(result for result in found if result)

    def _item(self, item: Item, order: int, row: Sequence[Cell], said: dict[str, str]) -> Result | None:
        value = self._cell(item.column, item.name, row)
        if not value or value in self.plan.blanks:
            return None
        flag = self._word("flag", self._cell(item.flag_column, item.name, row)) if item.flag_column else ""
        return Result(
            code=item.code,
            name=item.name,
            value=value,
            loinc=item.loinc,
            order=str(order),
            unit=item.unit,
            range=item.range,
            flag=flag,
            **_of_row(said),
        )

    def _cell(self, column: str, label: str, row: Sequence[Cell]) -> str:
        place = self.places[folded(column)]
        return cells.checked(row[place], label) if place < len(row) else ""


_OF_REPORT = (
    *("report_title", "report_category", "report_status", "specimen", "sampled_at", "reported_at", "updated_at"),
    *("performing_facility", "performing_facility_code", "reporting_facility", "reporting_facility_code"),
    *("reporting_doctor", "findings", "impression"),
)


def _of_row(said: dict[str, str]) -> dict[str, Any]:
    """What a row says of each of its results."""
    return {
        "specimen": said.get("specimen", ""),
        "method": said.get("method", ""),
        "sampled": said.get("sampled_at", ""),
        "reported": said.get("reported_at", ""),
        "updated": said.get("updated_at", ""),
        "status": said.get("report_status", "final"),
    }


def _patient(said: dict[str, str], report: str) -> tuple[str, ...]:
    """By what a patient is known: the local number and whose it is, or the report where there is no number.

    A number that is an ID number names nobody here: identifiers are shown to staff, ID numbers are not.
    """
    number = said.get("patient_number", "")
    if not number or cells.is_document(number):
        return ("report", "", report)
    authority = said.get("patient_authority", "")
    return (authority, number) if authority else (number,)


def _one_of(said: dict[str, str], names: tuple[str, ...], sentence: str) -> None:
    if not any(said.get(name) for name in names):
        raise BadRow(sentence)


def _joined(found: list[Cell]) -> Cell:
    """A date and a time in two columns are one moment."""
    return found[0] if len(found) == 1 else " ".join(_day_or_clock(cell) for cell in found)


def _day_or_clock(cell: Cell) -> str:
    said = cells.text(cell)
    return said[11:] if said.startswith("1899-12-3") and "T" in said else said
