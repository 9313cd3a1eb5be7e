"""Model fields whose stored form nobody can read without the key ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, In

from foundation import crypto

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Sealed:
    """A value as it came from the database, together with the place it must be opened for."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class _Opener:
    """Opens a sealed value when it is first asked for, when the row's key is known."""

    def __init__(self, field: EncryptedTextField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, Sealed):
            value = crypto.unseal(value.data, self.field.place(instance)).decode()
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


def opened(instance: object, name: str) -> str | None:
    """A sealed field of `instance` where it is only shown: None where it is empty or its key is lost."""
    try:
        value: str | None = getattr(instance, name, None)
    except crypto.CannotOpen:
        return None
    return value


class EncryptedTextField(models.BinaryField):
    """Text sealed for this table, column and row; needs a primary key made in Python.

    It cannot be filtered on: find rows by a blind index kept beside it (`foundation.crypto.blind_index`).
    Writes go through model instances (`save`, `bulk_create`); `QuerySet.update` is refused, as it has no row key.
    """

    # For django-stubs: opened, the value is text, where the base class says bytes.
    _pyi_private_set_type: str
    _pyi_private_get_type: str  # type: ignore[assignment]  # see above

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Opener(self))

    def place(self, instance: models.Model) -> bytes:
        """What the value is bound to: table, column, primary key."""
        return f"{instance._meta.db_table}.{self.column}.{instance.pk}".encode()

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(crypto.seal(str(value).encode(), self.place(model_instance)))

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise FieldError(f"{self.name} 是加密字段，只能通过模型实例保存。")
        return value.data

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return super().get_db_prep_value(self.get_prep_value(value), connection, prepared=True)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} 是加密字段，请用它的盲索引查找。")
        return super().get_lookup(lookup_name)

    def to_python(self, value: Any) -> Any:
        return value


@models.BinaryField.register_lookup
class IndexExact(Exact):
    """Equality of binary columns; a blind index is looked for under every key of the ring, an old one included."""

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        every = self.rhs.every if isinstance(self.rhs, crypto.BlindIndex) else ()
        if len(every) < 2:
            return super().as_sql(compiler, connection)
        return In(self.lhs, every).as_sql(compiler, connection)


@models.BinaryField.register_lookup
class IndexIn(In):
    """Membership, with every key's index of each value that is a blind index."""

    def get_prep_lookup(self) -> Any:
        if not hasattr(self.rhs, "resolve_expression"):
            self.rhs = [one for value in self.rhs for one in getattr(value, "every", (value,))]
        return super().get_prep_lookup()
