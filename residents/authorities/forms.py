"""What is typed on the way in through an authority: the code of a slip, and never a document number."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from residents.registration import codes


class SlipForm(forms.Form):
    """The code that a counter printed."""

    code = forms.CharField(
        label=_("激活码"),
        help_text=_("纸条上的8位字母和数字，大小写都可以"),
        max_length=40,
        error_messages={"required": _("请输入激活码。"), "max_length": _("激活码应为8位，请核对。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        code = codes.tidy(self.cleaned_data["code"])
        if len(code) != codes.SLIP:
            raise ValidationError(_("激活码应为8位，请核对。"))
        return code
