"""What is typed about one's own data."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from residents.models import Correction


class CorrectionForm(forms.Form):
    """What is wrong, and who should look into it."""

    subject = forms.ChoiceField(
        label=_("哪里不对"), choices=Correction.Subject.choices, error_messages={"required": _("请选择哪里不对。")}
    )
    facility = forms.ModelChoiceField(
        label=_("请哪家机构核实"),
        help_text=_("写这条记录的机构；基本信息不对，选您的建档机构。"),
        queryset=Facility.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择一家机构。")},
    )
    text = forms.CharField(
        label=_("怎么不对，应该是什么"),
        max_length=500,
        error_messages={"required": _("请写一写怎么不对。"), "max_length": _("请写在500个字以内。")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["facility"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Facility.objects.filter(is_active=True)


class ClosingForm(forms.Form):
    """One tick between a page and the end of an account."""

    sure = forms.BooleanField(
        label=_("我知道注销后不能再登录，仍要注销"), error_messages={"required": _("请先打勾确认。")}
    )
