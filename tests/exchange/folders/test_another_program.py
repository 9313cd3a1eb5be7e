"""A table in GBK that another program writes into the drop folder, all the way to the record."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import override_settings

from facilities.models import Facility
from foundation.rowsecurity import acting_as
from records.exchange import documents, folders
from records.models import Observation, Report
from tests import factories
from tests.exchange.conftest import rows
from tests.exchange.tables.making import COLUMNS, text
from tests.factories import NOON

pytestmark = pytest.mark.skipif(shutil.which("iconv") is None, reason="needs iconv")


@pytest.mark.parametrize("charset", ["GBK", "GB18030"])
def test_what_another_program_writes_is_in_the_record(county: Facility, tmp_path: Path, charset: str) -> None:
    options = {"folder": "lis", "columns": COLUMNS}
    feed = factories.source(county, "drop-table", kind="table", options=options)
    (tmp_path / "lis").mkdir()
    command = ["iconv", "-f", "UTF-8", "-t", charset, "-o", str(tmp_path / "lis" / "结果.csv")]
    subprocess.run(command, input=text().encode(), check=True)
    cache.clear()
    with override_settings(DROP_FOLDER=str(tmp_path)), acting_as("worker"):
        for turn in range(2):
            folders.watch(feed.pk, clock=lambda turn=turn: NOON + timedelta(seconds=15 * turn))
        documents.translate(feed.pk, clock=lambda: NOON)
    assert sorted(row.value_text for row in rows(Observation)) == ["42.10", "56.0", "<0.5", "阴性"]
    assert sorted(row.title for row in rows(Report)) == ["肝功能", "血糖"]
