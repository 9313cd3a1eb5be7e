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
        error_messages={"required": _("请输入防伪码。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        """The code without blanks and hyphens."""
        code = codes.tidy(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("防伪码应为24位字母和数字，请对照报告逐位核对。"))
        return code


class FileForm(forms.Form):
    """The file of a copy. It is read while it arrives (`records.uploads`), so this form only asks for it."""

    file = forms.FileField(
        label=_("PDF 文件"),
        help_text=_("请选下载到的原来那个文件，也可以把它拖到这一页上。文件只在核验时读一遍，不保存。"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
    )
