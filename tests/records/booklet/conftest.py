"""Booklets set in the tests' own process, whose fonts are loaded already (`test_booklet_apart` sets them apart)."""

import pytest

from records.booklet import making, typesetting


@pytest.fixture(autouse=True)
def set_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set type here."""
    monkeypatch.setattr(making, "set_apart", typesetting.set_booklet)
