"""A source's column mapping, read and checked: which column is what, and how it is written."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from records.exchange.tables.dates import Pattern, pattern
from records.exchange.tables.fields import CONSTANTS, FIELDS, ITEM_FIELDS, LONG, WIDE, WORDS_OF
from records.exchange.tables.problems import BadPlan

SEPARATORS = {",", ";", "\t", "|"}
MOST_ITEMS = 300
LONGEST_WORD = 200
KEYS = {
    "layout",
    "sheet",
    "header_row",
    "separator",
    "columns",
    "constants",
    "values",
    "date_formats",
    "decimal_comma",
}
KEYS |= {"items", "birth_date_from_document", "blanks"}
_BLANKS = ("", "NULL", "null", "未做", "未检")


@dataclass(frozen=True)
class Item:
    """A column of a wide table that holds the results of one item, and what is known of the item."""

    column: str
    name: str
    code: str = ""
    loinc: str = ""
    unit: str = ""
    range: str = ""
    flag_column: str = ""


@dataclass(frozen=True)
class Plan:
    """A column mapping; columns by field, each made of one or several columns of the table."""

    layout: str = LONG
    sheet: str = ""
    header_row: int = 0
    separator: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_formats: tuple[Pattern, ...] = ()
    decimal_comma: bool = False
    items: tuple[Item, ...] = ()
    birth_date_from_document: bool = False
    blanks: frozenset[str] = frozenset(_BLANKS)

    def needed(self) -> tuple[str, ...]:
        """The headers a table must have, each as it is compared."""
        mapped = [name for names in self.columns.values() for name in names]
        mapped += [name for item in self.items for name in (item.column, item.flag_column) if name]
        return tuple(dict.fromkeys(folded(name) for name in mapped))


def folded(header: str) -> str:
    """A header as it is compared: width, case, blanks, line breaks and the star of required columns do not matter."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return "".join(plain.split()).strip("*:\ufeff")


def read_plan(given: Mapping[str, Any]) -> Plan:
    """The mapping; raises BadPlan with everything that is wrong with it."""
    if not isinstance(given, Mapping) or not given:
        raise BadPlan(["这个数据来源还没有设置“列对照”，不知道哪一列是什么。"])
    faults = [f"列对照里有不认识的设置“{_short(key)}”。" for key in given if key not in KEYS]
    made: dict[str, Any] = {
        "layout": _one_of(given, "layout", (LONG, WIDE), faults) or LONG,
        "sheet": _text(given, "sheet", faults),
        "header_row": _whole(given, "header_row", faults),
        "separator": _separator(given, faults),
        "columns": _columns(given.get("columns", {}), faults),
        "constants": _constants(given.get("constants", {}), faults),
        "values": _values(given.get("values", {}), faults),
        "date_formats": _formats(given.get("date_formats", []), faults),
        "decimal_comma": _yes(given, "decimal_comma", faults),
        "items": _items(given.get("items", []), faults),
        "birth_date_from_document": _yes(given, "birth_date_from_document", faults),
        "blanks": _blanks(given.get("blanks", []), faults),
    }
    if not faults:
        plan = Plan(**made)
        faults = _missing(plan)
    if faults:
        raise BadPlan(faults)
    return plan


def _missing(plan: Plan) -> list[str]:
    """What a mapping must have to make a report of a row."""
    has = {*plan.columns, *plan.constants}
    faults = []
    if not has & {"patient_number", "document_number"}:
        faults.append("没有指定“患者编号”或“身份证号”列，不知道是谁的结果。")
    if "report_number" not in plan.columns:
        faults.append("没有指定“报告编号”列，不知道哪些行属于同一份报告（可以由几列合成，如样本号加日期）。")
    if plan.birth_date_from_document and "document_number" not in plan.columns:
        faults.append("要从身份证号取出生日期，就要指定“身份证号”列。")
    if plan.layout == WIDE:
        faults += [] if plan.items else ["横表（wide）要在 items 里写明哪些列是检验项目。"]
        faults += ["横表（wide）的项目写在 items 里，不要同时指定“结果”等项目列。"] if has & set(ITEM_FIELDS) else []
        return faults
    faults += ["竖表（long）不用 items；一行一份报告的横表请把 layout 写为 wide。"] if plan.items else []
    if not has & {"result", "findings", "impression"}:
        faults.append("没有指定“结果”列，也没有“检查所见”或“诊断意见”列，报告里没有内容。")
    if "result" in has and not has & {"item_code", "item_name"}:
        faults.append("有“结果”列，但没有“项目名称”或“项目编码”列，不知道是什么项目。")
    return faults


def _columns(given: Any, faults: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    if not isinstance(given, Mapping):
        faults.append("columns 应为“字段: 列名”的对照。")
        return found
    for key, names in given.items():
        several = names if isinstance(names, list) else [names]
        if key not in FIELDS:
            faults.append(f"columns 里的“{_short(key)}”不是门户的字段。")
        elif not several or not all(isinstance(name, str) and name.strip() for name in several):
            faults.append(f"“{FIELDS[key].label}”对应的列名应为文字，或文字的列表。")
        else:
            found[key] = tuple(several)
    return found


def _constants(given: Any, faults: list[str]) -> dict[str, str]:
    if not isinstance(given, Mapping):
        faults.append("constants 应为“字段: 内容”的对照。")
        return {}
    faults += [
        f"constants 里不能写“{_short(key)}”，只能写：{'、'.join(CONSTANTS)}。" for key in given if key not in CONSTANTS
    ]
    faults += ["constants 的内容应为文字。" for value in given.values() if not isinstance(value, str)]
    return {str(key): value for key, value in given.items() if key in CONSTANTS and isinstance(value, str)}


def _values(given: Any, faults: list[str]) -> dict[str, dict[str, str]]:
    """Own words for fields; sex, status and flag must become words that the portal knows."""
    found: dict[str, dict[str, str]] = {}
    if not isinstance(given, Mapping) or not all(isinstance(words, Mapping) for words in given.values()):
        faults.append("values 应为“字段: {原来的写法: 意思}”的对照。")
        return found
    for key, words in given.items():
        allowed = set(WORDS_OF.get(key, {}).values())
        if key not in FIELDS or not all(isinstance(word, str) for pair in words.items() for word in pair):
            faults.append(f"values 里的“{_short(key)}”不是门户的字段，或者内容不是文字。")
        elif allowed and set(words.values()) - allowed:
            faults.append(f"values 里“{FIELDS[key].label}”的意思只能是：{'、'.join(sorted(allowed))}。")
        else:
            found[key] = {folded(word): meaning for word, meaning in words.items()}
    return found


def _formats(given: Any, faults: list[str]) -> tuple[Pattern, ...]:
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        faults.append('date_formats 应为列表，如 ["DD/MM/YYYY"]。')
        return ()
    found = [(item, pattern(item)) for item in given]
    wrong = [_short(item) for item, made in found if not made]
    faults += [f"日期格式“{item}”里要有 YYYY、MM（或 M）和 DD（或 D），各一次。" for item in wrong]
    return tuple(made for _, made in found if made)


def _items(given: Any, faults: list[str]) -> tuple[Item, ...]:
    known = {one.name for one in fields(Item)}
    if not isinstance(given, list) or not all(isinstance(item, Mapping) for item in given):
        faults.append("items 应为列表，每一项写明 column 和 name。")
        return ()
    found = []
    for number, item in enumerate(given, start=1):
        words = all(isinstance(value, str) for value in item.values())
        if not words or not {"column", "name"} <= set(item) <= known or not item["column"].strip():
            faults.append(
                f"items 第 {number} 项要有 column 和 name，还可以有 {'、'.join(sorted(known - _ITEM_MUST))}。"
            )
        else:
            found.append(Item(**item))
    if len(found) > MOST_ITEMS:
        faults.append(f"items 最多 {MOST_ITEMS} 项。")
    if len({folded(item.column) for item in found}) < len(found):
        faults.append("items 里同一列写了两次。")
    return tuple(found)


_ITEM_MUST = {"column", "name"}


def _blanks(given: Any, faults: list[str]) -> frozenset[str]:
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        faults.append("blanks 应为列表，写明哪些写法表示没有内容。")
        return frozenset()
    return frozenset((*_BLANKS, *given))


def _separator(given: Mapping[str, Any], faults: list[str]) -> str:
    value = _text(given, "separator", faults)
    if value and value not in SEPARATORS:
        faults.append("separator 只能是逗号、分号、制表符（\\t）或竖线。")
        return ""
    return value


def _one_of(given: Mapping[str, Any], key: str, words: tuple[str, ...], faults: list[str]) -> str:
    value = _text(given, key, faults)
    if value and value not in words:
        faults.append(f"{key} 只能是 {' 或 '.join(words)}。")
    return value


def _text(given: Mapping[str, Any], key: str, faults: list[str]) -> str:
    value = given.get(key, "")
    if not isinstance(value, str) or len(value) > LONGEST_WORD:
        faults.append(f"{key} 应为文字。")
        return ""
    return value


def _whole(given: Mapping[str, Any], key: str, faults: list[str]) -> int:
    value = given.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
        faults.append(f"{key} 应为行号（从 1 数起），不写表示自动寻找。")
        return 0
    return value


def _yes(given: Mapping[str, Any], key: str, faults: list[str]) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        faults.append(f"{key} 应为 true 或 false。")
    return value is True


def _short(word: Any) -> str:
    return str(word)[:40]
