"""Listen for HL7 v2 messages of facilities (MLLP)."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foundation import clock
from records.exchange.hl7v2 import listening, senders


class Command(BaseCommand):
    help = "接收医疗机构用 MLLP 发来的 HL7 v2 消息。每条消息先保存到数据库，再应答；按 Ctrl-C 结束。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--host", metavar="地址", help="在哪个网络地址上接收（默认按 MLLP_ADDRESS，再默认只限本机）"
        )
        parser.add_argument("--port", metavar="端口", type=int, help="端口（默认按 MLLP_ADDRESS，再默认 2575）")

    def handle(self, *args: Any, host: str | None, port: int | None, **options: Any) -> None:
        usual = settings.MLLP_ADDRESS
        usual_host, usual_port = listening.address_of(usual if usual not in ("", "none") else listening.DEFAULT_ADDRESS)
        self._listen(host or usual_host, usual_port if port is None else port)

    def _listen(self, host: str, port: int) -> None:
        if not 0 <= port <= 65535:
            raise CommandError(f"{port} 不是端口号，请写 1 到 65535 之间的数字。")
        found = [sender.source.code for sender in senders.known()]
        known = "、".join(found) or "（没有）请先在后台“数据来源”中添加"
        self.stderr.write(f"HL7 v2 数据来源：{known}", style_func=str)
        listener = listening.Listener(listening.bounds_at(clock.now()), clock.now, limits=listening.bounds_at)
        try:
            asyncio.run(listening.listen(listener, host, port, lambda open_port: self._say(host, open_port)))
        except OSError as problem:
            raise CommandError(
                f"不能在 {host} 的端口 {port} 上接收：{problem.strerror}。请换一个端口或地址。"
            ) from None

    def _say(self, host: str, port: int) -> None:
        self.stdout.write(f"正在 {host} 的端口 {port} 上接收 HL7 v2 消息（MLLP）。")
        self.stdout.flush()
