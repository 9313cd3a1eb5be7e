"""What is typed about staff accounts: a new one, a reason, a decision, an export."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from facilities.roles import SEPARATE, Role
from portal.people.forms import NO_FILL, PlaceForm
from residents.staff import username_of
from residents.staff_accounts import staff_named

SHORTEST = 5
WHY: dict[str, Any] = {
    "min_length": SHORTEST,
    "max_length": 200,
    "widget": forms.Textarea(attrs={"rows": 3}),
    "error_messages": {"min_length": _("请写明理由，至少5个字。"), "required": _("请写明理由，至少5个字。")},
}


class AtPlaceForm(forms.Form):
    """A role at one of the places that this session may ask for."""

    facility = forms.ModelChoiceField(label=_("医疗机构"), queryset=Facility.objects.none(), empty_label=_("请选择"))

    def __init__(self, *args: Any, places: list[UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["facility"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Facility.objects.filter(pk__in=places, is_active=True)


class NewAccountForm(AtPlaceForm):
    """Whom an account is wanted for, and which role."""

    name = forms.CharField(label=_("姓名"), max_length=100, widget=forms.TextInput(attrs=NO_FILL))
    username = forms.CharField(
        label=_("用户名"),
        max_length=32,
        help_text=_("以英文字母开头，3至32位，例如姓名的拼音。"),
        widget=forms.TextInput(attrs=NO_FILL),
    )
    role = forms.ChoiceField(label=_("角色"), choices=[("", _("请选择")), *Role.choices])
    reason = forms.CharField(label=_("理由"), help_text=_("例如：新入职，接替某某的窗口工作。"), **WHY)
    field_order = ("name", "username", "facility", "role", "reason")

    def clean_username(self) -> str:
        """A well-formed username that no member of staff has yet."""
        username = username_of(self.cleaned_data["username"])
        if staff_named(username) is not None:
            raise ValidationError(_("这个用户名已有人使用，请换一个。"), code="taken")
        return username


class GiveRoleForm(AtPlaceForm):
    """One of the three separate roles for an account that exists."""

    role = forms.ChoiceField(
        label=_("管理角色"),
        choices=[("", _("请选择")), *((role.value, role.label) for role in SEPARATE)],
        help_text=_("同一个人不能同时担任系统管理员、安全管理员、审计员中的两个。"),
    )
    reason = forms.CharField(label=_("理由"), **WHY)


class ReasonForm(forms.Form):
    """Why something is asked for."""

    reason = forms.CharField(label=_("理由"), **WHY)


class DecisionForm(forms.Form):
    """Yes or no. A no is explained."""

    verdict = forms.ChoiceField(
        label=_("您的决定"), choices=[("yes", _("同意")), ("no", _("不同意"))], widget=forms.RadioSelect
    )
    remark = forms.CharField(label=_("意见"), max_length=200, required=False, help_text=_("不同意时请说明原因。"))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("verdict") == "no" and not self.cleaned_data.get("remark", "").strip():
            self.add_error("remark", _("请说明不同意的原因。"))
        return cleaned


class ExportForm(PlaceForm):
    """Whose people, what for, and whether document numbers are really needed."""

    reason = forms.CharField(label=_("用途"), help_text=_("例如：安排65岁以上老年人年度体检。"), **WHY)
    with_numbers = forms.BooleanField(
        label=_("需要证件号码"), required=False, help_text=_("不是必须就不要勾选；勾选时请在用途里写明为什么。")
    )
    field_order = ["reason", "with_numbers", "facility"]
