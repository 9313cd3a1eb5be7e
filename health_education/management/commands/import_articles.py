"""Bring in a folder of articles as drafts."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from facilities.models import Membership
from facilities.roles import Role
from foundation import clock
from health_education.importing import REFUSED, SAID, SAME, bring_in_all
from residents.models import Account


class Command(BaseCommand):
    help = (
        "把一个文件夹里的 Markdown 文章（每篇一个 .md，开头有说明）导入为草稿；文件名就是网址名。"
        "每个文件单独处理，可以重复运行：内容相同的不变，改过的存为新版本草稿。"
        "有文件没有导入时，退出码为 1。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="文件夹")
        parser.add_argument("--author", required=True, metavar="用户名", help="作者的用户名，须有“宣教编辑”角色")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, now = options["folder"], clock.now()
        if not folder.is_dir():
            raise CommandError(_("没有这个文件夹：%(folder)s") % {"folder": folder})
        by = Account.objects.filter(username=options["author"], is_staff=True, is_active=True).first()
        live = Membership.objects.live(now).filter(account_id=by.pk, role=Role.EDITOR) if by else None
        if by is None or live is None or not live.exists():
            raise CommandError(_("没有这个用户名，或者这个账号没有“宣教编辑”角色。"))
        files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.md"))}
        outcomes = bring_in_all(files, by, now)
        for outcome in outcomes:
            if outcome.kind != SAME:
                self.stdout.write(f"{outcome.name}：{outcome.said}")
            for reason in outcome.reasons:
                self.stderr.write(f"  {reason}")
        counts = Counter(outcome.kind for outcome in outcomes)
        self.stdout.write(
            "，".join(f"{SAID[kind]} {counts[kind]}" for kind in SAID if counts[kind]) or _("没有 .md 文件")
        )
        if counts[REFUSED]:
            raise CommandError(_("有%(count)d个文件没有导入，原因见上。") % {"count": counts[REFUSED]})
