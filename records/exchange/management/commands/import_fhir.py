"""Import files of FHIR resources through the same door as pulled ones."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import clock
from records.exchange.filing import BadFile
from records.exchange.importing import import_file
from records.exchange.models import Pull, Source
from records.exchange.problems import AlreadyRunning
from records.exchange.watching import clear, table, watching


class Command(BaseCommand):
    help = "导入 FHIR R4 文件（Bundle 或每行一条资源的 NDJSON）。重复导入同一文件不会重复入档。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="文件", type=Path)
        parser.add_argument("--source", metavar="编码", help="文件来自哪个数据来源")

    def handle(self, *args: Any, files: list[Path], source: str | None = None, **options: Any) -> None:
        if not files or not source:
            raise CommandError("请写明要导入的文件和数据来源：manage.py import_fhir 文件… --source 编码")
        chosen = Source.objects.filter(code=source).first()
        if chosen is None:
            known = "、".join(Source.objects.values_list("code", flat=True)) or "（没有）"
            raise CommandError(f"没有编码为 {source} 的数据来源。现有：{known}。可在后台“数据来源”中添加。")
        done = [(file.name, self._import(file, chosen)) for file in files]
        self.stdout.write(table(done))

    def _import(self, file: Path, source: Source) -> Pull:
        self.stderr.write(f"{file.name}……", style_func=str)
        try:
            run = import_file(file, source.pk, clock=clock.now, watch=watching(sys.stderr, file.name))
        except BadFile as problem:
            raise CommandError(str(problem)) from None
        except AlreadyRunning:
            raise CommandError("这个数据来源正在拉取或导入，请等它结束后再试。") from None
        clear(sys.stderr)
        return run
