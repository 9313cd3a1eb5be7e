"""The columns of a wide table that are items: a line of boxes for each column of the sample."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from records.exchange.tables.fields import FIELDS
from records.exchange.tables.plan import LONGEST_WORD, folded

# So many boxes fit into one request (DATA_UPLOAD_MAX_NUMBER_FIELDS).
MOST = 100
PARTS = ("name", "code", "unit", "range", "loinc")
_KNOWN = frozenset(folded(header) for one in FIELDS.values() for header in one.headers)
# 白细胞(10^9/L): the unit in brackets behind the name.
_WITH_UNIT = re.compile(r"(.+?)\s*[(（]([^()（）]{1,20})[)）]\s*")


@dataclass(frozen=True)
class ItemLine:
    """A column, whether it is an item, and what is known of it."""

    column: str
    carried: BoundField
    is_item: BoundField
    parts: list[BoundField]
    flag: BoundField


class ItemRows:
    """The lines of a form; `given` are the items of the mapping in force, by their columns."""

    def __init__(self, form: Any, header: Sequence[str], given: Sequence[Mapping[str, str]]) -> None:
        self.form = form
        known = {folded(item.get("column", "")): item for item in given}
        absent = [item["column"] for item in given if folded(item.get("column", "")) not in set(map(folded, header))]
        self.columns = [*header, *absent][:MOST]
        # Until the page has shown these boxes, nobody has left them empty.
        unasked = form.is_bound and "i_0_column" not in form.data
        for place, column in enumerate(self.columns):
            self._add(place, column, known.get(folded(column)), draft=not known)
        if unasked:
            shown = ((name, form.fields[name].initial) for name in form.fields if name.startswith("i_"))
            form.data |= {name: initial for name, initial in shown if initial}

    def _add(self, place: int, column: str, item: Mapping[str, str] | None, *, draft: bool) -> None:
        fields, key = self.form.fields, f"i_{place}"
        said = item or _guess(column)
        fields[f"{key}_column"] = forms.CharField(initial=column, widget=forms.HiddenInput, required=False)
        fields[f"{key}_on"] = forms.BooleanField(
            label=_("“%(column)s”是检验项目") % {"column": column},
            initial=item is not None or (draft and folded(column) not in _KNOWN),
            required=False,
        )
        labels = {"name": _("名称"), "code": _("编码"), "unit": _("单位"), "range": _("参考区间"), "loinc": "LOINC"}
        for part in PARTS:
            fields[f"{key}_{part}"] = forms.CharField(
                label=f"{column}：{labels[part]}",
                initial=said.get(part, ""),
                max_length=LONGEST_WORD,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": labels[part]}),
            )
        flag = said.get("flag_column", "")
        fields[f"{key}_flag"] = forms.ChoiceField(
            label=_("%(column)s：高低提示的列") % {"column": column},
            choices=self.form.columns(str(self.form.data.get(f"{key}_flag", "")) if self.form.is_bound else flag),
            initial=flag,
            required=False,
        )

    def lines(self) -> Iterator[ItemLine]:
        """A line for each column of the sample."""
        form = self.form
        for place, column in enumerate(self.columns):
            key = f"i_{place}"
            parts = [form[f"{key}_{part}"] for part in PARTS]
            yield ItemLine(column, form[f"{key}_column"], form[f"{key}_on"], parts, form[f"{key}_flag"])

    def said(self) -> list[dict[str, str]]:
        """The items as the mapping has them; a column without a name of its own is called by its header."""
        found = []
        for line in self.lines():
            column = self.form.value(line.carried.name)
            if not line.is_item.value() or not column:
                continue
            item = {part: self.form.value(box.name) for part, box in zip(PARTS, line.parts, strict=True)}
            item |= {"column": column, "name": item["name"] or column, "flag_column": self.form.value(line.flag.name)}
            found.append({part: value for part, value in item.items() if value})
        return found


def _guess(column: str) -> dict[str, str]:
    found = _WITH_UNIT.fullmatch(column)
    return {"name": found[1], "unit": found[2]} if found else {"name": column}
