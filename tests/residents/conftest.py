"""Fixtures of this room's tests."""

from pathlib import Path
from typing import Any

import pytest

from residents import tasks


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The wake-ups that were sent, instead of a broker."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.send_due, "apply_async", lambda **options: calls.append(options))
    return calls


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """Where the heads of the access log's chain are exported in this test."""
    settings.AUDIT_HEADS = tmp_path / "heads"
    return tmp_path / "heads"
