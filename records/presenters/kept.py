"""Rows of a kept summary as rows of their tables again, so that both are worded by the same functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db.models import DateField, DateTimeField, DecimalField, Model

from records.provenance import Provenance

Parser = Callable[[str], object]


def row(model: type[Provenance], kept: Mapping[str, Any]) -> Provenance:
    """One row, not to be saved; `times` and `arrived` come along where they are known."""
    parsers = _parsers(model)
    values = {name: parsers[name](value) if name in parsers else value for name, value in kept.items()}
    more = {name: values.pop(name) for name in ("times", "arrived") if name in values}
    made = model(**values)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def rows(model: type[Provenance], kept: Iterable[Mapping[str, Any]]) -> list[Provenance]:
    """Several rows, in their order."""
    return [row(model, one) for one in kept]


def of_kind(content: Mapping[str, Any], slug: str) -> Sequence[Mapping[str, Any]]:
    """The rows that a summary keeps of one kind, newest first."""
    found: Sequence[Mapping[str, Any]] = content["kinds"].get(slug, {}).get("rows", ())
    return found


def moment(text: str | None) -> datetime | None:
    """A time that a summary keeps."""
    return datetime.fromisoformat(text) if text else None


@cache
def _parsers(model: type[Model]) -> dict[str, Parser]:
    found: dict[str, Parser] = {"arrived": datetime.fromisoformat}
    for item in model._meta.concrete_fields:
        if isinstance(item, DateTimeField):
            found[item.attname] = datetime.fromisoformat
        elif isinstance(item, DateField):
            found[item.attname] = date.fromisoformat
        elif isinstance(item, DecimalField):
            found[item.attname] = item.to_python
    return found
