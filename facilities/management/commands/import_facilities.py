"""Bring in the county's facilities from a CSV file."""

from datetime import datetime
from pathlib import Path

from facilities import actions
from facilities.imports import Outcome, Row
from facilities.management.importing import ImportCommand


class Command(ImportCommand):
    help = "从 CSV 文件导入医疗机构（按机构编码新增或更新）。"
    columns = actions.FACILITY_COLUMNS
    what = "医疗机构"

    def apply(self, rows: list[Row], outcome: Outcome, path: Path, now: datetime) -> None:
        actions.import_facilities(rows, outcome)
