"""Real bundles of another project, where the machine has them (SYNTHEA_DIR)."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.apps import apps

from foundation.rowsecurity import acting_as
from records.exchange.importing import import_file
from records.exchange.models import Held, InboundKey, Pull, Source

FOLDER = Path(os.environ.get("SYNTHEA_DIR", "/nonexistent"))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="SYNTHEA_DIR names no folder")


def everything() -> dict[str, int]:
    """How many rows each table has, the record of runs itself left out."""
    with acting_as("owner"):
        return {model._meta.db_table: model.objects.count() for model in apps.get_models() if model is not Pull}


def test_every_resource_is_in_the_ledger_and_a_second_load_adds_nothing(
    feed: Source, clock: Callable[[], datetime]
) -> None:
    files = sorted(FOLDER.glob("*.json"))
    sent = sum(len(json.loads(file.read_text())["entry"]) for file in files)
    with acting_as("worker"):
        first = [import_file(file, feed.pk, clock=clock) for file in files]
    before = everything()
    with acting_as("worker"):
        second = [import_file(file, feed.pk, clock=clock) for file in files]
    assert sum(run.fetched for run in first) == sum(run.repeated for run in second) == sent
    assert everything() == before
    with acting_as("owner"):
        assert InboundKey.objects.filter(state__in=["waiting", "held", "failed"]).count() == 0, [
            (held.kind, held.explanation) for held in Held.objects.all()[:5]
        ]
