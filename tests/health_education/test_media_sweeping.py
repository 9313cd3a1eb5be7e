"""What failed uploads left in the storage is swept, and nothing that a row names."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from foundation.dated import forget
from foundation.models import DatedSetting
from foundation.rowsecurity import acting_as
from health_education.media import deeds, storing, sweeping
from health_education.models import Medium
from health_education.tasks import sweep_files
from tests import factories
from tests.factories import NOON
from tests.health_education import files
from tests.people import People

OLD = NOON - timedelta(hours=25)


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def named(db: None) -> Medium:
    """A picture in use; its renditions are old files."""
    medium = files.image_of(factories.article().article)
    for one in medium.renditions:
        age(one["sha256"], OLD)
    return medium


def age(sha256: str, at: datetime) -> str:
    os.utime(default_storage.path(storing.name_of(sha256)), (at.timestamp(), at.timestamp()))
    return sha256


def orphan(content: bytes, at: datetime = OLD) -> str:
    return age(storing.keep_bytes(content), at)


def in_force(key: str, value: int) -> None:
    factories.made(DatedSetting(key=key, value=value, valid_from=OLD))
    forget(key)


def there(sha256: str) -> bool:
    return default_storage.exists(storing.name_of(sha256))


@pytest.fixture
def as_worker() -> Iterator[None]:
    with acting_as("worker"):
        yield


def test_a_file_that_no_row_names_goes_after_a_day(named: Medium, at: Any) -> None:
    left, fresh = orphan(b"left"), orphan(b"under way", NOON - timedelta(hours=23))
    with acting_as("owner"):
        Medium.objects.update(ended_at=NOON)
    with at(NOON), acting_as("worker"):
        assert sweep_files() == 1
    kept = [there(one["sha256"]) for one in named.renditions]
    assert (there(left), there(fresh), all(kept) and len(kept) > 1) == (False, True, True)


def test_what_is_not_a_hash_stays(named: Medium, as_worker: None) -> None:
    path = Path(default_storage.path("education/ab/abc.txt"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("not ours")
    os.utime(path, (0, 0))
    assert sweeping.sweep(NOON) == 0 and path.exists()


def test_only_so_many_go_in_one_night(named: Medium) -> None:
    in_force(sweeping.MOST, 2)
    for number in range(5):
        orphan(b"left" * number + b".")
    with acting_as("worker"):
        assert [sweeping.sweep(NOON) for _ in range(4)] == [2, 2, 1, 0]


def test_nobody_can_make_the_sweep_take_what_is_fresh(named: Medium) -> None:
    in_force(sweeping.HOURS, 0)
    fresh = orphan(b"under way", NOON - timedelta(hours=23))
    with acting_as("worker"):
        assert sweeping.sweep(NOON) == 0 and there(fresh)


def test_without_any_row_nothing_is_deleted(db: None, as_worker: None) -> None:
    left = orphan(b"left")
    assert sweeping.sweep(NOON) == 0 and there(left)


def test_the_sweep_gives_way_to_an_upload(named: Medium) -> None:
    left = orphan(b"left")
    with transaction.atomic(using="default"):
        storing.hold()
        with acting_as("worker"):
            assert sweeping.sweep(NOON) == 0 and there(left)


def test_every_upload_holds_off_the_sweep(named: Medium, people: People, monkeypatch: Any) -> None:
    monkeypatch.setattr(deeds, "_log", lambda *told: None)  # its line needs a session; this is about the storage
    left, file = orphan(b"left"), BytesIO(files.picture(50))
    words = {"title": "盐勺", "alt": "一勺盐"}
    with transaction.atomic(using="owner"):
        with acting_as("owner"):
            facts = deeds.judged(file, NOON)
            deeds.take_in(article=named.article, file=file, facts=facts, words=words, by=people.editor, now=NOON)
        with acting_as("worker"):
            assert sweeping.sweep(NOON) == 0 and there(left)


def test_a_file_taken_up_again_while_it_was_looked_for_stays(db: None, monkeypatch: Any) -> None:
    again = orphan(b"again")
    rows = iter([{"x"}, {"x", again}])
    monkeypatch.setattr(sweeping, "_named", lambda: next(rows))
    with acting_as("worker"):
        assert sweeping.sweep(NOON) == 0 and there(again)
