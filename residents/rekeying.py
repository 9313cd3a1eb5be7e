"""What this room seals by hand and finds by blind index, for the day the keys are changed (foundation/rotation.py)."""

from collections.abc import Callable
from typing import Any

from django.apps import apps

from foundation.rotation import register_index, register_sealed
from residents.documents import index_of
from residents.family.photos import place_of
from residents.models import AccountSession, Guardianship, GuardianshipPhoto, Identifier
from residents.models.binding import Binding, subject_index
from residents.phones import PhoneIndexField, phone_index
from residents.sessions import SessionStore


def _by_number(field: str) -> Callable[[Any], bytes | None]:
    """The index of the number sealed in `field`, as PhoneIndexField keeps it beside."""
    return lambda row: phone_index(number) if (number := getattr(row, field)) else None


register_sealed(AccountSession, "data", SessionStore()._place)
register_sealed(GuardianshipPhoto, "picture", place_of)
register_index(Identifier, "index", lambda identifier: index_of(identifier.kind, identifier.value))
register_index(Guardianship, "child_index", lambda asked: index_of(asked.child_kind, asked.child_number))
register_index(Binding, "subject_index", lambda bound: subject_index(bound.authority, bound.issuer, bound.subject))
for model in apps.get_models():
    for one in model._meta.local_fields:
        if isinstance(one, PhoneIndexField):
            register_index(model, one.attname, _by_number(one.of))
