"""Changing keys while the portal runs: what is sealed or indexed where, and the sweep that renews it (docs/keys.md).

Sealed text fields are found by themselves. Whatever else a room seals or indexes, it registers in its module
`rekeying`, which is looked for in every installed app.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.apps import apps
from django.db import DatabaseError, models
from django.utils.module_loading import autodiscover_modules

from foundation.fields import EncryptedTextField
from foundation.reindexing import IndexColumn
from foundation.resealing import SealedColumn

BATCH = 200
LOCKED = {"55P03", "40P01"}  # a lock not granted in time; a deadlock that PostgreSQL ended with us
REFUSED = {"23", "P0"}  # a constraint or a trigger does not let a row be changed
Place = Callable[[Any], bytes]
Compute = Callable[[Any], bytes | None]
AfterIndex = Callable[[datetime], int]

_sealed: dict[tuple[type[models.Model], str], Place] = {}
_indexes: dict[tuple[type[models.Model], str], Compute] = {}
_after_index: list[AfterIndex] = []


def register_sealed(model: type[models.Model], column: str, place: Place) -> None:
    """A binary column whose values were sealed by hand; `place` says for a primary key what the value is bound to."""
    _sealed[model, column] = place


def register_index(model: type[models.Model], name: str, compute: Compute) -> None:
    """A column of blind indexes; `compute` works a row's index out from what is sealed beside it."""
    _indexes[model, name] = compute


def register_after_index(deed: AfterIndex) -> None:
    """What a room does once all indexes are new, for old ones it kept in other forms; it returns how many rows."""
    if deed not in _after_index:
        _after_index.append(deed)


def sealed_columns() -> list[SealedColumn]:
    """Every sealed column of the portal, by name."""
    autodiscover_modules("rekeying")
    found = [
        SealedColumn(model, one.column or one.name, _place_of(model, one))
        for model in apps.get_models()
        for one in model._meta.local_fields
        if isinstance(one, EncryptedTextField) and not model._meta.proxy
    ]
    found += [SealedColumn(model, column, place) for (model, column), place in _sealed.items()]
    return sorted(found, key=lambda column: column.label)


def _place_of(model: type[models.Model], one: EncryptedTextField) -> Place:
    return lambda key: one.place(model(pk=key))


def index_columns() -> list[IndexColumn]:
    """Every registered column of blind indexes, by name."""
    autodiscover_modules("rekeying")
    found = [IndexColumn(model, name, compute) for (model, name), compute in _indexes.items()]
    return sorted(found, key=lambda column: column.label)


def after_index(now: datetime) -> int:
    """Let the rooms see to what they kept of old indexes elsewhere; returns how many rows."""
    return sum(deed(now) for deed in _after_index)


@dataclass
class Renewed:
    """What became of some rows: how many were renewed, which could not be, and which are to be asked again."""

    renewed: int = 0
    refused: list[Any] = field(default_factory=list)
    missed: list[Any] = field(default_factory=list)

    def __add__(self, other: "Renewed") -> "Renewed":
        return Renewed(self.renewed + other.renewed, self.refused + other.refused, self.missed + other.missed)


class Column(Protocol):
    """A column that can be swept: rows in the order of their keys, renewed a batch at a time."""

    def pending(self, after: Any, size: int) -> list[Any]: ...

    def renew(self, keys: list[Any], *, wait: bool) -> tuple[int, list[Any], list[Any]]: ...


def sweep(column: Column, tell: Callable[[int], None], size: int = BATCH) -> Renewed:
    """Renew a column in short transactions; `tell` hears how many rows were gone through.

    Rows locked by others are passed over and asked again at the end, one at a time and for a few seconds each; what is
    locked even then is left in `missed`. Nothing is remembered outside the rows, so it can be stopped anywhere.
    """
    total, after = Renewed(), None
    while keys := column.pending(after, size):
        after = keys[-1]
        total += _tried(column, keys, wait=False)
        tell(len(keys))
    late, total.missed = total.missed, []
    for key in late:
        total += _tried(column, [key], wait=True)
    return total


def _tried(column: Column, keys: list[Any], *, wait: bool) -> Renewed:
    try:
        return Renewed(*column.renew(keys, wait=wait))
    except DatabaseError as trouble:
        if (state := sqlstate(trouble)) in LOCKED:
            return Renewed(missed=list(keys))
        if state[:2] not in REFUSED:
            raise
    if len(keys) == 1:
        return Renewed(refused=list(keys))
    return sum((_tried(column, [key], wait=wait) for key in keys), Renewed())  # which of them, and the others go on


def sqlstate(trouble: DatabaseError) -> str:
    """PostgreSQL's code of an error; empty where it is none of PostgreSQL's."""
    return getattr(trouble.__cause__, "sqlstate", None) or ""


def shown(keys: Iterable[Any], most: int = 10) -> str:
    """Row keys as a person may be told them: they are random and say nothing of anybody."""
    texts = [key.hex() if isinstance(key, bytes) else str(key) for key in keys]
    return "、".join(texts[:most]) + ("……" if len(texts) > most else "")
