"""The parts of "everything held about me": which rows, in which order, under which words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.db.models import Field, Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from residents.access import Viewer

# What the portal needs to find and keep rows, and says nothing about the person.
INNER = frozenset({"resident", "source", "identifier", "version", "index", "code_hash", "sha256", "token_hash", "part"})

# What machines need of an answer, and people read elsewhere.
UNTOLD = frozenset({"code", "flag"})


@dataclass(frozen=True)
class Part:
    """One kind of rows about a person; `fields` are named in the order in which they are shown."""

    key: str
    title: str | Promise
    model: type[Model]
    fields: tuple[str, ...]
    rows: Callable[[Viewer], QuerySet[Any]]

    def labels(self) -> list[str]:
        """The fields' words."""
        return [str(self.field(name).verbose_name) for name in self.fields]

    def field(self, name: str) -> "Field[Any, Any]":
        """The model's field of this name."""
        return cast("Field[Any, Any]", self.model._meta.get_field(name))  # only plain fields are named here


PARTS: dict[str, Part] = {}


def register(
    key: str,
    title: str | Promise,
    model: type[Model],
    rows: Callable[[Viewer], QuerySet[Any]],
    fields: Iterable[str] = (),
) -> None:
    """Add a part; without `fields` every field of the model that speaks of the person.

    `rows` are those of the viewer's person (row-level security agrees), in the order in which they are read.
    """
    PARTS[key] = Part(key, title, model, tuple(fields) or _telling(model), rows)


def told(part: Part, row: Model) -> Iterator[str]:
    """The row's values in words, in the order of the part's fields."""
    for name in part.fields:
        display = getattr(row, f"get_{name}_display", None)
        yield in_words(display() if display and getattr(row, name) is not None else getattr(row, name))


def in_words(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):  # an answer of a form, a part of a document
        return "：".join(str(said) for name, said in value.items() if name not in UNTOLD and said)
    if isinstance(value, list | tuple):
        return ("；" if any(isinstance(one, Mapping) for one in value) else "、").join(map(in_words, value))
    return str(value)


def plain(part: Part, row: Model) -> dict[str, object]:
    """The row for machines: fields by their names, other rows by what they are called."""
    values = {name: getattr(row, name) for name in part.fields}
    return {name: str(value) if isinstance(value, Model) else value for name, value in values.items()}


def _telling(model: type[Model]) -> tuple[str, ...]:
    fields = [field for field in model._meta.concrete_fields if field.verbose_name != field.name.replace("_", " ")]
    return tuple(field.name for field in fields if field.name not in INNER and not field.primary_key)
