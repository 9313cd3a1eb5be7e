"""Staff accounts: the first administrator of an empty county, and lists of staff brought in from a file."""

import csv
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connections, router, transaction
from django.utils.translation import gettext as _

from facilities.actions import facility_named, give_role
from facilities.imports import CannotRead, Once, Outcome, Row, RowError, harmless, judge, saved
from facilities.models import Department, Facility, Membership, Practitioner
from facilities.roles import Role
from residents.models import Account

STAFF_COLUMNS = ["机构编码", "用户名", "姓名", "角色", "工号", "科室编码", "职称", "擅长"]
PRACTITIONER_FIELDS = {"code": "工号", "name": "姓名", "title": "职称", "speciality": "擅长"}
USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike on paper
BUREAU_CODE = "BUREAU"
FIRST_ADMINISTRATOR_LOCK = 7101


class Refused(Exception):
    """The account cannot be made; the text says why and what to do."""


def username_of(typed: str) -> str:
    """A staff username in its stored form; raises ValidationError when it is none.

    It begins with a letter, so that nobody takes an ID number for it.
    """
    name = typed.strip().lower()
    if not USERNAME.fullmatch(name):
        raise ValidationError(_("用户名应为3至32位，以英文字母开头，只含英文字母、数字、点、横线和下划线。"))
    return name


def first_password() -> str:
    """Twelve characters in three groups, without those that look alike on paper."""
    return "-".join("".join(secrets.choice(LETTERS) for _n in range(4)) for _m in range(3))


def create_first_administrator(*, username: str, name: str, password: str, now: datetime) -> Account:
    """The administrator of the health bureau, which is made if there is none; raises Refused when one exists."""
    alias = router.db_for_write(Account)
    with transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_ADMINISTRATOR_LOCK])
        if Membership.objects.live(now).administrators().exists():
            raise Refused(_("已经有系统管理员了。请由他在工作台的“人员角色”中添加其他人。"))
        if Account.objects.filter(username=username).exists():
            raise Refused(_("用户名“%(username)s”已有人使用，请换一个。") % {"username": username})
        account = Account.objects.create_user(username, password, name=name, is_staff=True)
        give_role(account_id=account.pk, name=name, facility=_bureau(), role=Role.ADMINISTRATOR, now=now)
    return account


def _bureau() -> Facility:
    found = Facility.objects.filter(level=Facility.Level.BUREAU, is_active=True).first()
    if found:
        return found
    bureau = Facility(
        code=BUREAU_CODE, name=f"{settings.COUNTY_NAME}卫生健康局", level=Facility.Level.BUREAU, position=1
    )
    bureau.save(force_insert=True)
    return bureau


@dataclass
class StaffImport:
    """One run over a staff list; each row is one role of one person at one facility."""

    now: datetime
    facilities: dict[str, Facility] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    once: Once = field(default_factory=Once)
    named: dict[str, tuple[str, int]] = field(default_factory=dict)
    codes: dict[tuple[UUID, str], tuple[str, int]] = field(default_factory=dict)

    def run(self, rows: list[Row], outcome: Outcome) -> None:
        self.facilities = {facility.code: facility for facility in Facility.objects.all()}
        names = {row["用户名"].lower() for row in rows}
        self.accounts = {account.username: account for account in Account.objects.filter(username__in=names)}
        judge(rows, self.apply, outcome)

    def apply(self, row: Row) -> str:
        """One row: account, role and, with a staff number, the doctor that residents see."""
        facility, role = facility_named(row, self.facilities), row.choice("角色", Role)
        username, name = self._username(row), row.required("姓名")
        self.once.check((username, facility.pk, role), row)
        self._check_name(username, name, row)
        practitioner, fields = self._practitioner(row, facility, username)
        account, what = self._account(username, name)
        given = give_role(account_id=account.pk, name=name, facility=facility, role=role, now=self.now)
        done = saved(practitioner, fields) if practitioner is not None else "repeated"
        if what == "repeated" and (given or done != "repeated"):
            return "changed"
        return what

    def _username(self, row: Row) -> str:
        row.required("用户名")
        try:
            username = username_of(row["用户名"])
        except ValidationError as error:
            raise RowError(error.messages[0]) from error
        account = self.accounts.get(username)
        if account is not None and not account.is_staff:
            raise RowError(_("用户名“%(username)s”是居民账号，请换一个。") % {"username": username})
        return username

    def _check_name(self, username: str, name: str, row: Row) -> None:
        first, number = self.named.setdefault(username, (name, row.number))
        if first != name:
            raise RowError(_("同一用户名在第%(number)d行写的姓名是“%(name)s”。") % {"number": number, "name": first})
        row.check(Account(name=name), {"name": "姓名"})

    def _account(self, username: str, name: str) -> tuple[Account, str]:
        account = self.accounts.get(username)
        if account is None:
            self.passwords[username] = first_password()
            account = Account.objects.create_user(
                username, self.passwords[username], name=name, is_staff=True, must_change_password=True
            )
            self.accounts[username] = account
            return account, "added"
        if account.name == name:
            return account, "repeated"
        account.name = name
        account.save(update_fields=["name"])
        Membership.objects.of(account.pk).filter(ended_at__isnull=True).update(account_name=name)
        return account, "changed"

    def _practitioner(
        self, row: Row, facility: Facility, username: str
    ) -> tuple[Practitioner | None, dict[str, object]]:
        if not row["工号"] and not row["科室编码"]:
            return None, {}
        code = row.required("工号")
        holder, number = self.codes.setdefault((facility.pk, code), (username, row.number))
        if holder != username:
            raise RowError(_("工号“%(code)s”在第%(number)d行已属于别人。") % {"code": code[:30], "number": number})
        department = Department.objects.filter(facility=facility, code=row.required("科室编码")).first()
        if department is None:
            raise RowError(_("该机构没有编码为“%(code)s”的科室，请先导入科室。") % {"code": row["科室编码"][:30]})
        fields: dict[str, object] = {name: row[column] for name, column in PRACTITIONER_FIELDS.items()}
        known = Practitioner.objects.filter(facility=facility, code=code).first()
        practitioner = known or Practitioner(facility=facility)
        row.check(Practitioner(facility=facility, department=department, **fields), PRACTITIONER_FIELDS)
        return practitioner, {**fields, "department_id": department.pk}


def write_passwords(path: Path, run: StaffImport) -> Path | None:
    """Write new accounts' first passwords beside the list, readable by this user alone; returns where, or None.

    Raises CannotRead when a file of an earlier run is still there, so that no password is ever lost.
    """
    if not run.passwords:
        return None
    target = path.with_name(path.name + ".passwords.csv")
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise CannotRead(
            _("%(path)s 还在。请先把里面的初始密码发给本人并删除这个文件，再导入。") % {"path": target}
        ) from error
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["用户名", "姓名", "初始密码"])
        for username, password in run.passwords.items():
            writer.writerow([username, harmless(run.accounts[username].name), password])
    return target
