"""What the import commands share: one file, all or nothing unless told otherwise, and a list of what was wrong."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import router, transaction
from django.utils.translation import gettext as _

from facilities.imports import CannotRead, Outcome, Row, rows_of, write_errors
from facilities.models import Facility
from foundation import clock

SHOWN = 20


class ImportCommand(BaseCommand, ABC):
    """Reads one CSV file with the columns of docs/starting.md. Importing the same file again changes nothing."""

    columns: ClassVar[list[str]]
    what: ClassVar[str]
    partial = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help=_("CSV 文件，列：%(columns)s") % {"columns": ",".join(self.columns)}
        )
        parser.add_argument("--partial", action="store_true", help=_("有错误的行跳过，其余照常导入"))

    @abstractmethod
    def apply(self, rows: list[Row], outcome: Outcome, path: Path, now: datetime) -> None:
        """Bring the rows in; called inside one transaction."""

    def handle(self, *args: Any, **options: Any) -> None:
        path, outcome, self.partial = options["file"], Outcome(), options["partial"]
        try:
            rows = rows_of(path, self.columns)
            with transaction.atomic(using=router.db_for_write(Facility)):
                self.apply(rows, outcome, path, clock.now())
                if outcome.refused and not self.partial:
                    raise _Refused
        except CannotRead as error:
            raise CommandError(str(error)) from error
        except _Refused:
            self._report_refusals(path, outcome)
            raise CommandError(
                _("有 %(count)d 行不能导入，所以什么都没有导入。请改正后重试，或加 --partial 只导入没有错误的行。")
                % {"count": len(outcome.refused)}
            ) from None
        self._report(path, outcome)

    def _report(self, path: Path, outcome: Outcome) -> None:
        self.stdout.write(
            _("%(what)s：新增 %(added)d，更新 %(changed)d，没有变化 %(repeated)d，未导入 %(refused)d。")
            % {
                "what": self.what,
                "added": outcome.added,
                "changed": outcome.changed,
                "repeated": outcome.repeated,
                "refused": len(outcome.refused),
            }
        )
        if outcome.refused:
            self._report_refusals(path, outcome)

    def _report_refusals(self, path: Path, outcome: Outcome) -> None:
        outcome.refused.sort(key=lambda refusal: refusal[0].number)
        for row, reason in outcome.refused[:SHOWN]:
            self.stderr.write(_("第%(number)d行：%(reason)s") % {"number": row.number, "reason": reason})
        if len(outcome.refused) > SHOWN:
            self.stderr.write(_("……还有 %(count)d 行") % {"count": len(outcome.refused) - SHOWN})
        target = write_errors(path, self.columns, outcome)
        self.stderr.write(_("出错的行和原因已写入 %(path)s，改好后可以直接再导入这个文件。") % {"path": target})


class _Refused(Exception):
    """Undo everything: some row was refused."""
