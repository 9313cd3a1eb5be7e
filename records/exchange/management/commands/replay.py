"""Read stored messages once more as they are understood today, and renew how they were understood."""

import sys
from argparse import ArgumentParser
from collections import Counter
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation import clock
from records.exchange.models import ReplayDifference, Source
from records.exchange.problems import AlreadyRunning
from records.exchange.replaying import asking, running
from records.exchange.replaying.running import Found, Period
from records.exchange.watching import clear


class Command(BaseCommand):
    help = (
        "把已经保存的机构消息按今天的翻译和编码对照重新读一遍，更新编码、单位等解读，"
        "机构所说的内容不变；每一处不同都有说明。再运行一次应没有不同。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="编码", help="哪个数据来源")
        parser.add_argument("--since", metavar="日期", help="从何时收到的消息，例如 2026-11-01；不写就从头开始")
        parser.add_argument("--until", metavar="日期", help="到何时（不含）收到的消息；不写就到现在")
        parser.add_argument("--dry-run", action="store_true", help="只比较，不更新")
        parser.add_argument("--lower", action="store_true", help="今天的解读敏感级别更低的，也改低（逐条写明）")

    def handle(self, *args: Any, source: str | None = None, **options: Any) -> None:
        chosen = self._source(source)
        since, until = self._moment(options["since"]), self._moment(options["until"])
        now = clock.now()
        if options["dry_run"]:
            found = running.dry(chosen, Period(since, until or now, options["lower"]), now, self._watch)
            clear(sys.stderr)
            self._tell(found.read, found.same, found.renewed, found.kept, found.counts)
            self.stdout.write("只比较，没有更新。")
            return
        self._replay(chosen, since, until, options["lower"])

    def _replay(self, source: Source, since: datetime | None, until: datetime | None, lower: bool) -> None:
        try:
            wanted = asking.ask(source, since, until, by="命令行", now=clock.now(), lower=lower)
            done = running.run(wanted.pk, clock=clock.now, watch=self._watch)
        except asking.AnotherWaits as waiting:
            raise CommandError(
                f"这个数据来源还有一次没有做完的重新解读（{waiting.replay.asked_at:%Y-%m-%d %H:%M} 申请），"
                "后台任务会接着做；没有后台任务时，两分钟后用同样的时间段再运行一次。"
            ) from None
        except AlreadyRunning:
            raise CommandError("另一个进程正在重新解读这个数据来源，请等它结束。") from None
        clear(sys.stderr)
        self._tell(done.read, done.same, done.renewed, done.kept, done.counts)

    def _source(self, code: str | None) -> Source:
        found = Source.objects.select_related("facility").filter(code=code or "").first()
        if found is None:
            known = "、".join(Source.objects.values_list("code", flat=True)) or "（没有）"
            raise CommandError(f"请用 --source 写明数据来源的编码。现有：{known}。")
        return found

    def _moment(self, text: str | None) -> datetime | None:
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(f"“{text}”不是日期。请写成 2026-11-01 或 2026-11-01T08:00。") from None
        return timezone.make_aware(found) if timezone.is_naive(found) else found

    def _watch(self, found: Found) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K已读 {found.read} 条")
            sys.stderr.flush()

    def _tell(self, read: int, same: int, renewed: int, kept: int, counts: dict[str, int] | Counter[str]) -> None:
        self.stdout.write(f"重新读取 {read} 条消息：一致 {same}，更新 {renewed}，保留原样 {kept}。")
        for name, count in sorted(counts.items()):
            nature, kind, *column = name.split(" ")
            label = ReplayDifference.Nature(nature).label
            self.stdout.write(f"  {kind} {' '.join(column)}：{label}，{count} 处".replace(" ：", "："))
