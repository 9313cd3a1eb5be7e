"""Reading lists of facilities, departments and staff from CSV files as offices really write them.

UTF-8 with or without a byte-order mark, else GB18030 (Excel's "CSV" on Chinese Windows); full-width digits and
letters folded; each row judged by itself. A file is refused as a whole when its shape is wrong, row by row otherwise.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

REASON = "原因"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
LARGEST_FILE = 5 * 1024 * 1024
# Full-width digits and letters become plain ones, full-width blanks too; Chinese punctuation in names stays.
FOLD = {code: code - 0xFEE0 for span in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)) for code in
        range(span[0], span[1] + 1)} | {0x3000: 0x20, 0xA0: 0x20, 0xFF0D: 0x2D, 0xFF3F: 0x5F}  # fmt: skip


class CannotRead(Exception):
    """The file as a whole cannot be used; the text says why and what to do."""


class RowError(Exception):
    """One row cannot be used; the text is its reason in plain words."""


@dataclass(frozen=True)
class Row:
    """One line of the file: its number as an editor shows it, and its cells by column."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def number_in(self, column: str, default: int) -> int:
        """The cell as a whole number, or the default when it is empty; raises RowError for anything else."""
        text = self.cells[column] or str(default)
        if not (text.isascii() and text.isdigit() and len(text) < 7):
            raise RowError(_("“%(column)s”应为整数，现在是“%(text)s”。") % {"column": column, "text": text[:20]})
        return int(text)

    def choice(self, column: str, choices: type[models.TextChoices]) -> str:
        """The cell as one of `choices`, written as its Chinese name or its code; raises RowError for anything else."""
        text = self.required(column)
        for value, label in choices.choices:
            if text in {value, str(label)}:
                return value
        known = "、".join(str(label) for label in choices.labels)
        raise RowError(
            _("“%(column)s”中的“%(text)s”不认识，应为：%(known)s。")
            % {"column": column, "text": text[:20], "known": known}
        )

    def required(self, column: str) -> str:
        """The cell's text; raises RowError when it is empty."""
        if not self.cells[column]:
            raise RowError(_("“%(column)s”没有填写。") % {"column": column})
        return self.cells[column]

    def check(self, instance: models.Model, columns: dict[str, str]) -> None:
        """Check an instance's fields; raises RowError naming the columns (`columns`: field name to column)."""
        try:
            instance.clean_fields(exclude={field.name for field in instance._meta.fields} - set(columns))
        except ValidationError as error:
            parts = [f"“{columns[name]}”：{' '.join(texts)}" for name, texts in error.message_dict.items()]
            raise RowError(" ".join(parts)) from error


@dataclass
class Outcome:
    """What became of a file: how many rows were added, changed, left alone, and which were refused why."""

    added: int = 0
    changed: int = 0
    repeated: int = 0
    refused: list[tuple[Row, str]] = field(default_factory=list)

    @property
    def applied(self) -> int:
        return self.added + self.changed + self.repeated

    def count(self, what: str) -> None:
        """Note that a row was `added`, `changed` or `repeated`."""
        setattr(self, what, getattr(self, what) + 1)


def rows_of(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file with exactly these columns; raises CannotRead.

    A last column 原因, as in the errors file, is ignored, so that a mended errors file can be read again.
    """
    text = _decoded(path)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise CannotRead(_("文件不是完整的 CSV：%(error)s。请检查引号是否成对。") % {"error": error}) from error
    if not lines:
        raise CannotRead(_("文件是空的。第一行应是表头：%(header)s") % {"header": ",".join(columns)})
    head = [_tidy(cell) for cell in lines[0]]
    if head not in ([*columns], [*columns, REASON]):
        raise CannotRead(
            _("表头与要求的不同。应为：%(expected)s；文件中是：%(found)s")
            % {"expected": ",".join(columns), "found": ",".join(head)[:200]}
        )
    return [_row(number, line, head) for number, line in enumerate(lines[1:], start=2) if any(map(_tidy, line))]


def _row(number: int, line: list[str], head: list[str]) -> Row:
    """A row too short or too long is kept as it is and refused later, with its number."""
    cells = [_tidy(cell) for cell in line] + [""] * (len(head) - len(line))
    row = dict(zip(head, cells, strict=False))
    row.pop(REASON, None)
    if len(line) > len(head) and any(cells[len(head) :]):
        row[REASON] = _("这一行的格数比表头多，请检查多余的逗号。")
    return Row(number, row)


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CannotRead(_("打不开文件 %(path)s：%(error)s") % {"path": path, "error": error.strerror}) from error
    if len(raw) > LARGEST_FILE:
        raise CannotRead(_("文件超过5MB，请分成几个文件。"))
    if raw.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        raise CannotRead(_("这不是 CSV 文件。请在 Excel 中“另存为”，类型选“CSV UTF-8（逗号分隔）”。"))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CannotRead(_("看不出文件的文字编码。请在 Excel 中“另存为”，类型选“CSV UTF-8（逗号分隔）”。"))


def _tidy(cell: str) -> str:
    text = cell.translate(FOLD).strip()
    quoted = text.startswith("'") and text[1:].startswith(FORMULA_SIGNS)
    return text[1:] if quoted else text


def judge(rows: Iterable[Row], apply: Callable[[Row], str | None], outcome: Outcome) -> list[Row]:
    """Hand each row to `apply` and note the refusals with their reasons; returns the rows that passed.

    What `apply` answers (added, changed, repeated) is counted; None is not.
    """
    passed = []
    for row in rows:
        try:
            if reason := row.cells.get(REASON):
                raise RowError(reason)
            if what := apply(row):
                outcome.count(what)
            passed.append(row)
        except RowError as error:
            outcome.refused.append((row, str(error)))
    return passed


def saved(instance: models.Model, fields: dict[str, object]) -> str:
    """Save an instance with these fields if it is new or any of them differs; says added, changed or repeated."""
    if instance._state.adding:
        for name, value in fields.items():
            setattr(instance, name, value)
        instance.save(force_insert=True)
        return "added"
    differing = [name for name, value in fields.items() if getattr(instance, name) != value]
    if not differing:
        return "repeated"
    for name in differing:
        setattr(instance, name, fields[name])
    instance.save(update_fields=differing)
    return "changed"


def write_errors(path: Path, columns: Sequence[str], outcome: Outcome) -> Path:
    """Write the refused rows with their reasons beside the file; returns where. Opens in Excel, runs no formula."""
    target = path.with_name(path.name + ".errors.csv")
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, REASON])
        for row, reason in outcome.refused:
            writer.writerow([harmless(row.cells.get(column, "")) for column in columns] + [harmless(reason)])
    return target


def harmless(cell: str) -> str:
    """`cell` so that a spreadsheet shows it as text: a leading sign of a formula is quoted."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


class Once:
    """Refuses a second row with a key that an earlier row of the file had."""

    def __init__(self) -> None:
        self.seen: dict[object, int] = {}

    def check(self, key: object, row: Row) -> None:
        first = self.seen.setdefault(key, row.number)
        if first != row.number:
            raise RowError(_("与第%(number)d行重复。") % {"number": first})
