"""Values sealed for a row that a function of the database will write."""

from uuid import UUID

from django.db.models import Model

from foundation.crypto import seal, unseal
from foundation.fields import EncryptedTextField


def sealed_for(model: type[Model], column: str, key: UUID, value: str) -> bytes:
    """`value` as `model`'s sealed column would hold it in the row with this key."""
    return seal(value.encode(), _place(model, column, key))


def opened_from(model: type[Model], column: str, key: UUID, sealed: bytes) -> str:
    """The value of a sealed column that a function of the database handed over."""
    return unseal(sealed, _place(model, column, key)).decode()


def _place(model: type[Model], column: str, key: UUID) -> bytes:
    field = model._meta.get_field(column)
    assert isinstance(field, EncryptedTextField)
    return field.place(model(pk=key))
