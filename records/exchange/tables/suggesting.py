"""A first draft of a column mapping from the header alone, and what is wrong with one."""

from collections.abc import Mapping, Sequence
from typing import Any

from records.exchange.tables.fields import FIELDS
from records.exchange.tables.plan import folded, read_plan
from records.exchange.tables.problems import BadPlan


def suggest(header: Sequence[str]) -> dict[str, Any]:
    """A mapping for staff to look through: each field with the column that is usually called so.

    A column serves one field; of two columns a field takes the one with the more usual name.
    """
    columns: dict[str, str] = {}
    free = {folded(name): name for name in reversed(header) if name.strip()}
    wanted = [(turn, key, known) for key, one in FIELDS.items() for turn, known in enumerate(one.headers)]
    for _, key, known in sorted(wanted, key=lambda one: one[0]):
        if key not in columns and folded(known) in free:
            columns[key] = free.pop(folded(known))
    return {"layout": "long", "columns": {key: columns[key] for key in FIELDS if key in columns}}


def check(mapping: Mapping[str, Any], header: Sequence[str]) -> list[str]:
    """What is wrong with a mapping for tables with this header, one sentence for each; none where it can be used."""
    try:
        plan = read_plan(mapping)
    except BadPlan as problem:
        return problem.sentences
    present = [folded(name) for name in header]
    names = [name for several in plan.columns.values() for name in several]
    names += [name for item in plan.items for name in (item.column, item.flag_column) if name]
    lacking = [name for name in dict.fromkeys(names) if folded(name) not in present]
    said = [f"表头里没有“{name}”列。" for name in lacking]
    twice = {name for name in names if present.count(folded(name)) > 1}
    said += [f"表头里有几个“{name}”列，请写成 {name}#1 或 {name}#2。" for name in sorted(twice)]
    if "name" not in plan.columns or "sex" not in plan.columns:
        said.append("没有指定“姓名”或“性别”列：患者的信息不全时，结果会等到别的途径送来患者信息后才入档。")
    has_birth = "birth_date" in plan.columns or plan.birth_date_from_document
    if not has_birth:
        said.append("没有指定“出生日期”列：可以选择“没有出生日期时，从身份证号取”（birth_date_from_document）。")
    return said
