"""What was typed: how to narrow the list of reports, and the code of a printed copy."""

from django import forms
from django.utils.translation import gettext_lazy as _

from records import codes


class CodeForm(forms.Form):
    """The code printed on a copy, as people type it."""

    code = forms.CharField(
        label=_("防伪码"),
        help_text=_("印在报告二维码下方，共24位；大小写、空格和短横线都可以。"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        """The code without blanks and hyphens."""
        code = codes.tidy(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("防伪码应为24位字母和数字，请对照报告逐位核对。"))
        return code
