"""Count the published fairness figures once more from the trail, and say where they differ."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from appointments.fairness import differences
from appointments.models import FairnessMonth


class Command(BaseCommand):
    help = "按号源流水重新计算已公布的预约公平月报，与公布的逐项对照。有不同时写明是哪一项，退出码为 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", metavar="YYYYMM", help="只核对这个月，例如 202611；默认全部月份")

    def handle(self, *args: Any, month: str | None = None, **options: Any) -> None:
        rows = FairnessMonth.objects.order_by("month")
        if month:
            rows = rows.filter(month=_named(month))
        wrong = 0
        for row in rows:
            found = differences(row)
            wrong += bool(found)
            said = f"不同：{'、'.join(found)}" if found else "一致"
            self.stdout.write(f"{row.month:%Y-%m} {said}")
        if not rows:
            self.stdout.write("还没有公布的月份。")
        if wrong:
            raise CommandError(f"{wrong} 个月与流水不一致。")


def _named(month: str) -> date:
    try:
        return date(int(month[:4]), int(month[4:]), 1)
    except ValueError:
        raise CommandError(f"月份“{month}”写得不对，应形如 202611。") from None
