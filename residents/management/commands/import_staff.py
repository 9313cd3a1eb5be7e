"""Bring in staff from a CSV file: accounts, roles and the doctors that residents see."""

from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from facilities.imports import Outcome, Row
from facilities.management.importing import ImportCommand
from residents.staff import STAFF_COLUMNS, StaffImport, write_passwords


class Command(ImportCommand):
    help = "从 CSV 文件导入工作人员（账号、角色、医生）。新账号的初始密码写在旁边的 .passwords.csv 里。"
    columns = STAFF_COLUMNS
    what = "工作人员"

    def apply(self, rows: list[Row], outcome: Outcome, path: Path, now: datetime) -> None:
        run = StaffImport(now)
        run.run(rows, outcome)
        if outcome.refused and not self.partial:
            return
        if target := write_passwords(path, run):
            self.stdout.write(_("新账号的初始密码已写入 %(path)s，请发给本人后删除。") % {"path": target})
