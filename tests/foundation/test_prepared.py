"""A question whose text is kept gives what its query set gives, and a row written without ceremony is the same row."""

from typing import Any
from uuid import uuid4

import pytest

from facilities.models import Facility
from foundation import prepared
from foundation.keys import uuid7
from foundation.prepared import Question
from foundation.rowsecurity import acting_as
from residents.models import AccessEvent, Account
from tests.factories import NOON
from tests.people import People


def test_it_gives_what_the_query_set_gives(people: People) -> None:
    levels = Question(lambda level: Facility.objects.filter(level=level).order_by("code").values_list("code", "name"))
    assert levels.rows("township") == [("TOWN1", "河东镇卫生院")]
    assert levels.rows("county") == [("COUNTY", "县人民医院")]
    assert levels.first("clinic") is None


def test_it_gives_objects_with_what_was_sealed_opened(people: People) -> None:
    one = Question(lambda key: Account.objects.filter(pk=key).only("phone", "name"))
    with acting_as("owner"):
        found = one.first(people.helanfang_account.pk)
        assert (found.phone, found.name) == ("19900000001", "贺兰芳")
        assert found.get_deferred_fields() and not found._state.adding
        assert one.first(uuid4()) is None


def test_an_account_is_found_by_its_key_however_that_is_written_and_one_that_is_gone_is_none(people: People) -> None:
    key = people.helanfang_account.pk
    with acting_as("owner"):
        assert Account.objects.get(pk=str(key)) == Account.objects.get(pk=key) == people.helanfang_account
        with pytest.raises(Account.DoesNotExist):
            Account.objects.get(pk=uuid4())


def test_its_text_is_made_once(people: People) -> None:
    made: list[Any] = []

    def ask(code: str) -> Any:
        made.append(code)
        return Facility.objects.filter(code=code)

    question = Question(ask)
    assert [question.first(code).code for code in ("TOWN1", "COUNTY")] == ["TOWN1", "COUNTY"]
    assert len(made) == 1


def test_a_value_that_does_not_stand_in_the_query_is_refused(people: People) -> None:
    with pytest.raises(ValueError):
        Question(lambda word: Facility.objects.filter(name__startswith=word)).rows("县")


def test_a_row_is_written_as_save_writes_it(people: People) -> None:
    fields = {"at": NOON, "actor_name": "贺兰芳", "action": "records.read_report", "address": "192.0.2.1"}
    with acting_as("owner"):
        prepared.insert(AccessEvent(id=uuid7(), **fields))
        AccessEvent.objects.create(**fields)
        first, second = AccessEvent.objects.order_by("id").values(*[f.name for f in AccessEvent._meta.concrete_fields])
    same = set(fields) | {"resident_id", "purpose", "capacity", "reference", "subject_kind"}
    assert {name: first[name] for name in same} == {name: second[name] for name in same}
    assert first["written_at"] and first["id"] != second["id"]
