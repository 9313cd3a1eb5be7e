"""Staff accounts, as security administrators and managers see them: giving is asked for, taking away done here."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from facilities.actions import LastAdministrator
from facilities.models import Facility, Membership
from facilities.querysets import facilities_reached
from facilities.roles import Role
from foundation import clock
from portal.people.account_forms import GiveRoleForm, NewAccountForm, ReasonForm
from portal.people.doors import need
from portal.staff_log import record
from residents import approvals, enrolment, staff_accounts
from residents.models import Account, Approval

A_PAGE = 50


@dataclass(frozen=True)
class Colleague:
    """One staff account with the roles that this session may see."""

    account: Account
    roles: list[Membership]
    second_factor: bool


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Everybody with a role where this account may look, switched off ones too."""
    need(request, "residents.view_account")
    people = Membership.objects.order_by("account_name", "account_id").values_list("account_name", "account_id")
    page = Paginator(people.distinct(), A_PAGE).get_page(request.GET.get("page"))
    record(request, "staff.listed", Account)
    shown = colleagues([account_id for _name, account_id in page])
    context = {"page": page, "colleagues": shown, "may_add": request.user.has_perm("residents.add_account")}
    return render(request, "portal/people/accounts.html", context)


def colleagues(keys: list[UUID]) -> list[Colleague]:
    """Some accounts with their live roles: three statements, however many."""
    live = Membership.objects.live(clock.now()).filter(account_id__in=keys).select_related("facility")
    roles: dict[UUID, list[Membership]] = {}
    for membership in live:
        roles.setdefault(membership.account_id, []).append(membership)
    known = Account.objects.filter(pk__in=keys, is_staff=True).in_bulk()
    safe = staff_accounts.with_second_factor(list(known))
    return [Colleague(known[key], roles.get(key, []), key in safe) for key in dict.fromkeys(keys) if key in known]


def colleague(account_id: UUID) -> Colleague:
    """One account that this session may see at all; a stranger and nobody are the same 404."""
    if not Membership.objects.of(account_id).exists():
        raise Http404
    found = colleagues([account_id])
    if not found:
        raise Http404
    return found[0]


@require_safe
def account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account: its roles, and what can be asked for or done at once."""
    viewer = need(request, "residents.view_account")
    shown = colleague(account_id)
    record(request, "staff.read", shown.account)
    context = {
        "colleague": shown,
        "myself": shown.account.pk == viewer.pk,
        "may_ask": viewer.has_perm("residents.add_approval"),
        "may_add": viewer.has_perm("residents.add_account"),
        "may_change": viewer.has_perm("residents.change_account"),
        "may_print": viewer.has_perm("residents.add_account") and awaits_code(shown),
        "reason": ReasonForm(),
    }
    return render(request, "portal/people/account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """Ask for an account for a new colleague; somebody else says yes."""
    by = need(request, "residents.add_account")
    form = NewAccountForm(request.POST or None, places=places())
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        approval = approvals.ask(
            kind=Approval.Kind.OPEN_ACCOUNT,
            facility=facts["facility"],
            role=facts["role"],
            reason=facts["reason"],
            payload={"username": facts["username"], "name": facts["name"]},
            by=by,
            now=clock.now(),
        )
        return asked(request, approval)
    return render(request, "portal/people/new_account.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def give_role(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Ask for one of the separate roles for a colleague."""
    by = need(request, "residents.add_account")
    _somebody_else(by, account_id)
    shown = colleague(account_id)
    form = GiveRoleForm(request.POST or None, places=places())
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        approval = approvals.ask(
            kind=Approval.Kind.GIVE_ROLE,
            facility=facts["facility"],
            role=facts["role"],
            reason=facts["reason"],
            about=shown.account,
            by=by,
            now=clock.now(),
        )
        return asked(request, approval)
    return render(request, "portal/people/give_role.html", {"form": form, "colleague": shown})


@require_POST
def ask_reset(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Ask for a lost second factor to be dropped."""
    return _ask_about(request, account_id, Approval.Kind.RESET_SECOND_FACTOR)


@require_POST
def ask_reopen(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Ask for an account that was switched off to be switched on again."""
    return _ask_about(request, account_id, Approval.Kind.REOPEN_ACCOUNT)


def _ask_about(request: HttpRequest, account_id: UUID, kind: str) -> HttpResponse:
    by = need(request, "residents.add_approval")
    _somebody_else(by, account_id)
    shown, form = colleague(account_id), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请写明理由，至少5个字。"))
        return redirect("staff:account", account_id)
    approval = approvals.ask(
        kind=kind,
        facility=home_of(account_id),
        reason=form.cleaned_data["reason"],
        about=shown.account,
        by=by,
        now=clock.now(),
    )
    return asked(request, approval)


def awaits_code(shown: Colleague) -> bool:
    """Whether the account takes a code before its first second factor."""
    return shown.account.is_active and shown.account.enrol_by is not None and not shown.second_factor


@require_POST
def print_code(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The code for a colleague's first second factor, handed over in person; not by whoever saw the first password."""
    by = need(request, "residents.add_account")
    _somebody_else(by, account_id)
    shown = colleague(account_id)
    opened = Approval.objects.filter(kind=Approval.Kind.OPEN_ACCOUNT, account_id=account_id, decided_by=by.pk)
    if not awaits_code(shown) or opened.exists():
        messages.error(request, _("不能打印登记码：账号不需要，或者是您自己审批开通的，要由另一位安全管理员打印。"))
        return redirect("staff:account", account_id)
    code, until = enrolment.print_code(shown.account, clock.now())
    record(request, "accounts.printed_code", shown.account)
    context = {"code": code, "until": until, "colleague": shown.account}
    return render(request, "portal/people/enrolment_code.html", context)


@require_POST
def switch_off(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """A leaver: at once, by one person. A manager ends the roles at their own place, security the whole account."""
    by = need(request, "residents.change_account")
    shown = colleague(account_id)
    whole = by.has_perm("residents.add_account")
    try:
        if whole:
            staff_accounts.switch_off(account=shown.account, by=by.pk, now=clock.now())
        else:
            staff_accounts.end_roles_at_ones_own(account=shown.account, by=by.pk, now=clock.now())
    except staff_accounts.NotOneself:
        messages.error(request, _("不能停用自己的账号。"))
    except LastAdministrator as refusal:
        messages.error(request, str(refusal))
    else:
        record(request, "accounts.switched_off" if whole else "accounts.roles_ended", shown.account)
        messages.success(request, _("已停用，立即生效。") if whole else _("已结束在本机构的角色，立即生效。"))
    return redirect("staff:accounts")


def _somebody_else(by: Account, account_id: UUID) -> None:
    """Nobody asks for anything for themselves; the database refuses it too."""
    if by.pk == account_id:
        raise PermissionDenied


def asked(request: HttpRequest, approval: Approval) -> HttpResponse:
    """Written down and logged; on to the request's own page."""
    record(request, "approvals.asked", approval)
    messages.success(request, _("已提交，等待另一位负责人审批。"))
    return redirect("staff:approval", approval.pk)


def places() -> list[UUID]:
    """Where this session may ask for accounts."""
    return list(facilities_reached(Role.SECURITY))


def home_of(account_id: UUID) -> Facility:
    """Where an account worked last, as far as this session sees."""
    last = Membership.objects.of(account_id).order_by("-starts_at").first()
    if last is None:
        raise Http404
    return Facility.objects.get(pk=last.facility_id)
