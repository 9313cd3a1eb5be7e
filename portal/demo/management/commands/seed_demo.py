"""Seed the demonstration county."""

from typing import Any

from django.core.management.base import BaseCommand

from foundation import clock
from portal.demo import seed


class Command(BaseCommand):
    help = "建立（或补齐）演示县：机构、人员、居民、号源和宣教文章。可以重复运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        seed.county(clock.now(), {})
