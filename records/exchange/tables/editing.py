"""The form in which staff say which column is what; what it says is a mapping as `plan` reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.exchange.tables.choosing import CHARSETS, GROUPS, IN_TWO, LABELS, LAYOUTS, MEANINGS, SEPARATORS
from records.exchange.tables.fields import CONSTANTS, FIELDS, ITEM_FIELDS, LONG, WIDE
from records.exchange.tables.itemising import ItemRows
from records.exchange.tables.plan import LONGEST_WORD, folded
from records.exchange.tables.suggesting import suggest

Mapped = Mapping[str, Any]
MOST_WORDS = 20


@dataclass(frozen=True)
class Line:
    """One field of the portal: the columns it is made of, and what stands there where the table has none."""

    label: Promise
    columns: list[BoundField]
    fixed: BoundField | None

    @property
    def first(self) -> BoundField:
        """The column that most tables have."""
        return self.columns[0]

    @property
    def others(self) -> list[BoundField]:
        """Further columns, and the fixed content."""
        return [*self.columns[1:], *([self.fixed] if self.fixed else [])]

    @property
    def is_more(self) -> bool:
        """Whether one of the others is in use."""
        return any(box.value() for box in self.others)


@dataclass(frozen=True)
class Group:
    """Fields that stand together; open where one of them is in use."""

    title: Promise
    lines: list[Line]

    @property
    def open(self) -> bool:
        """Whether there is something in it to look at."""
        return any(line.first.value() or line.is_more for line in self.lines)


@dataclass(frozen=True)
class Word:
    """How a facility writes something, and what it means."""

    label: Promise
    said: str
    carried: BoundField
    meaning: BoundField


class ColumnsForm(forms.Form):
    """A mapping as selects and boxes. Unbound it shows `mapping`; `header` are the columns of the sample."""

    charset = forms.ChoiceField(label=gettext_lazy("字符集"), choices=CHARSETS, required=False)
    separator = forms.ChoiceField(label=gettext_lazy("分隔符"), choices=SEPARATORS, required=False)
    sheet = forms.ChoiceField(label=gettext_lazy("工作表"), required=False)
    header_row = forms.IntegerField(
        label=gettext_lazy("表头在第几行"),
        help_text=gettext_lazy("不填就自动找；上面的标题行会跳过。"),
        min_value=1,
        max_value=1000,
        required=False,
    )
    layout = forms.ChoiceField(label=gettext_lazy("表格的样子"), choices=LAYOUTS, required=False)
    date_formats = forms.CharField(
        label=gettext_lazy("日期格式"),
        help_text=gettext_lazy("一行一种，例如 DD/MM/YYYY HH:mm。按年、月、日写的不用填；填了就只按它读。"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONGEST_WORD,
        required=False,
    )
    blanks = forms.CharField(
        label=gettext_lazy("哪些写法表示“没有”"),
        help_text=gettext_lazy("用空格隔开，例如 - /"),
        max_length=LONGEST_WORD,
        required=False,
    )
    decimal_comma = forms.BooleanField(label=gettext_lazy("小数点写成逗号（5,60）"), required=False)
    birth_date_from_document = forms.BooleanField(
        label=gettext_lazy("没有出生日期时，从身份证号取（少一项核对）"), required=False
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        header: Sequence[str],
        sheets: Sequence[str],
        mapping: Mapped,
        charset: str,
    ) -> None:
        super().__init__(None if data is None else data.dict(), initial=_initial(mapping, charset))
        self.before = mapping
        self.header = [name for name in header if name]
        sheet = self._said("sheet", str(mapping.get("sheet", "")))
        self._choices("sheet", [("", gettext_lazy("自动")), *((name, name) for name in _with(sheets, sheet))])
        for name in FIELDS:
            self._add_field(name)
        self.items = ItemRows(self, self.header, mapping.get("items", []))

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _said(self, name: str, otherwise: str) -> str:
        return str(self.data.get(name, "")) if self.is_bound else otherwise

    def _add_field(self, name: str) -> None:
        given = self.before.get("columns", {}).get(name, [])
        columns = [given] if isinstance(given, str) else list(given)
        count = max(2 if name in IN_TWO else 1, len(columns))
        for turn in range(count):
            key, initial = f"c_{name}_{turn}", columns[turn] if turn < len(columns) else ""
            label = _("“%(field)s”的列") if not turn else _("“%(field)s”再加一列")
            self.fields[key] = forms.ChoiceField(
                label=label % {"field": LABELS[name]},
                choices=self.columns(self._said(key, initial)),
                initial=initial,
                required=False,
            )
        if name in CONSTANTS:
            self.fields[f"k_{name}"] = forms.CharField(
                label=_("“%(field)s”总是") % {"field": LABELS[name]},
                initial=self.before.get("constants", {}).get(name, ""),
                max_length=LONGEST_WORD,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": _("没有这一列时，总是…")}),
            )

    def columns(self, chosen: str) -> list[tuple[str, str]]:
        """The columns to choose from; one that the sample has not is said to be missing."""
        same = {folded(name): name for name in self.header}
        missing = [(chosen, _("%(column)s（样本里没有）") % {"column": chosen})] if folded(chosen) not in same else []
        known = [(chosen if folded(name) == folded(chosen) else name, name) for name in self.header]
        return [("", _("没有")), *known, *(missing if chosen else [])]

    def groups(self) -> Iterator[Group]:
        """The fields of the portal as they stand on the page; items are elsewhere where each has its own column."""
        hidden = set(ITEM_FIELDS) if self.shape() == WIDE else set()
        for title, names in GROUPS:
            yield Group(title, [self._line(name) for name in names if name not in hidden])

    def _line(self, name: str) -> Line:
        columns = [self[key] for key in self.fields if key.startswith(f"c_{name}_") and key[len(name) + 3 :].isdigit()]
        return Line(LABELS[name], columns, self[f"k_{name}"] if name in CONSTANTS else None)

    def ask(self, words: Mapping[str, Sequence[str]]) -> list[Word]:
        """Boxes for how the facility writes what has a meaning: what was said so far, and `words` nobody explained."""
        asked = []
        for name, choices in MEANINGS.items():
            known = self._meanings(name)
            fresh = [word for word in words.get(name, ()) if folded(word) not in {folded(one) for one in known}]
            for turn, word in enumerate([*known, *fresh][:MOST_WORDS]):
                asked.append(self._word(name, turn, word, known.get(word, ""), choices))
        return asked

    def _word(self, name: str, turn: int, word: str, meaning: str, choices: Any) -> Word:
        said, means = f"w_{name}_{turn}", f"v_{name}_{turn}"
        self.fields[said] = forms.CharField(initial=word, widget=forms.HiddenInput)
        label = _("“%(word)s”的意思") % {"word": word}
        every = [("", _("不认识")), *choices]
        self.fields[means] = forms.ChoiceField(label=label, choices=every, initial=meaning, required=False)
        return Word(LABELS[name], word, self[said], self[means])

    def _meanings(self, name: str) -> dict[str, str]:
        """What the facility's words for a field mean, by the page or else by the mapping."""
        if not self.is_bound:
            return dict(self.before.get("values", {}).get(name, {}))
        pairs = ((self.data.get(f"w_{name}_{turn}"), self.data.get(f"v_{name}_{turn}")) for turn in range(MOST_WORDS))
        allowed = {code for code, _label in MEANINGS[name]}
        return {str(word)[:LONGEST_WORD]: str(meaning) for word, meaning in pairs if word and meaning in allowed}

    def mapping(self) -> dict[str, Any]:
        """What the page says, as it is stored: only what is not left to the portal."""
        made: dict[str, Any] = {"layout": self.shape(), **self.reading()}
        made["columns"] = dict(self._columns())
        made["constants"] = {name: said for name in CONSTANTS if (said := self.value(f"k_{name}"))}
        own = {name: words for name, words in self.before.get("values", {}).items() if name not in MEANINGS}
        made["values"] = own | {name: words for name in MEANINGS if (words := self._meanings(name))}
        made["date_formats"] = [line.strip() for line in self.value("date_formats").splitlines() if line.strip()]
        made["blanks"] = self.value("blanks").split()
        for name in ("decimal_comma", "birth_date_from_document"):
            made[name] = bool(self[name].value())
        made["items"] = self.items.said() if made["layout"] == WIDE else []
        if made["layout"] == LONG:
            del made["layout"]
        return {name: value for name, value in made.items() if value or name == "columns"}

    def reading(self) -> dict[str, Any]:
        """How the sample is to be read before anything is known of its columns."""
        row = self.value("header_row")
        said: dict[str, Any] = {"sheet": self.value("sheet"), "separator": self.value("separator")}
        said["header_row"] = int(row) if row.isdecimal() and 0 < int(row) <= 1000 else 0
        return {name: value for name, value in said.items() if value}

    def shape(self) -> str:
        """Long or wide."""
        return WIDE if self.value("layout") == WIDE else LONG

    def _columns(self) -> Iterator[tuple[str, Any]]:
        for name in FIELDS:
            if name in ITEM_FIELDS and self.shape() == WIDE:
                continue
            chosen = [str(box.value() or "") for box in self._line(name).columns]
            names = list(dict.fromkeys(filter(None, chosen)))
            if names:
                yield name, names[0] if len(names) == 1 else names

    def value(self, name: str) -> str:
        """What stands in a box, a tab kept."""
        said = self[name].value()
        text = "" if said is None else str(said)
        return text if name == "separator" else text.strip()


def _initial(mapping: Mapped, charset: str) -> dict[str, Any]:
    said = {name: mapping.get(name, "") for name in ("separator", "sheet", "header_row", "layout")}
    said |= {name: mapping.get(name, False) for name in ("decimal_comma", "birth_date_from_document")}
    said["charset"] = next((code for code, _label in CHARSETS if code and _alike(code, charset)), "")
    said["date_formats"], said["blanks"] = (
        "\n".join(mapping.get("date_formats", [])),
        " ".join(mapping.get("blanks", [])),
    )
    said["header_row"] = said["header_row"] or None
    return said | {"layout": said["layout"] or LONG}


def _alike(code: str, charset: str) -> bool:
    """Whether a source's own setting means this choice, however it is written."""
    plain = charset.upper().replace("-", "").replace("_", "")
    return plain == code.replace("-", "") or (code == "GB18030" and plain in {"GBK", "GB2312", "CP936"})


def _with(names: Sequence[str], chosen: str) -> list[str]:
    return [*names, *([chosen] if chosen and chosen not in names else [])]


def draft(saved: Mapped, header: Sequence[str]) -> Mapped:
    """What the page begins with: the mapping in force, else a suggestion from the header."""
    return saved or suggest(header)
