"""What is typed about facilities and their people."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Membership, Practitioner
from facilities.roles import ORDINARY


class MembershipForm(forms.ModelForm):
    """A new role. The account is named by its username: accounts lie behind the sign-in connection, never listed."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        help_text=_("该人员登录工作台用的用户名。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = Membership
        fields = ["facility", "role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if role := self.fields.get("role"):
            assert isinstance(role, forms.ChoiceField)
            role.choices = [("", "---------"), *((name.value, name.label) for name in ORDINARY)]
            role.help_text = _("系统管理员、安全管理员和审计员由两个人授予：由安全管理员申请，另一人审批。")

    def clean_username(self) -> str:
        """The username of an active staff account, which the new role will belong to."""
        username = str(self.cleaned_data["username"]).strip().lower()
        account = get_user_model().objects.filter(username=username, is_staff=True, is_active=True).first()
        if account is None:
            raise ValidationError(
                _("没有这个工作人员账号，请核对用户名；新账号由安全管理员申请。"),
                code="unknown",
            )
        self.instance.account_id = account.pk
        self.instance.account_name = account.name
        return username

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        held = Membership.objects.filter(
            account_id=self.instance.account_id,
            facility=self.cleaned_data.get("facility"),
            role=self.cleaned_data.get("role"),
            ended_at__isnull=True,
        )
        if held.exists():
            raise ValidationError(_("该人员在该机构已有此角色。"), code="held")
        return cleaned


class DepartmentChoice(forms.ModelChoiceField):
    """Departments of several facilities, told apart by the facility's name."""

    def label_from_instance(self, obj: Department) -> str:
        return f"{obj.facility} · {obj}"


class PractitionerForm(forms.ModelForm):
    class Meta:
        model = Practitioner
        fields = ["facility", "department", "code", "name", "title", "speciality", "is_active"]

    def clean(self) -> dict[str, Any] | None:
        """A doctor's department is one of the doctor's own facility."""
        cleaned = super().clean() or self.cleaned_data
        facility, department = cleaned.get("facility"), cleaned.get("department")
        if facility and isinstance(department, Department) and department.facility_id != facility.pk:
            self.add_error("department", _("“%(name)s”不是该机构的科室。") % {"name": department.name})
        return cleaned
