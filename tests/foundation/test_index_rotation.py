"""Changing the index key: people are found under the old index and the new one until every row has the new one."""

from typing import Any

from django.apps import apps
from django.db import models

from foundation import rotation
from foundation.crypto import BlindIndex, blind_index
from foundation.fields import EncryptedTextField
from foundation.rowsecurity import acting_as
from records.exchange.models import Held
from records.exchange.retrying import sweep
from records.models import Observation
from residents import documents
from residents.models import Identifier
from residents.sign_in import username_for
from tests import factories
from tests.exchange.sending import ID_CARD, deliver, observation, patient
from tests.factories import NOON
from tests.foundation.ring import NEW_INDEX, OLD_INDEX, SM4, Terminal, index_ring, owners, ring, rotate
from tests.people import HELANFANG_NUMBER, People

CARD = "resident_id_card"
# Hashes of what is random or public: nothing that a key of ours made.
HASHES = ("hash", "sha256", "digest", "mac")


def number_of(people: People) -> Any:
    return documents.read(HELANFANG_NUMBER, NOON.date())


def found(index: BlindIndex) -> int:
    with acting_as("owner"):
        return Identifier.objects.filter(kind=CARD, index=index).count()


def test_a_person_is_found_before_during_and_after(people: People) -> None:
    answers = []
    with index_ring(NEW_INDEX, OLD_INDEX):
        answers.append(found(number_of(people).index))
        assert rotate("--index")[0] == 0
        answers.append(found(number_of(people).index))
    with index_ring(NEW_INDEX):
        answers.append(found(number_of(people).index))
    assert answers == [1, 1, 1]


def test_a_process_that_still_indexes_with_the_old_key_finds_new_rows(people: People) -> None:
    with index_ring(NEW_INDEX, OLD_INDEX):
        rotate("--index")
    with index_ring(OLD_INDEX, NEW_INDEX):
        assert found(number_of(people).index) == 1


def test_one_key_alone_does_not_find_what_another_indexed(people: People) -> None:
    with index_ring(NEW_INDEX):
        assert found(number_of(people).index) == 0


def test_membership_and_exclusion_know_every_key_too(people: People) -> None:
    with index_ring(NEW_INDEX, OLD_INDEX), acting_as("owner"):
        index = number_of(people).index
        assert Identifier.objects.filter(index__in=[index]).count() == 1
        assert Identifier.objects.exclude(index=index).count() == Identifier.objects.count() - 1


def test_sign_in_finds_the_account_at_every_step(people: People) -> None:
    mine = people.helanfang_account.username
    with index_ring(NEW_INDEX, OLD_INDEX):
        before = username_for(number_of(people))
        rotate("--index")
        after = username_for(number_of(people))
    with index_ring(NEW_INDEX):
        assert (before, after, username_for(number_of(people))) == (mine, mine, mine)


def test_a_person_registered_meanwhile_is_not_made_twice(people: People) -> None:
    with index_ring(NEW_INDEX, OLD_INDEX):
        feed = factories.source(people.county, "county-files")
        deliver(feed, patient())
        with acting_as("owner"):
            assert Identifier.objects.filter(kind=CARD).count() == 3


def test_a_dry_run_counts_and_changes_nothing(people: People) -> None:
    before = owners("SELECT index FROM residents_identifier ORDER BY id")
    with index_ring(NEW_INDEX, OLD_INDEX):
        code, said = rotate("--index", "--dry-run")
    assert code == 1 and "residents_identifier.index：3 条要换" in said
    assert owners("SELECT index FROM residents_identifier ORDER BY id") == before


def test_a_second_run_writes_nothing(people: People) -> None:
    with index_ring(NEW_INDEX, OLD_INDEX):
        rotate("--index")
        written = owners("SELECT xmin::text FROM residents_identifier")
        assert rotate("--index")[0] == 0
    assert owners("SELECT xmin::text FROM residents_identifier") == written


def test_a_lost_index_key_is_made_good_from_what_is_sealed(people: People) -> None:
    with index_ring(NEW_INDEX):
        assert rotate("--index")[0] == 0
        assert found(number_of(people).index) == 1


def test_without_the_field_key_no_index_is_touched(people: People) -> None:
    before = owners("SELECT index FROM residents_identifier ORDER BY id")
    with index_ring(NEW_INDEX), ring(SM4):
        code, said = rotate("--index")
    assert code == 1 and "residents_identifier.index：3 条换不了" in said
    assert owners("SELECT index FROM residents_identifier ORDER BY id") == before


def test_two_rows_of_one_number_are_named_and_the_others_renewed(people: People) -> None:
    with index_ring(NEW_INDEX):  # a process that was not given the old key
        twin = factories.resident("贺兰芳", HELANFANG_NUMBER)
    with index_ring(NEW_INDEX, OLD_INDEX):
        code, said = rotate("--index")
    with acting_as("owner"):
        mine = Identifier.objects.get(resident=people.helanfang)
        others = list(Identifier.objects.exclude(resident__in=[people.helanfang, twin]))
    assert code == 1 and str(mine.pk) in said
    with index_ring(NEW_INDEX):
        assert all(one.index == documents.index_of(one.kind, one.value) for one in others) and len(others) == 2


def test_a_message_that_waits_for_a_number_is_tried_again_and_waits_by_the_new_index(db: None) -> None:
    feed = factories.source(factories.facility("COUNTY", "县人民医院", "county"), "county-files")
    subject = {"identifier": {"system": ID_CARD, "value": HELANFANG_NUMBER}, "display": "贺兰芳"}
    deliver(feed, observation(subject=subject))
    with index_ring(NEW_INDEX, OLD_INDEX):
        rotate("--index")
    with index_ring(NEW_INDEX):
        with acting_as("worker"):
            sweep(NOON)
        with acting_as("owner"):
            held = Held.objects.get(resolved_at=None).subject_reference
        deliver(feed, patient())
        assert held == f"index:{documents.index_of(CARD, HELANFANG_NUMBER).hex()}"
    with acting_as("owner"):
        assert Observation.objects.count() == 1


def test_progress_is_a_bar_on_a_terminal(people: People) -> None:
    with index_ring(NEW_INDEX, OLD_INDEX):
        _code, said = rotate("--index", out=Terminal())
    assert f"residents_identifier.index [{'#' * 30}] 3/3" in said


def test_an_index_is_the_first_keys_and_knows_the_others() -> None:
    with index_ring(OLD_INDEX):
        old = blind_index("phone", "19900000001")
    with index_ring(NEW_INDEX):
        new = blind_index("phone", "19900000001")
    with index_ring(NEW_INDEX, OLD_INDEX):
        both = blind_index("phone", "19900000001")
    assert both == new != old and both.every == (bytes(new), bytes(old))


def test_every_binary_column_is_sealed_indexed_or_a_hash() -> None:
    known = {(column.model, column.column) for column in rotation.sealed_columns()}
    known |= {(column.model, column.name) for column in rotation.index_columns()}
    unknown = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.BinaryField)
        and not isinstance(field, EncryptedTextField)
        and not any(word in field.name for word in HASHES)
        and (model, field.name) not in known
    }
    # Hashes by other names: of a message without its envelope, of a reviewed wording and use, of a code, of a mapping.
    hashes = {"InboundKey.content", "Review.wording", "Remark.wording", "Submitted.wording", "Account.enrol_code"}
    hashes |= {"StoredCopy.made_from"}  # of what a print shows
    assert unknown == hashes | {"TableReading.mapping", "Review.frame", "Remark.frame"}
