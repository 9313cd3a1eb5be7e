"""Deeds that take two persons: one asks, another decides, and what was approved is carried out with the decision.

The database decides who may ask and who may decide (migration 0012); this room carries out.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _

from facilities.models import Facility, Membership
from foundation.dated import register, setting
from foundation.keys import uuid7
from foundation.rowsecurity import asked, database
from residents import enrolment, staff_accounts
from residents.models import Account, Approval
from residents.staff import first_password
from residents.staff_accounts import FirstPassword, UsernameTaken

EXPIRE_DAYS = register("approvals.days", 7, "双人审批的申请多少天内有效")

Kind = Approval.Kind


class CannotDecide(Exception):
    """The request cannot be decided by this session: it is one's own, decided, too old, or not one's business."""


def ask(
    *,
    kind: str,
    facility: Facility,
    reason: str,
    by: Account,
    now: datetime,
    about: Account | None = None,
    role: str = "",
    payload: dict[str, str] | None = None,
    with_numbers: bool = False,
) -> Approval:
    """Write down what is asked for; another person decides within some days. The database refuses who may not ask."""
    facts = payload or {}
    approval = Approval(
        id=uuid7(),
        kind=kind,
        facility=facility,
        role=role,
        account_id=about.pk if about else None,
        account_name=about.name if about else facts.get("name", ""),
        payload=json.dumps(facts, ensure_ascii=False),
        with_numbers=with_numbers,
        reason=reason.strip(),
        requested_by=by.pk,
        requested_name=by.name,
        requested_at=now,
        expires_at=now + timedelta(days=setting(EXPIRE_DAYS, now)),
    )
    approval.save(force_insert=True)
    return approval


def payload_of(approval: Approval) -> dict[str, Any]:
    """What was asked for besides the columns."""
    facts: dict[str, Any] = json.loads(approval.payload)
    return facts


def may_decide(approval: Approval) -> bool:
    """Whether this session's account may say yes or no to a request that waits."""
    return bool(asked("SELECT app.may_decide(%s)", [approval.pk]))


def refuse(*, approval: Approval, remark: str) -> None:
    """Say no; raises CannotDecide."""
    _decide(approval, False, remark)


def approve(*, approval: Approval, remark: str, now: datetime) -> FirstPassword | None:
    """Say yes and carry it out in the same transaction; returns what a new member of staff is handed.

    An export is only allowed here; whoever asked fetches it. Raises CannotDecide, having changed nothing.
    """
    try:
        with transaction.atomic(using=database()):
            _decide(approval, True, remark)
            return DEEDS[approval.kind](approval, now)
    except UsernameTaken as error:
        raise CannotDecide(_("这个用户名刚刚被别人用了，请不同意这项申请，让申请人换一个。")) from error
    except IntegrityError as error:
        raise CannotDecide(_conflict(error)) from error


def _conflict(error: IntegrityError) -> str:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if name == "administration_security_and_audit_are_separate":
        return _("这个人已经担任系统管理员、安全管理员或审计员，不能再兼任另一个。")
    if name == "one_live_membership_per_role":
        return _("该人员在该机构已有此角色。")
    raise error


def _decide(approval: Approval, yes: bool, remark: str) -> None:
    if not asked("SELECT app.decide_approval(%s, %s, %s)", [approval.pk, yes, remark]):
        raise CannotDecide(_("这项申请不能由您审批：可能是您自己的申请，或者已经有人处理，或者已过期。"))


def _open_account(approval: Approval, now: datetime) -> FirstPassword:
    facts = payload_of(approval)
    password = first_password()
    account = staff_accounts.prepare_account(username=facts["username"], name=facts["name"], password=password, now=now)
    try:
        _finish(approval, account.pk)
        _give(approval, account.pk, account.name, now)
    except DatabaseError:
        staff_accounts.discard(account.pk)
        raise
    staff_accounts.switch_on_when_kept(account.pk)
    return FirstPassword(account.username, account.name, password)


def _give_role(approval: Approval, now: datetime) -> None:
    assert approval.account_id is not None
    _finish(approval, approval.account_id)
    _give(approval, approval.account_id, approval.account_name, now)


def _reset_second_factor(approval: Approval, now: datetime) -> None:
    assert approval.account_id is not None
    _finish(approval, approval.account_id)
    staff_accounts.forget_second_factors(approval.account_id, now)


def _reopen_account(approval: Approval, now: datetime) -> None:
    assert approval.account_id is not None
    _finish(approval, approval.account_id)
    if not staff_accounts.with_second_factor([approval.account_id]):
        enrolment.begin(approval.account_id, now)
    staff_accounts.switch_on_when_kept(approval.account_id)


def _allow_export(approval: Approval, now: datetime) -> None:
    """Nothing yet: whoever asked fetches the file, once."""


DEEDS: dict[str, Callable[[Approval, datetime], FirstPassword | None]] = {
    Kind.OPEN_ACCOUNT: _open_account,
    Kind.GIVE_ROLE: _give_role,
    Kind.RESET_SECOND_FACTOR: _reset_second_factor,
    Kind.REOPEN_ACCOUNT: _reopen_account,
    Kind.EXPORT_PEOPLE: _allow_export,
}


def _give(approval: Approval, account_id: UUID, name: str, now: datetime) -> None:
    Membership(
        account_id=account_id, account_name=name, facility_id=approval.facility_id, role=approval.role, starts_at=now
    ).save(force_insert=True)


def _finish(approval: Approval, account_id: UUID) -> None:
    if not asked("SELECT app.finish_approval(%s, %s)", [approval.pk, account_id]):
        raise CannotDecide(_("这项申请已经办理过了。"))
