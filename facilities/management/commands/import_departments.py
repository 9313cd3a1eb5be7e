"""Bring in departments from a CSV file."""

from datetime import datetime
from pathlib import Path

from facilities import actions
from facilities.imports import Outcome, Row
from facilities.management.importing import ImportCommand


class Command(ImportCommand):
    help = "从 CSV 文件导入科室（按机构编码和科室编码新增或更新）。"
    columns = actions.DEPARTMENT_COLUMNS
    what = "科室"

    def apply(self, rows: list[Row], outcome: Outcome, path: Path, now: datetime) -> None:
        actions.import_departments(rows, outcome)
