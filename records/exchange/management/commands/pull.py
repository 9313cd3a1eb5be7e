"""Pull results from facilities by hand."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import clock
from records.exchange import documents
from records.exchange.models import Pull, Source
from records.exchange.problems import AlreadyRunning
from records.exchange.pulling import PULLED, pull
from records.exchange.watching import clear, table, watching


class Command(BaseCommand):
    help = (
        "立即从医疗机构的接口、前置机数据库视图或影像系统拉取新结果（全部已启用的数据来源，或 --source 指定的一个）。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="编码", help="只拉取这个数据来源")

    def handle(self, *args: Any, source: str | None = None, **options: Any) -> None:
        done = [(chosen.code, run) for chosen in self._chosen(source) for run in self._runs(chosen)]
        if done:
            self.stdout.write(table(done))
        failed = [code for code, run in done if run.outcome == Pull.Outcome.FAILED]
        if failed:
            raise CommandError(f"{len(failed)} 个数据来源没有拉取成功：{'、'.join(failed)}。原因见上。")

    def _chosen(self, code: str | None) -> list[Source]:
        pulled = Source.objects.filter(kind__in=PULLED)
        if code is None:
            found = list(pulled.filter(state=Source.State.ENABLED))
            if not found:
                raise CommandError("没有已启用的数据来源。请在后台“数据来源”中添加并启用。")
            return found
        found = list(pulled.filter(code=code))
        if not found:
            known = "、".join(pulled.values_list("code", flat=True)) or "（没有）"
            raise CommandError(f"没有编码为 {code}、由门户拉取的数据来源。现有：{known}。")
        return found

    def _runs(self, source: Source) -> Iterator[Pull]:
        """The pull, and the translation of what it kept where that is not FHIR."""
        run = self._pull(source)
        if run is not None:
            yield run
            if source.pk in documents.due():
                with suppress(AlreadyRunning):
                    yield documents.translate(source.pk, clock=clock.now, watch=watching(sys.stderr, source.code))
                clear(sys.stderr)

    def _pull(self, source: Source) -> Pull | None:
        self.stderr.write(f"{source.name}（{source.code}）……", style_func=str)
        try:
            run = pull(source.pk, clock=clock.now, watch=watching(sys.stderr, source.code))
        except AlreadyRunning:
            self.stderr.write("正在由另一个进程拉取，这次跳过。", style_func=str)
            return None
        clear(sys.stderr)
        if run.error:
            self.stderr.write(run.error)
        return run
