"""Prove that the access log is whole: nothing deleted, altered, inserted, swapped or cut off."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation import clock
from residents.canonical import month_name
from residents.verifying import Fault, Show, Walk, month_named, months_of

MOST_NAMED = 100


class Command(BaseCommand):
    help = "核验访问记录：每一条都在、没有被改动、顺序不断、末尾没有被截去。发现问题时说明在哪里，退出码为 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", metavar="YYYYMM", help="只核验这个月，例如 202611；默认全部月份")
        parser.add_argument("--heads", metavar="目录", type=Path, help="导出的链头所在目录；默认 AUDIT_HEADS")

    def handle(self, *args: Any, month: str | None = None, heads: Path | None = None, **options: Any) -> None:
        folder = heads or settings.AUDIT_HEADS
        if heads is not None and not heads.is_dir():
            raise CommandError(f"找不到链头目录 {heads}。")
        try:
            months = [month_named(month)] if month else months_of(folder)
        except ValueError as wrong:
            raise CommandError(f"月份“{wrong}”写得不对，应形如 202611。") from None
        found = 0
        try:
            for start in months:
                found += self._verify(Walk(start, folder, clock.now(), watching(sys.stderr, month_name(start))))
        except OSError as error:
            raise CommandError(f"链头目录 {folder} 读不了（{type(error).__name__}），没有核验完。") from None
        if found:
            raise CommandError(f"核验没有通过：发现 {found} 处问题，见上。请保留现场，按 docs/access-log.md 处理。")
        self.stdout.write(self.style.SUCCESS("核验通过。" if months else "还没有访问记录，没有可核验的内容。"))

    def _verify(self, walk: Walk) -> int:
        """Walk one month and say what was found; returns how many things are wrong."""
        began, count = time.monotonic(), 0
        for fault in walk.faults():
            count += 1
            if count <= MOST_NAMED:
                self.stdout.write(self.style.ERROR(sentence(fault)))
        if count > MOST_NAMED:
            self.stdout.write(self.style.ERROR(f"✗ {words(walk.name)}：还有 {count - MOST_NAMED} 处，不一一列出。"))
        self.stdout.write(total(walk, time.monotonic() - began))
        return count


def sentence(fault: Fault) -> str:
    """One fault with its place: month, position, event, time."""
    place = [words(fault.month)]
    if fault.position is not None:
        place.append(f"第 {fault.position} 条")
    if fault.event_id is not None:
        place.append(f"记录编号 {fault.event_id}")
    if fault.at is not None:
        place.append(f"时间 {timezone.localtime(fault.at):%Y-%m-%d %H:%M:%S}")
    return f"✗ {'，'.join(place)}：{fault.what}。"


def total(walk: Walk, seconds: float) -> str:
    """What was walked, and how fast."""
    if walk.detached and not walk.links:
        return f"{words(walk.name)}：已按保存期限移出数据库，链头在案。"
    speed = walk.links / seconds if seconds > 0 else 0
    slowest = round(walk.slowest.total_seconds())
    return (
        f"{words(walk.name)}：核对 {walk.links} 条，链头 {walk.heads} 个，"
        f"最慢的一条在 {slowest} 秒后封存，用时 {seconds:.1f} 秒（每秒 {speed:.0f} 条）。"
    )


def words(month: str) -> str:
    """`2026年11月` for 202611."""
    return f"{month[:4]}年{month[4:]}月"


def watching(stream: TextIO, label: str) -> Show:
    """A line of a terminal that says how far the walk has come; silent where the stream is no terminal."""
    if not stream.isatty():
        return lambda done, length: None

    def show(done: int, length: int) -> None:
        stream.write(f"\r\033[K{words(label)} {done}/{length}" if done < length else "\r\033[K")
        stream.flush()

    return show
