"""Seal everything anew with the first key, or index it anew, while the portal runs. The steps are in docs/keys.md."""

import sys
from argparse import ArgumentParser
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from django.utils.translation import gettext as _

from foundation import clock, rotation
from foundation.reindexing import IndexColumn
from foundation.resealing import SealedColumn
from foundation.rotation import BATCH, Renewed

LINE_EVERY = 1000
BAR = 30
NOT_PERMITTED = "42501"
ROWS_LEFT, APPEND_ONLY_LEFT = 1, 3


class Counter:
    """How far a column has come: a moving bar on a terminal, elsewhere a line for each thousand rows."""

    def __init__(self, stream: TextIO, label: str, total: int) -> None:
        self.stream, self.label, self.total, self.done = stream, label, total, 0

    def add(self, rows: int) -> None:
        """Some more rows were gone through."""
        before, self.done = self.done, self.done + rows
        self.total = max(self.total, self.done)
        if self.stream.isatty():
            filled = BAR * self.done // self.total
            bar = "#" * filled + "." * (BAR - filled)
            self.stream.write(f"\r\033[K{self.label} [{bar}] {self.done}/{self.total}")
        elif before // LINE_EVERY < self.done // LINE_EVERY:
            self.stream.write(f"{self.label} {self.done}/{self.total}\n")
        self.stream.flush()

    def clear(self) -> None:
        """Take the moving bar away."""
        if self.stream.isatty():
            self.stream.write("\r\033[K")
            self.stream.flush()


class Command(BaseCommand):
    help = (
        "把所有加密内容改用 FIELD_KEYS 的第一把密钥重新加密；--index 改用 INDEX_KEY 的第一把密钥重建盲索引。"
        "网站照常运行；中断后再运行一次即可继续。以数据库所有者运行。步骤见 docs/keys.md。"
        f"退出码：0 全部换完；{ROWS_LEFT} 还有没换的；{APPEND_ONLY_LEFT} 只剩不能改的机构原文，旧密钥须留在密钥环里。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--index", action="store_true", help="重建盲索引，而不是重新加密")
        parser.add_argument("--dry-run", action="store_true", help="只数有多少要换，不改动任何内容")

    def handle(self, *args: Any, index: bool = False, dry_run: bool = False, **options: Any) -> None:
        try:
            if index:
                self._index(dry_run)
            else:
                self._seal(dry_run)
        except ProgrammingError as refusal:
            if rotation.sqlstate(refusal) != NOT_PERMITTED:
                raise
            raise CommandError(
                _("数据库不让这个登录角色看到全部内容。请以数据库所有者（DATABASE_URL）运行。")
            ) from refusal

    def _seal(self, dry_run: bool) -> None:
        first = next(iter(settings.FIELD_KEYS))
        self.stdout.write(
            _("第一把密钥：%(key)s（%(cipher)s）") % {"key": first, "cipher": settings.FIELD_KEYS[first][0]}
        )
        columns = rotation.sealed_columns()
        fixed = [column for column in columns if column.append_only()]
        if not dry_run:
            for column in columns:
                if column not in fixed:
                    self._reseal(column, first)
        left = {column: self._left(column, first) for column in columns}
        self._judge_sealed(left, fixed)

    def _reseal(self, column: SealedColumn, first: str) -> None:
        """Renew a column; twice where the web wrote an old value back that it had read before."""
        for _turn in range(2):
            waiting = sum(number for key, number in column.by_key().items() if key != first)
            if not waiting:
                return
            counter = Counter(self._stream(), column.label, waiting)
            outcome = rotation.sweep(column, counter.add, column.batch())
            counter.clear()
            self._report(column, outcome)

    def _left(self, column: SealedColumn, first: str) -> int:
        """How many values of a column another key has sealed; says which."""
        by_key = column.by_key()
        shown = "，".join(f"{key or _('无法识别')} {number}" for key, number in sorted(by_key.items())) or "0"
        self.stdout.write(f"{column.label}：{shown}")
        return sum(number for key, number in by_key.items() if key != first)

    def _judge_sealed(self, left: dict[SealedColumn, int], fixed: list[SealedColumn]) -> None:
        waiting = sum(number for column, number in left.items() if column not in fixed)
        kept = sum(left[column] for column in fixed)
        if waiting:
            raise CommandError(
                _("还有 %(count)d 条不是由第一把密钥加密的。旧密钥不能删。请再运行一次。") % {"count": waiting},
                returncode=ROWS_LEFT,
            )
        if kept:
            raise CommandError(
                _("能换的已全部换完。另有 %(count)d 条机构原文只增不改，仍由旧密钥加密：旧密钥须留在密钥环里。")
                % {"count": kept},
                returncode=APPEND_ONLY_LEFT,
            )
        self.stdout.write(_("全部内容都由第一把密钥加密。其余密钥可以从 FIELD_KEYS 中删除。"))

    def _index(self, dry_run: bool) -> None:
        left = sum(
            self._old_indexes(column) if dry_run else self._reindex(column) for column in rotation.index_columns()
        )
        if left:
            raise CommandError(
                _("还有 %(count)d 条索引不是由第一把密钥算出的。旧密钥不能删。") % {"count": left}, returncode=ROWS_LEFT
            )
        if not dry_run:
            rotation.after_index(clock.now())
        self.stdout.write(_("全部索引都由第一把密钥算出。其余密钥可以从 INDEX_KEY 中删除。"))

    def _old_indexes(self, column: IndexColumn) -> int:
        """How many indexes of a column are not the first key's; nothing is changed."""
        counter, total, after = Counter(self._stream(), column.label, column.count()), Renewed(), None
        while keys := column.pending(after, BATCH):
            after = keys[-1]
            total += Renewed(*column.old(keys))
            counter.add(len(keys))
        counter.clear()
        self.stdout.write(_("%(column)s：%(count)d 条要换") % {"column": column.label, "count": total.renewed})
        self._report(column, Renewed(refused=total.refused))
        return total.renewed + len(total.refused)

    def _reindex(self, column: IndexColumn) -> int:
        """How many indexes of a column could not be renewed."""
        counter = Counter(self._stream(), column.label, column.count())
        outcome = rotation.sweep(column, counter.add, BATCH)
        counter.clear()
        self._report(column, outcome)
        return len(outcome.refused) + len(outcome.missed)

    def _report(self, column: SealedColumn | IndexColumn, outcome: Renewed) -> None:
        if outcome.renewed:
            self.stdout.write(_("%(column)s：已换 %(count)d 条") % {"column": column.label, "count": outcome.renewed})
        if outcome.refused:
            self.stderr.write(
                _("%(column)s：%(count)d 条换不了（打不开，或与另一条相同），行号：%(rows)s")
                % {
                    "column": column.label,
                    "count": len(outcome.refused),
                    "rows": rotation.shown(outcome.refused),
                }
            )
        if outcome.missed:
            self.stderr.write(
                _("%(column)s：%(count)d 条一直被别的事务占用") % {"column": column.label, "count": len(outcome.missed)}
            )

    def _stream(self) -> TextIO:
        """Where progress is shown: the command's own output when it was given one, else the terminal."""
        stream: TextIO = getattr(self.stdout, "_out", sys.stdout)
        return stream
