"""Move months whose time of keeping is over out of the access log; nothing is deleted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import clock
from residents import retention
from residents.canonical import month_name
from residents.management.commands.verify_access_log import sentence
from residents.verifying import month_named


class Command(BaseCommand):
    help = "把某月之前的访问记录按月移出：先核验，再把分区从表上拆下来，不删除任何一条。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--before", metavar="YYYYMM", required=True, help="移出这个月之前的各月，例如 202401")

    def handle(self, *args: Any, before: str, **options: Any) -> None:
        now = clock.now()
        try:
            months = retention.months_before(month_named(before), now)
            for month in months:
                name, count = month_name(month), retention.detach(month, now)
                self.stdout.write(f"{name}：{count} 条已移出到 {retention.LOG}_{name} 和 {retention.CHAIN}_{name}。")
        except ValueError as wrong:
            raise CommandError(f"月份“{wrong}”写得不对，应形如 202401。") from None
        except OSError as error:
            raise CommandError(f"链头写不进 AUDIT_HEADS（{type(error).__name__}），没有移出。") from None
        except retention.Refused as refusal:
            for fault in refusal.faults:
                self.stdout.write(sentence(fault))
            raise CommandError(str(refusal)) from None
        if not months:
            self.stdout.write(f"{before} 之前没有可以移出的月份。")
