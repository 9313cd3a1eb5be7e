"""A booklet set in a process of its own, as the worker does it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from foundation.press import PrintingFailed
from records.booklet import typesetting
from tests.factories import NOON
from tests.people import People
from tests.records import booklets


def test_a_process_of_its_own_sets_the_same_file(people: People, hers: Client) -> None:
    assert "贺兰芳" in booklets.text(booklets.taken(hers, "allergies"))


def test_what_goes_wrong_there_is_told_without_any_word_of_the_draft() -> None:
    with pytest.raises(PrintingFailed) as failed:
        typesetting.set_apart({"address": "x", "name": "贺兰芳"}, issued=NOON, font_dir=Path(settings.PDF_FONT_DIR))
    assert "贺兰芳" not in str(failed.value) and failed.value.__cause__ is None


def test_one_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "SECONDS", 0.01)
    with pytest.raises(PrintingFailed, match="too long"):
        typesetting.set_apart({"address": "x"}, issued=NOON, font_dir=Path(settings.PDF_FONT_DIR))
