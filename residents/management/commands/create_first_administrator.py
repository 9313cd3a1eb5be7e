"""Make the first administrator of an empty county, who then gives everyone else their roles."""

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from foundation import clock
from residents.staff import Refused, create_first_administrator, username_of


class Command(BaseCommand):
    help = "建立第一位系统管理员（没有卫生健康局时一并建立）。已有系统管理员时拒绝。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", required=True, help="登录用的用户名，以英文字母开头")
        parser.add_argument("--name", default="系统管理员", help="姓名")
        parser.add_argument("--password-env", metavar="VAR", help="从这个环境变量读取密码；不给时在屏幕上输入两次")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            username = username_of(options["username"])
            password = self._password(options["password_env"])
            validate_password(password)
            create_first_administrator(
                username=username, name=options["name"].strip(), password=password, now=clock.now()
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("已建立系统管理员“%(username)s”。请在 /staff/ 登录。") % {"username": username})

    def _password(self, variable: str | None) -> str:
        """From the named environment variable, or typed twice."""
        if variable:
            if not os.environ.get(variable):
                raise CommandError(_("环境变量 %(name)s 没有设置。") % {"name": variable})
            return os.environ[variable]
        first = getpass(_("密码（输入时不显示）："))
        if getpass(_("再输入一次：")) != first:
            raise CommandError(_("两次输入的密码不一样，请重新运行。"))
        return first
