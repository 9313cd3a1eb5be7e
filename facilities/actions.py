"""What is done to facilities and their people: bringing them in from lists, giving a role and ending it."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from facilities.imports import Once, Outcome, Row, RowError, judge, saved
from facilities.models import Department, Facility, Membership
from facilities.roles import Role

FACILITY_COLUMNS = ["机构编码", "机构名称", "机构层级", "上级机构编码", "地址", "电话", "排序"]
FACILITY_FIELDS = {"code": "机构编码", "name": "机构名称", "address": "地址", "phone": "电话"}
DEPARTMENT_COLUMNS = ["机构编码", "科室编码", "科室名称", "简介", "位置", "排序"]
DEPARTMENT_FIELDS = {"code": "科室编码", "name": "科室名称", "introduction": "简介", "location": "位置"}
DEEPEST_TREE = 10


class LastAdministrator(Exception):
    """Ending this role would leave the portal without anyone who can give roles."""


def import_facilities(rows: list[Row], outcome: Outcome) -> None:
    """Add or update facilities by their code; parents may come later in the file or be known already."""
    known = {facility.code: facility for facility in Facility.objects.select_related("parent")}
    once, wanted = Once(), dict[str, Facility]()

    def read(row: Row) -> None:
        code = row.required("机构编码")
        once.check(code, row)
        row.choice("机构层级", Facility.Level)
        row.number_in("排序", 100)
        facility = Facility(code=code, name=row.required("机构名称"), address=row["地址"], phone=row["电话"])
        row.check(facility, FACILITY_FIELDS)
        wanted[code] = known.get(code) or facility

    readable = judge(rows, read, outcome)
    for row in _with_known_parents(readable, known, outcome):
        facility = wanted[row["机构编码"]]
        parent = wanted.get(row["上级机构编码"]) or known.get(row["上级机构编码"])
        outcome.count(saved(facility, _facility_fields(row, facility, parent)))


def _facility_fields(row: Row, facility: Facility, parent: Facility | None) -> dict[str, object]:
    return {
        **{name: row[column] for name, column in FACILITY_FIELDS.items()},
        "level": row.choice("机构层级", Facility.Level),
        "position": row.number_in("排序", facility.position),
        "parent_id": parent.pk if parent else None,
    }


def _with_known_parents(rows: list[Row], known: dict[str, Facility], outcome: Outcome) -> list[Row]:
    """The rows whose parents exist or are being made, and lead up without a circle; repeated until none drops out."""
    while True:
        above = {code: facility.parent.code if facility.parent else "" for code, facility in known.items()}
        above |= {row["机构编码"]: row["上级机构编码"] for row in rows}

        passed = judge(rows, partial(_check_way_up, above=above), outcome)
        if len(passed) == len(rows):
            return rows
        rows = passed


def _check_way_up(row: Row, above: dict[str, str]) -> None:
    parent = row["上级机构编码"]
    if parent and parent not in above:
        raise RowError(_("上级机构“%(code)s”不存在，文件里也没有。") % {"code": parent[:30]})
    steps = 0
    while parent and steps <= DEEPEST_TREE:
        if parent == row["机构编码"]:
            raise RowError(_("上级机构绕成了圈，请检查“上级机构编码”。"))
        parent, steps = above.get(parent, ""), steps + 1
    if steps > DEEPEST_TREE:
        raise RowError(_("上级机构的层数太多，请检查“上级机构编码”。"))


def import_departments(rows: list[Row], outcome: Outcome) -> None:
    """Add or update departments by facility and code."""
    facilities = {facility.code: facility for facility in Facility.objects.all()}
    known = {(department.facility_id, department.code): department for department in Department.objects.all()}
    once = Once()

    def apply(row: Row) -> str:
        facility = facility_named(row, facilities)
        key = (facility.pk, row.required("科室编码"))
        once.check(key, row)
        department = known.get(key) or Department(facility=facility, code=key[1])
        row.required("科室名称")
        fields: dict[str, Any] = {name: row[column] for name, column in DEPARTMENT_FIELDS.items()}
        row.check(Department(**fields), DEPARTMENT_FIELDS)
        return saved(department, {**fields, "position": row.number_in("排序", department.position)})

    judge(rows, apply, outcome)


def facility_named(row: Row, facilities: dict[str, Facility]) -> Facility:
    """The facility a row names by its code; raises RowError when there is none."""
    code = row.required("机构编码")
    if code not in facilities:
        raise RowError(_("没有编码为“%(code)s”的机构，请先导入机构。") % {"code": code[:30]})
    return facilities[code]


def give_role(*, account_id: UUID, name: str, facility: Facility, role: str, now: datetime) -> bool:
    """Let an account hold a role at a facility from now on; False when it holds it already."""
    held = Membership.objects.filter(account_id=account_id, facility=facility, role=role, ended_at__isnull=True)
    if held.exists():
        return False
    membership = Membership(account_id=account_id, account_name=name, facility=facility, role=role, starts_at=now)
    membership.save(force_insert=True)
    return True


@transaction.atomic
def end_role(*, membership: Membership, now: datetime) -> bool:
    """End a role at once; False when it had ended. Raises LastAdministrator for the last one who can give roles."""
    live = Membership.objects.filter(pk=membership.pk, ended_at__isnull=True)
    if membership.role == Role.ADMINISTRATOR:
        administrators = Membership.objects.live(now).administrators().select_for_update(of=["self"])
        if {held.pk for held in administrators.order_by("pk")} == {membership.pk}:
            raise LastAdministrator(_("这是最后一位系统管理员，请先指定另一位再结束。"))
    return bool(live.update(ended_at=now))
