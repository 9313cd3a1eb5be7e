"""Whose a message is: the questions of one's own facility, both sides side by side, the answer, and its undoing."""

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.people.doors import need, origin_of
from portal.staff_log import record
from records.exchange import identities as exchange
from records.exchange.models import IdentityCase, IdentityDecision, PatientMerge
from residents.models import Resident
from residents.presenters import masked_number

VIEW, DECIDE = "exchange.view_identitycase", "exchange.change_identitycase"
Verdict, Question = IdentityDecision.Verdict, IdentityCase.Question
SHOWN = 100

WHY: dict[str, Promise] = {
    Question.DIFFERS: gettext_lazy(
        "消息里的身份证号码已经有人登记，但姓名、性别或出生日期和登记的不一样。可能是机构写错了，也可能用了别人的号码。"
    ),
    Question.REUSED: gettext_lazy(
        "机构的这个患者编号，以前是另一位居民的；现在的消息说是下面这个人。以前的结果仍留在原来那位居民名下。"
    ),
    Question.CONTRADICTS: gettext_lazy("消息里写的性别或出生日期，和身份证号码本身对不上。多半是机构登记时写错了。"),
    Question.SEVERAL: gettext_lazy("消息里同一位患者有几个不同的身份证号码，不能确定是谁。只能退回机构更正。"),
    Question.LOCAL: gettext_lazy(
        "消息里没有身份证号码。机构的这个患者编号已经对应一位居民，但姓名、性别或出生日期和登记的不一样。"
    ),
    Question.NEWBORN: gettext_lazy(
        "看来是新生儿，消息里却是别人（多半是母亲）的身份证号码或患者编号。不能关联到母亲，只能退回机构，"
        "请机构给婴儿单独的患者编号；有了身份证号码再补上。"
    ),
    Question.MERGED: gettext_lazy(
        "机构把两个患者编号合并成一个，但它们对应两位不同的居民。没有决定以前，两个编号各归各的，什么都没有合并。"
    ),
    Question.UNNAMED: gettext_lazy(
        "消息只写了身份证号码，没有写姓名，或者姓名和登记的不一样。只凭号码不能确定是谁的结果。"
    ),
}
ANSWERS: dict[str, Promise] = {
    "late": gettext_lazy("没有办成：已经有同事处理过，请看现在的情况。"),
    "own": gettext_lazy("这条数据可能是您自己的，请让另一位同事来决定。"),
    "reason": gettext_lazy("请写明依据，2到200个字。"),
}
UNMERGED: dict[str, Promise] = {
    "done": gettext_lazy("已撤销合并。几分钟内，因合并入档的内容退回原来的人；原来没有对应居民的，等待机构补充信息。"),
    "late": gettext_lazy("没有办成：这次合并已经撤销，或者是经人核对决定的，请到那条核对记录里撤销。"),
    "own": ANSWERS["own"],
}
DONE: dict[str, Promise] = {
    Verdict.SAME: gettext_lazy("已决定：是同一人。几分钟内入档；决定错了，随时可以撤销。"),
    Verdict.DIFFERENT: gettext_lazy("已决定：不是同一人。消息不入档，请通知机构更正后重新发送。"),
    Verdict.UNDONE: gettext_lazy("已撤销。几分钟内，因此入档的内容会从档案中收回，等待重新决定。"),
}
HEADS: dict[str, tuple[Promise, Promise]] = {
    Question.MERGED: (gettext_lazy("保留的编号是谁"), gettext_lazy("停用的编号是谁")),
}
HEADS_ELSE = gettext_lazy("机构的消息里"), gettext_lazy("门户登记的")
LINKS: dict[str, Promise] = {
    Question.REUSED: gettext_lazy("编号已改给这个人，关联"),
    Question.MERGED: gettext_lazy("是同一人，合并"),
}
COMPARED: dict[str, tuple[Promise, str]] = {
    "same": (gettext_lazy("相同"), "good"),
    "differs": (gettext_lazy("不同"), "bad"),
    "missing": (pgettext_lazy("message", "没有写"), "warn"),
}


class ReasonForm(forms.Form):
    """On what grounds something is decided."""

    reason = forms.CharField(
        label=gettext_lazy("依据"),
        help_text=gettext_lazy("怎样核对的，例如：打电话问过本人、看过证件原件。不要写病情。"),
        min_length=2,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class SettleForm(ReasonForm):
    """A decision, on what grounds, and how many decisions its maker had seen."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


@dataclass(frozen=True)
class Line:
    """One thing both sides say, and whether they agree."""

    label: str
    said: str
    registered: str
    verdict: Promise | str = ""
    tone: str = ""


@require_safe
def identities(request: HttpRequest) -> HttpResponse:
    """What waits at the facilities where this account settles, and what was decided; without names."""
    need(request, VIEW)
    cases = IdentityCase.objects.select_related("facility")
    record(request, "staff.listed", IdentityCase)
    context = {
        "waiting": cases.filter(state=IdentityCase.State.OPEN)[:SHOWN],
        "settled": cases.exclude(state=IdentityCase.State.OPEN)[:SHOWN],
        "merges": merges()[:SHOWN],
    }
    return render(request, "portal/people/identities.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One question: both sides, what was decided before, and a decision."""
    need(request, DECIDE)
    case = get_object_or_404(IdentityCase.objects.select_related("facility"), pk=case_id)
    decisions = list(case.decisions.all())
    form = SettleForm(request.POST or None, initial={"seen": len(decisions)})
    if request.method == "POST" and form.is_valid() and _settled(request, case, form):
        return redirect("staff:identity", case.pk)
    sides = exchange.sides_of(case, origin_of(request))
    if sides is None:
        raise Http404
    context = {
        "case": case,
        "why": WHY[case.question],
        "lines": lines(sides, case.question),
        "heads": HEADS.get(case.question, HEADS_ELSE),
        "link": LINKS.get(case.question, gettext_lazy("是同一人，关联")),
        "registered": sides.registered,
        "waiting": sides.waiting,
        "decisions": decisions,
        "is_open": case.state == IdentityCase.State.OPEN,
        "form": form,
    }
    return render(request, "portal/people/identity.html", context)


def _settled(request: HttpRequest, case: IdentityCase, form: SettleForm) -> bool:
    """Whether the page is to be shown anew: the decision stands, or somebody else's does."""
    verdict, said = request.POST.get("verdict", ""), form.cleaned_data
    answer = exchange.settle(case, verdict, said["reason"], said["seen"], origin_of(request))
    if answer is None:
        raise Http404
    if answer == "reason":
        form.add_error("reason", str(ANSWERS["reason"]))
        return False
    if answer == "done":
        messages.success(request, str(DONE[verdict]))
    else:
        messages.error(request, str(ANSWERS[answer]))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """A merge of two patient numbers, and its undoing; it names nobody."""
    need(request, DECIDE)
    found = get_object_or_404(merges(), pk=merge_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = exchange.undo_merge(found, form.cleaned_data["reason"], origin_of(request))
        if answer is None:
            raise Http404
        if answer == "reason":
            form.add_error("reason", str(ANSWERS["reason"]))
        else:
            done = answer == "done"
            messages.add_message(request, messages.SUCCESS if done else messages.ERROR, str(UNMERGED.get(answer, "")))
            return redirect("staff:merge", found.pk)
    record(request, "staff.read", found)
    return render(request, "portal/people/merge.html", {"merge": found, "form": form})


def merges() -> QuerySet[PatientMerge]:
    """The merges that took effect: one that was taken back before it was heard of never did."""
    return PatientMerge.objects.select_related("facility").exclude(key_id=None, case=None)


def lines(sides: exchange.Sides, question: str) -> list[Line]:
    """Name, sex, birth date and number of both, side by side."""
    said, who, agrees = sides.said, sides.registered, sides.agreement()
    numbers = _("、").join(masked_number(number) for number in said.numbers)
    both = [
        ("name", _("姓名"), said.name, who.name if who else ""),
        ("sex", _("性别"), _sex(said.sex), _sex(who.sex) if who else ""),
        ("birth_date", _("出生日期"), _day(said.birth_date), _day(who.birth_date) if who else ""),
    ]
    compared = [
        Line(label, one, other, *COMPARED.get(agrees.get(key, ""), ("", ""))) for key, label, one, other in both
    ]
    return [*compared, _number_line(numbers, question, registered=who is not None)]


def _number_line(numbers: str, question: str, *, registered: bool) -> Line:
    """The last line. Who is registered was found by the number, unless the patient number led to them."""
    if question == Question.MERGED:
        return Line(_("身份证号码"), numbers, _("另一个号码"), *COMPARED["differs"])
    if not registered or not numbers:
        return Line(_("身份证号码"), numbers, "", *(COMPARED["missing"] if registered else ("", "")))
    return Line(_("身份证号码"), numbers, numbers, *COMPARED["same"])


def _sex(code: str) -> str:
    return str(Resident.Sex(code).label) if code else ""


def _day(value: object) -> str:
    return f"{value:%Y-%m-%d}" if value else ""
