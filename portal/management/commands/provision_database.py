"""Create the portal's database logins, or print the SQL for a database administrator."""

import os
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.environment import env
from portal import embedded, provisioning


class Command(BaseCommand):
    help = "建立门户的数据库登录角色；没有权限时打印应由数据库管理员执行的 SQL。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", dest="only_print", help="只打印 SQL，不执行")

    def handle(self, *args: Any, **options: Any) -> None:
        address = env("DATABASE_URL")
        passwords = provisioning.passwords_from(dict(os.environ), embedded.secrets_of(embedded.data_dir()))
        try:
            if options["only_print"]:
                self.print_statements(address, passwords)
                return
            provisioning.provision(address, passwords)
        except provisioning.NotPermitted as refusal:
            self.stdout.write(refusal.statements)
            raise CommandError(f"{refusal} 请让数据库管理员执行上面的 SQL，然后再运行一次。") from None
        except psycopg.OperationalError:
            raise CommandError("连不上 DATABASE_URL 指向的数据库。请确认服务器已启动、地址和密码正确。") from None
        self.stdout.write("登录角色已就绪：portal_web、portal_signin、portal_worker、portal_backup。")

    def print_statements(self, address: str, passwords: dict[str, str]) -> None:
        """The statements, without running any."""
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            statements = provisioning.statements_for(connection, connection.info.dbname, passwords)
            for statement in statements:
                self.stdout.write(statement.as_string(connection) + ";")
