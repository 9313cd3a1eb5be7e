"""Encrypted columns: readable on the instance, unreadable in the table, found only by their index."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connections

from foundation.crypto import CannotOpen
from foundation.rowsecurity import acting_as
from residents.models import Identifier
from tests import factories
from tests.people import HELANFANG_NUMBER, People


def test_the_number_is_read_back(people: People, owner: Callable[[], Any]) -> None:
    with owner():
        assert Identifier.objects.get(resident=people.helanfang).value == HELANFANG_NUMBER


def test_the_table_does_not_hold_the_number(people: People) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM residents_identifier i WHERE position(%s in i::text) > 0", [HELANFANG_NUMBER]
        )
        assert cursor.fetchone() == (0,)


def test_a_sealed_number_copied_to_another_row_does_not_open(people: People) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE residents_identifier SET value = (SELECT value FROM residents_identifier WHERE resident_id = %s)"
            " WHERE resident_id = %s",
            [people.helanfang.pk, people.wangjianguo.pk],
        )
    with acting_as("owner"), pytest.raises(CannotOpen):
        _ = Identifier.objects.get(resident=people.wangjianguo).value


def test_filtering_on_a_sealed_field_is_refused(db: None) -> None:
    with pytest.raises(FieldError, match="盲索引"):
        Identifier.objects.filter(value="640199")


def test_an_update_without_its_row_is_refused(db: None) -> None:
    with pytest.raises(FieldError, match="模型实例"):
        Identifier.objects.update(value="640199")


def test_saving_an_unopened_value_keeps_it(people: People, owner: Callable[[], Any]) -> None:
    with owner():
        loaded = Identifier.objects.get(resident=people.helanfang)
        loaded.save()
        assert Identifier.objects.get(resident=people.helanfang).value == HELANFANG_NUMBER


def test_a_phone_may_be_absent(db: None, owner: Callable[[], Any]) -> None:
    person = factories.resident("马德海")
    with owner():
        person.refresh_from_db()
        assert person.phone is None
