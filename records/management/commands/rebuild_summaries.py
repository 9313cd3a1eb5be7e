"""Work out the first page of every record anew, from the tables."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from foundation import clock
from records.summaries import keeping


class Command(BaseCommand):
    help = (
        "把所有居民“我的档案”首页的摘要按档案重新整理一遍。门户开着也可以运行，随时可以停，再运行一次结果一样；"
        "整理完之前，首页照样是对的，只是打开慢一些。"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        keeping.mark_everybody()
        started, done = time.monotonic(), 0
        while found := keeping.sweep(clock.now(), 5.0):
            done += found
            self.stderr.write(f"已整理 {done} 人", ending="\r")
        left = keeping.waiting()
        seconds = round(time.monotonic() - started)
        self.stdout.write(f"已整理 {done} 人，用时 {seconds} 秒。")
        if left:
            self.stdout.write(f"还有 {left} 人由后台任务接着整理。")
